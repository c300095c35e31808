// Package trading is the domain of Tradewind: symbols, quotes, orders, fills,
// positions, accounts, the ledger that they are folded from, and the contracts
// that brokers, feeds and stores fulfil.
//
// It imports the standard library and the decimal type and nothing else. Values
// are plain data: they may be copied and read concurrently, and whoever mutates
// one owns it. What contracts promise about ordering, blocking and errors stands
// at each method. Times are UTC with millisecond precision, which is what the
// ledger stores and the wire carries.
package trading
