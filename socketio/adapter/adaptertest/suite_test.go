package adaptertest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/adapter"
	"tradewind/socketio/adapter/adaptertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bus is a cluster in one process: what one node broadcasts, all are delivered.
type bus struct {
	mu    sync.Mutex
	nodes []*busNode
}

type busNode struct {
	*bus
	namespace string
	local     adapter.Local
}

func (b *bus) node(namespace string, local adapter.Local) (adapter.Adapter, error) {
	n := &busNode{b, namespace, local}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, n)
	return n, nil
}

func (n *busNode) Broadcast(ctx context.Context, b *adapter.Broadcast) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var failed error
	for _, to := range n.nodes {
		if to.namespace == n.namespace && (len(b.Rooms) == 0 || slices.ContainsFunc(b.Rooms, to.local.HasRoom)) {
			failed = errors.Join(failed, to.local.Deliver(ctx, b))
		}
	}
	return failed
}

func (n *busNode) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nodes = slices.DeleteFunc(n.nodes, func(other *busNode) bool { return other == n })
	return nil
}

// The suite holds for a cluster of several nodes and for a node that is alone.
func TestSuite(t *testing.T) {
	t.Run("cluster", func(t *testing.T) {
		adaptertest.Run(t, func(_ *testing.T, nodes int) []adapter.Factory {
			return slices.Repeat([]adapter.Factory{(&bus{}).node}, nodes)
		})
	})
	t.Run("alone", func(t *testing.T) {
		adaptertest.Run(t, func(*testing.T, int) []adapter.Factory { return []adapter.Factory{adapter.Memory} })
	})
}
