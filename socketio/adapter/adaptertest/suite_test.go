package adaptertest_test

import (
	"testing"

	"go.uber.org/goleak"

	"tradewind/socketio/adapter"
	"tradewind/socketio/adapter/adaptertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The suite holds for a cluster of several nodes, with a log and without, and for a node that is alone.
func TestSuite(t *testing.T) {
	for name, o := range map[string]adapter.BusOptions{"cluster": {}, "cluster with recovery": {Recovery: &adapter.LogOptions{}}} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, func(_ *testing.T, nodes int) []adapter.Factory {
				bus := adapter.NewBus(o)
				factories := make([]adapter.Factory, nodes)
				for i := range factories {
					factories[i] = bus.Join
				}
				return factories
			})
		})
	}
	t.Run("alone", func(t *testing.T) {
		adaptertest.Run(t, func(*testing.T, int) []adapter.Factory { return []adapter.Factory{adapter.Memory} })
	})
}
