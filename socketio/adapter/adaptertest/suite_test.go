package adaptertest_test

import (
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/adapter"
	"tradewind/socketio/adapter/adaptertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nodesOf makes nodes of one bus.
func nodesOf(nodes int, o adapter.BusOptions) []adapter.Factory {
	bus := adapter.NewBus(o)
	factories := make([]adapter.Factory, nodes)
	for i := range factories {
		factories[i] = bus.Join
	}
	return factories
}

// The suite holds for a cluster of several nodes, with a log and without, and for a node that is alone.
func TestSuite(t *testing.T) {
	for name, o := range map[string]adapter.BusOptions{"cluster": {}, "cluster with recovery": {Recovery: &adapter.LogOptions{}}} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, func(_ *testing.T, nodes int) []adapter.Factory { return nodesOf(nodes, o) })
		})
	}
	t.Run("alone on a bus", func(t *testing.T) {
		adaptertest.Run(t, func(*testing.T, int) []adapter.Factory {
			return nodesOf(1, adapter.BusOptions{Recovery: &adapter.LogOptions{}})
		})
	})
	t.Run("alone", func(t *testing.T) {
		adaptertest.Run(t, func(*testing.T, int) []adapter.Factory { return []adapter.Factory{adapter.Memory} })
	})
}

func TestRecoverySuite(t *testing.T) {
	for name, most := range map[string]int{"cluster": 3, "alone": 1} {
		t.Run(name, func(t *testing.T) {
			adaptertest.RunRecovery(t, func(_ *testing.T, nodes, maxBytes int) []adapter.Factory {
				return nodesOf(min(nodes, most), adapter.BusOptions{Recovery: &adapter.LogOptions{MaxBytes: maxBytes}})
			})
		})
	}
}
