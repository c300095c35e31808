// Package gateway is where the domain meets the sockets: who may connect, who
// joins which room, what is sent when, and what happens to slow readers.
//
// Three streams lead to a socket. Ledger entries go to the sockets that
// subscribed to trades, in the order of their seq, first from the store and then
// as they are committed, without a gap. Portfolios of an account go to those that
// subscribed to them, never ahead of an entry they contain. Quotes go to the rooms
// of their symbols, conflated. How each event is delivered stands in one table
// (delivery.go), how often each may be asked for in another (limits.go).
//
// New registers everything and starts nothing. Run owns all goroutines of the
// package and returns when they are over. What the ledger, valuation and the board
// hand over is taken without blocking: every queue here is bounded, and when one
// is full its reader goes back to the store or skips to the newest value.
package gateway
