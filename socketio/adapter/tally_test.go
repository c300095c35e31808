package adapter

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// However the answers of several nodes are mixed with what is expected, each is told
// once, one at a time, and those that did not come are counted.
func TestTallyCountsWhatIsMissing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		told := map[string]int{} // the race detector sees it if two are told at once
		c := &tally{answer: func(p Payload) { told[string(p.Data)]++ }}
		var nodes sync.WaitGroup
		expected, answered := 0, 0
		for node := range random.IntN(5) {
			sockets := random.IntN(20)
			answers := random.IntN(sockets + 1)
			expected, answered = expected+sockets, answered+answers
			first := random.IntN(answers + 1) // come before the node has told how many it asked
			nodes.Go(func() {
				for i := range answers {
					if i == first {
						c.expect(sockets)
					}
					c.take(Payload{Data: fmt.Appendf(nil, "%d-%d", node, i)})
				}
				if first == answers {
					c.expect(sockets)
				}
			})
		}
		nodes.Wait()
		if got := c.missing(); got != expected-answered || len(told) != answered {
			t.Fatalf("%d of %d have answered: %d are missing, %d were told", answered, expected, got, len(told))
		}
		for answer, times := range told {
			if times != 1 {
				t.Fatalf("answer %s was told %d times", answer, times)
			}
		}
	}
}

// A node that fails may have passed on answers without ever telling of their sockets.
func TestTallyIsNeverShort(t *testing.T) {
	c := &tally{answer: func(Payload) {}}
	c.take(Payload{})
	c.take(Payload{})
	c.expect(1)
	if got := c.missing(); got != 0 {
		t.Errorf("%d are missing", got)
	}
}
