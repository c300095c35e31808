// Package sim is a market that never sleeps: a trading.QuoteFeed whose prices
// come from a seed and the clock. It needs no account and no network, which
// makes it the feed of demos, tests and load.
//
// # Prices
//
// The price of a symbol is a function of seed, symbol and time: noise of many
// lengths, from a quarter of a second to seven weeks, added up. It looks like a
// random walk, stays within about two fifths of the symbol's usual price, and is
// the same after a restart, on another node and in History. Volume and Change
// count from 00:00 UTC. Every update differs from the one before by at least a
// cent. Prices are computed in whole cents.
//
// # Scripts
//
// A script lets something happen at a time after the start of Run, one step a
// line; what stands after # is a comment:
//
//	at 5s  stall 10s              # no quotes for ten seconds
//	at 20s halt AAPL 5s           # AAPL is halted, then trades again
//	at 40s close 10s              # the market closes: every quote and the feed
//	at 1s  price AAPL 150.25      # AAPL jumps there and moves on from there
//	at 1m  price AAPL 150.25 10s  # the same, and stays there for ten seconds
//
// Times are Go durations. Without a length, stall, halt and close last until the
// end. Close counts more than stall, stall more than halt.
//
// A stall is silence: that quotes are then called stale and the feed stalled is
// the work of feed/watchdog, which stands behind every feed.
//
// # Concurrency
//
// A Feed does not change after New; its methods may be called concurrently. Run
// uses one goroutine and one timer, the caller's, whatever the number of symbols,
// and ends with its context.
package sim
