package adapter

import (
	"context"
	"errors"
	"sync"
)

// tally counts the acknowledgements of a call that several nodes deliver.
type tally struct {
	mu       sync.Mutex
	expected int
	answered int
	answer   func(Payload)
}

func (t *tally) expect(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected += n
}

func (t *tally) take(p Payload) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answered++
	t.answer(p)
}

// callAll delivers a call on nodes of this process and returns how many recipients did not answer.
func callAll(ctx context.Context, nodes []Local, b *Broadcast, answer func(Payload)) (missing int, err error) {
	t := &tally{answer: answer}
	errs := make([]error, len(nodes))
	var calls sync.WaitGroup
	for i, node := range nodes {
		calls.Go(func() { errs[i] = node.Call(ctx, b, t.expect, t.take) })
	}
	calls.Wait()
	return t.expected - t.answered, errors.Join(errs...)
}
