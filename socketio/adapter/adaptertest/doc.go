// Package adaptertest is the suite that every adapter passes.
//
//	func TestRedis(t *testing.T) {
//		adaptertest.Run(t, func(t *testing.T, nodes int) []adapter.Factory {
//			address := startRedis(t)
//			factories := make([]adapter.Factory, nodes)
//			for i := range factories {
//				factories[i] = redisadapter.New(dial(t, address))
//			}
//			return factories
//		})
//	}
//
// Each test makes a cluster of its own, gives every node a namespace that records
// what is delivered to it, and says what a user of the cluster relies on: who gets
// a broadcast, once, whole and in order, who is asked and told of, what is said
// when a node does not answer, and how it ends. An adapter that recovers sessions
// passes RunRecovery as well:
//
//	adaptertest.RunRecovery(t, func(t *testing.T, nodes, maxBytes int) []adapter.Factory {
//		return factories(t, nodes, redisadapter.Recovery{MaxBytes: maxBytes})
//	})
//
// The suite needs neither the adapter's clock nor pauses: sessions that are over
// are saved with a time in the past.
package adaptertest
