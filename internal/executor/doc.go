// Package executor is the life of an order: checks, the intent in the ledger, one
// submission to the broker, and every change until the order is over.
//
// The ledger of an account is the only truth; the executor keeps folds of it in
// memory and appends one entry at a time per account. An intent is committed
// before the broker hears of it, and what became of it is decided by evidence
// alone: the broker's answer, its stream, or a look-up by our client order id. An
// answer that was lost makes an order unknown, never failed, and nothing is sent
// again blindly. An order that the process left submitting when it died is found
// by the reconciliation at the next start.
//
// All methods of Executor may be called concurrently. Orders are taken while Run
// runs: it owns the brokers' streams, every submission under way, reconciliation
// and snapshots, and returns when all of them are over.
package executor
