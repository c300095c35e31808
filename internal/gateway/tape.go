package gateway

import (
	"context"
	"encoding/json"
	"sync"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// tape is what one socket hears of its account: ledger events in the order of
// their seq, and portfolios that are never ahead of them. Several goroutines
// write to it (the account's pump, a replay, a request), and it makes one order
// of what they bring.
type tape struct {
	account trading.AccountID
	out     outlet
	ctx     context.Context                                               // the socket's: bounds all sending
	start   func(ctx context.Context, account trading.AccountID, run int) // starts a replay in a goroutine of its own

	// mu is held over what is sent, so that the socket hears things in the order
	// in which they were decided. Sending waits for no client; only this socket
	// waits here.
	mu         sync.Mutex
	trades     tradesState
	cursor     trading.Seq // the newest entry sent, or where to start
	arrived    trading.Seq // the newest entry that came while not live
	replay     int         // number of the replay that may send; earlier ones are over
	stopReplay context.CancelFunc
	portfolios portfolioState
	held       *trading.Portfolio // the newest that may not be sent yet
	shown      bool               // a portfolio was sent
	sent       portfolioMark      // of the newest sent
}

// tradesState is what a tape does with ledger entries.
type tradesState int

const (
	tradesOff       tradesState = iota // not subscribed
	tradesSuspended                    // about to start or start anew; entries wait in the store
	tradesReplaying                    // a replay reads them from the store
	tradesLive                         // they are sent as they come
)

// portfolioState is what a tape does with portfolios.
type portfolioState int

const (
	portfolioOff  portfolioState = iota
	portfolioHeld                // subscribed, but the snapshot comes first
	portfolioOn
)

// portfolioMark orders the portfolios of an account.
type portfolioMark struct {
	seq  trading.Seq
	asOf int64
}

func markOf(p *trading.Portfolio) portfolioMark {
	return portfolioMark{seq: p.Seq, asOf: p.AsOf.UnixNano()}
}

func (m portfolioMark) before(other portfolioMark) bool {
	return m.seq < other.seq || m.seq == other.seq && m.asOf < other.asOf
}

// entry takes an entry from the account's pump: it is sent when the tape is live
// and it is the next one. behind says that a replay has to close a gap first.
func (t *tape) entry(seq trading.Seq, event string, encoded json.RawMessage) (behind bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.trades == tradesSuspended || t.trades == tradesReplaying:
		t.arrived = max(t.arrived, seq)
	case t.trades == tradesLive && seq == t.cursor+1:
		t.entryLocked(seq, event, encoded)
	case t.trades == tradesLive && seq > t.cursor+1:
		return true
	}
	return false
}

// entryLocked sends the next entry and lets a portfolio go that waited for it.
// One that could not be encoded is nil and passed over: it must not hold up all
// that follow.
func (t *tape) entryLocked(seq trading.Seq, event string, encoded json.RawMessage) bool {
	if encoded != nil && t.out.send(t.ctx, event, "", encoded) != nil {
		return false // the socket has ended
	}
	t.cursor = seq
	t.releaseLocked()
	return true
}

// releaseLocked sends the held portfolio if it is not ahead of the entries.
func (t *tape) releaseLocked() {
	if t.held == nil || !t.mayShowLocked(t.held) {
		return
	}
	p := t.held
	t.held = nil
	t.sendPortfolioLocked(p, nil)
}

// mayShowLocked reports whether a portfolio contains only what the socket has
// been told of. While a replay runs none is shown, however old: it would be
// replaced at once, and the client would see its value jump back and forth.
func (t *tape) mayShowLocked(p *trading.Portfolio) bool {
	switch {
	case t.portfolios != portfolioOn:
		return false
	case t.trades == tradesOff:
		return true
	}
	return t.trades == tradesLive && p.Seq <= t.cursor
}

// portfolio takes a changed portfolio from the account's pump, encoded if there are
// several sockets to share that. Nobody changes it any more.
func (t *tape) portfolio(p *trading.Portfolio, encoded json.RawMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.portfolioLocked(p, encoded)
}

func (t *tape) portfolioLocked(p *trading.Portfolio, encoded json.RawMessage) {
	switch {
	case t.portfolios == portfolioOff:
	case t.mayShowLocked(p):
		// What was held is older, unless it waits for entries still to come.
		if t.held != nil && !markOf(p).before(markOf(t.held)) {
			t.held = nil
		}
		t.sendPortfolioLocked(p, encoded)
	case t.held == nil || !markOf(p).before(markOf(t.held)):
		t.held = p
	}
}

// sendPortfolioLocked sends a portfolio unless a newer one was sent.
func (t *tape) sendPortfolioLocked(p *trading.Portfolio, encoded json.RawMessage) {
	mark := markOf(p)
	if t.shown && mark.before(t.sent) {
		return
	}
	t.shown, t.sent = true, mark
	var payload any = (*wire.Portfolio)(p)
	if encoded != nil {
		payload = encoded
	}
	_ = t.out.send(t.ctx, wire.EventPortfolio, string(p.Account), payload) // fails when the socket has ended, and then all is over
}

// awaitPortfolio subscribes to portfolios without showing one yet. It reports
// whether that is new.
func (t *tape) awaitPortfolio() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.portfolios != portfolioOff {
		return false
	}
	t.portfolios = portfolioHeld
	return true
}

// openPortfolio shows the snapshot, or what came after it, and then changes.
func (t *tape) openPortfolio(snapshot *trading.Portfolio) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.portfolios == portfolioOff {
		return
	}
	t.portfolios = portfolioOn
	t.portfolioLocked(snapshot, nil)
	t.releaseLocked()
}

// closePortfolio ends the subscription to portfolios. It reports whether there was one.
func (t *tape) closePortfolio() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.portfolios != portfolioOff
	t.portfolios, t.held, t.shown = portfolioOff, nil, false
	return was
}

// suspend stops live entries before a subscription to trades starts, so that its
// ack comes before its first entry. It returns what resume takes to undo it.
func (t *tape) suspend() tradesState {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.trades
	t.endReplayLocked()
	t.trades, t.arrived = tradesSuspended, 0
	return was
}

// resume undoes suspend: a subscription that ran goes on where it was.
func (t *tape) resume(was tradesState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if was == tradesOff {
		t.trades = tradesOff
		t.releaseLocked()
		return
	}
	t.beginLocked()
}

// begin starts a subscription after the given entry. newest is the newest entry
// the store had. Unless that is all, a replay brings what follows.
func (t *tape) begin(after, newest trading.Seq) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cursor = after
	if after >= newest && t.arrived <= after {
		t.trades = tradesLive
		t.releaseLocked()
		return
	}
	t.beginLocked()
}

// fallBehind sends a live tape back to replaying, to close a gap from the store.
func (t *tape) fallBehind(newest trading.Seq) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.trades == tradesSuspended || t.trades == tradesReplaying:
		t.arrived = max(t.arrived, newest)
	case t.trades == tradesLive && newest > t.cursor:
		t.arrived = newest
		t.beginLocked()
	}
}

func (t *tape) beginLocked() {
	t.endReplayLocked()
	t.trades = tradesReplaying
	ctx, cancel := context.WithCancel(t.ctx)
	t.stopReplay = cancel
	t.start(ctx, t.account, t.replay)
}

// endReplayLocked makes sure that a running replay sends nothing any more.
func (t *tape) endReplayLocked() {
	t.replay++
	if t.stopReplay != nil {
		t.stopReplay()
		t.stopReplay = nil
	}
}

// closeTrades ends the subscription to trades. It reports whether there was one.
func (t *tape) closeTrades() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.trades != tradesOff
	t.endReplayLocked()
	t.trades = tradesOff
	t.releaseLocked()
	return was
}

// next tells a replay what to read: the entries after the cursor. It is over
// when ok is false.
func (t *tape) next(run int) (after trading.Seq, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cursor, t.replay == run && t.trades == tradesReplaying
}

// replayed takes an entry from a replay. It reports whether the replay may go on.
func (t *tape) replayed(run int, seq trading.Seq, event string, encoded json.RawMessage) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.replay != run || t.trades != tradesReplaying {
		return false
	}
	if seq != t.cursor+1 {
		return seq <= t.cursor // a repeat is dropped; a gap ends this page
	}
	return t.entryLocked(seq, event, encoded)
}

// caughtUp tells that a page ended with the newest entry of the store and was sent
// up to the cursor. The tape goes live, unless a later entry was announced
// meanwhile: what is announced from now on finds the tape live.
func (t *tape) caughtUp(run int) (live bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.replay != run || t.trades != tradesReplaying {
		return true
	}
	if t.arrived > t.cursor {
		return false
	}
	t.endReplayLocked()
	t.trades = tradesLive
	t.releaseLocked()
	return true
}

// idle reports whether the socket subscribed to nothing of its account.
func (t *tape) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trades == tradesOff && t.portfolios == portfolioOff
}

// moveTo makes another account the tape's, unless it is in use.
func (t *tape) moveTo(account trading.AccountID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trades == tradesOff && t.portfolios == portfolioOff {
		t.account = account
	}
}
