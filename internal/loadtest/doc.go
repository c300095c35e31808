// Package loadtest loads a Socket.IO server with many clients and measures what
// it does: how much arrives, how late, what connecting costs, what the server's
// process uses.
//
//	report, err := loadtest.Run(ctx, loadtest.Options{URL: url, Scenario: loadtest.Quotes, Clients: 1000})
//
// It is made to share a machine with the server that it loads. A client over
// WebSocket is one goroutine that owns no buffer while nothing comes, frames are
// read where they lie, and no message is decoded: an event is told by its
// beginning, and its time is found by its name. Figures gather in histograms of a
// fixed size, so that a long run needs no more memory than a short one.
//
// Run may be called concurrently. It returns when the run is over, and no
// goroutine, connection or request of it is left; when ctx ends early, it returns
// what was measured until then.
package loadtest
