// Package watchdog stands behind a feed and says when its prices are old.
//
// New wraps a trading.QuoteFeed. What the feed publishes is passed on unchanged;
// when nothing has come for a while although the feed is live, the watchdog
// publishes the feed as stalled and every quote that was live as stale, with the
// time its price had. The first quotes that arrive again make the feed live, and
// each symbol with them. A halted symbol stays halted, and a closed feed is
// expected to be silent.
//
// The age is that of the feed as a whole: a symbol in which nobody trades is not
// stale.
//
// Run needs no goroutine beside the feed's own Run, which it waits for.
package watchdog
