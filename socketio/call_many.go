package socketio

import (
	"context"
	"sync"

	"tradewind/socketio/adapter"
)

// answers takes what the sockets that were asked something have to say. Its
// methods are called on shards and must not block.
type answers interface {
	answered(s *Socket, args Args)
	ended(s *Socket) // without an answer
}

// call is a question to many sockets.
type call struct {
	id     int64
	answer func(adapter.Payload)

	mu      sync.Mutex
	pending map[*Socket]struct{}
	asked   int
	all     bool // who will be asked have been
	over    bool // nothing is told any more
	done    chan struct{}
}

func newCall(id int64, answer func(adapter.Payload)) *call {
	return &call{id: id, answer: answer, pending: map[*Socket]struct{}{}, done: make(chan struct{})}
}

// ask expects an answer of s, unless the call is over. On its shard, while it is connected.
func (c *call) ask(s *Socket) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.pending[s] = struct{}{}
	c.asked++
	return true
}

func (c *call) answered(s *Socket, args Args) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.pending[s]; ok && !c.over {
		c.answer(args.payload())
	}
	c.settle(s)
}

func (c *call) ended(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(s)
}

func (c *call) settle(s *Socket) {
	delete(c.pending, s)
	if c.all && !c.over && len(c.pending) == 0 {
		c.over = true
		close(c.done)
	}
}

// wait waits until all who were asked have answered or ended, or until ctx ends.
func (c *call) wait(ctx context.Context) {
	c.mu.Lock()
	c.all = true
	over := len(c.pending) == 0
	c.mu.Unlock()
	if over {
		return
	}
	select {
	case <-c.done:
	case <-ctx.Done():
	}
}

// forget lets go of whoever has not answered.
func (c *call) forget() {
	c.mu.Lock()
	c.over = true
	pending := c.pending
	c.pending = nil
	c.mu.Unlock()
	for s := range pending {
		s.forgetCall(c.id)
	}
}
