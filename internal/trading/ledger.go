package trading

import (
	"context"
	"encoding/json"
	"time"
)

// EntryKind tells which event an entry is on the wire. Every entry is exactly one.
type EntryKind string

// The kinds of ledger entries.
const (
	EntryOrder     EntryKind = "order"     // order:update: the intent and every change of state that is not a fill or a refusal
	EntryFill      EntryKind = "fill"      // trade:executed
	EntryRejection EntryKind = "rejection" // trade:failed: refused by a check or by the broker
	EntryAccount   EntryKind = "account"   // account:update
)

// AdjustmentKind is the kind of an account entry.
type AdjustmentKind string

// The kinds of account entries.
const (
	Deposit    AdjustmentKind = "deposit"
	Fee        AdjustmentKind = "fee"
	Bust       AdjustmentKind = "bust"
	Correction AdjustmentKind = "correction"
	Published  AdjustmentKind = "published"
)

// Entry is one line of an account's append-only ledger: one stored document, one
// seq, one event on the wire. Which pointers are set depends on Kind.
type Entry struct {
	Account    AccountID
	Seq        Seq
	Time       time.Time
	Kind       EntryKind
	Order      *Order      // the order after this entry: order, fill, rejection
	Fill       *Fill       // fill
	Rejection  *Rejection  // rejection
	Adjustment *Adjustment // account
}

// Rejection says why an order was refused.
type Rejection struct {
	Code    Code
	Message string // a sentence for the user
}

// Adjustment is a change of an account that no order made. Quantity and Amount
// are signed: they are added to the position and to the cash, so a fee has a
// negative Amount. A deposit of shares has a Symbol, a Quantity and the Amount as
// its total cost basis, and moves no cash; one of money has only an Amount. A bust
// undoes a fill: the bust of a purchase has a negative Quantity and a positive
// Amount. A correction is the difference to what should have been.
type Adjustment struct {
	Kind        AdjustmentKind
	Symbol      Symbol
	Quantity    Decimal
	Amount      Decimal
	ExecutionID ExecutionID
	Reason      string
	Event       string          // published: the event's name
	Payload     json.RawMessage // published: its payload
}

// OrderQuery selects orders, newest first.
type OrderQuery struct {
	Open   bool // only those that are not terminal
	Symbol Symbol
	Before OrderID // page after this order; empty: from the newest
	Limit  int     // at most; 0 means 100
}

// FillQuery selects fills, newest first.
type FillQuery struct {
	Symbol Symbol
	Since  time.Time
	Before Seq // page after this entry; 0: from the newest
	Limit  int // at most; 0 means 100
}

// LedgerStore keeps the ledgers. All methods may be called concurrently. The
// store enforces three kinds of uniqueness, which are the only locks between
// nodes: (account, seq), (account, client order id) of an order's first entry,
// and (account, execution id) of a fill.
type LedgerStore interface {
	// Append stores one entry durably before it returns. Entries of many callers
	// may share one commit. Errors: ErrSeqTaken (reload and decide again),
	// ErrDuplicateClientOrderID, ErrDuplicateExecution, and ErrSeqGap when the
	// entry before is missing (the caller's mistake); in all of them, and when ctx
	// ended before the write began, nothing was stored. After any other error
	// the entry may be there or not.
	Append(ctx context.Context, e Entry) error
	// Entries returns up to limit entries after seq, oldest first.
	Entries(ctx context.Context, account AccountID, after Seq, limit int) ([]Entry, error)
	// Head returns the newest seq, 0 for an empty ledger.
	Head(ctx context.Context, account AccountID) (Seq, error)
	// LoadSnapshot returns the newest saved fold of an account, ErrNotFound if there is none.
	LoadSnapshot(ctx context.Context, account AccountID) (*Account, error)
	// SaveSnapshot keeps a fold so that the next load need not start at 1. Losing one costs time, nothing else.
	SaveSnapshot(ctx context.Context, a *Account) error
	// Order returns an order as its newest entry shows it, ErrNotFound if there is none.
	Order(ctx context.Context, account AccountID, id OrderID) (Order, error)
	// OrderByClientID is Order by client order id.
	OrderByClientID(ctx context.Context, account AccountID, id ClientOrderID) (Order, error)
	// Orders returns the orders that match, newest first.
	Orders(ctx context.Context, account AccountID, q OrderQuery) ([]Order, error)
	// Fills returns the fill entries that match, newest first.
	Fills(ctx context.Context, account AccountID, q FillQuery) ([]Entry, error)
	// Fill returns the fill entry with that execution id, ErrNotFound if there is none.
	Fill(ctx context.Context, account AccountID, id ExecutionID) (Entry, error)
	// AccountsWithOpenOrders returns the accounts that need reconciliation at start.
	AccountsWithOpenOrders(ctx context.Context) ([]AccountID, error)
}
