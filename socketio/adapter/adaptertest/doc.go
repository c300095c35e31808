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
// a broadcast, once, whole and in order, and how it ends.
package adaptertest
