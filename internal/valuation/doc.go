// Package valuation keeps portfolios: what accounts are worth at current prices,
// worked out from their ledgers and the board's quotes, for whom it matters and as
// often as it matters.
//
// # What is computed
//
// A position is worth quantity × price; its unrealised profit is that less what
// was paid; its change of the day is quantity × the quote's change. Amounts are
// rounded half to even to trading.MoneyScale digits, once, where they arise; sums
// are sums of those, so the columns of a portfolio add up: total value is cash plus
// the market value of all positions, always. Percentages have two digits: of what
// was paid for a position, and of the total value without the change for the day.
// Stale, halted and closed prices count like live ones; a position without any
// price counts with what was paid for it.
//
// # When a portfolio is sent
//
// A change of a price concerns the accounts that hold the symbol and no others.
// Each account has a window (Options.Interval): its first change after a quiet
// window is sent at once, what follows inside the window is merged into one
// portfolio at its end. Fills and other moves of money or shares, and a new Watch,
// do not wait for the window and do not move it.
//
// # Order
//
// Portfolios of one account reach the listeners one after the other, newest last,
// and their Seq never falls. A portfolio with Seq n exists only after the engine
// was told of entry n, hence after every listener that was registered with
// Ledgers.OnEntry before Listen.
//
// # Concurrency
//
// All methods may be called concurrently. Accounts are divided among a few
// shards, each with one worker; Run owns the workers, the reader of accounts that
// lost an entry, and the recorder of history, and returns when all are over. What
// the package holds is bounded by the watched accounts, with their positions and
// open orders, and by Options.MaxRecorded ids.
package valuation
