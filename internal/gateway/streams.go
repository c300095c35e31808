package gateway

import (
	"encoding/json"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

// streams leads what happens to accounts to the tapes of their sockets. Nothing
// is kept of an account that no socket here listens to.
type streams struct {
	store   trading.LedgerStore
	tasks   *tasks
	pumps   pumps
	metrics *metrics
	log     *slog.Logger
	reads   chan struct{} // bounds how many replays read the store at once

	mu        sync.RWMutex
	byAccount map[trading.AccountID]*stream
}

// stream is one account on its way to its sockets. Ledger and valuation put into
// it without waiting; a pump takes it out.
type stream struct {
	waiting waiting // belongs to pumps

	mu        sync.Mutex
	members   map[*tape]struct{}
	entries   []arrival          // at most maxWaitingEntries
	missed    trading.Seq        // the newest entry that found no room: the tapes read from the store
	portfolio *trading.Portfolio // the newest
	pumping   bool               // somebody is emptying it
}

// arrival is an entry and when it came.
type arrival struct {
	entry trading.Entry
	at    time.Time
}

func newStreams(store trading.LedgerStore, t *tasks, m *metrics, log *slog.Logger) *streams {
	s := &streams{store: store, tasks: t, metrics: m, log: log,
		reads: make(chan struct{}, maxReads), byAccount: make(map[trading.AccountID]*stream)}
	s.pumps = pumps{tasks: t, most: runtime.GOMAXPROCS(0), empty: s.pump}
	return s
}

// join lets a tape hear its account. Joining twice is joining once. Entries that
// can be read from the store after join returned may come twice, none gets lost.
func (s *streams) join(t *tape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.byAccount[t.account]
	if account == nil {
		account = &stream{members: make(map[*tape]struct{}, 1)}
		s.byAccount[t.account] = account
	}
	account.mu.Lock()
	defer account.mu.Unlock()
	account.members[t] = struct{}{}
}

// leave ends join.
func (s *streams) leave(t *tape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.byAccount[t.account]
	if account == nil {
		return
	}
	account.mu.Lock()
	defer account.mu.Unlock()
	delete(account.members, t)
	if len(account.members) == 0 {
		delete(s.byAccount, t.account)
	}
}

func (s *streams) stream(id trading.AccountID) *stream {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byAccount[id]
}

// entry takes an entry that was committed. It does not block.
func (s *streams) entry(e trading.Entry) {
	account := s.stream(e.Account)
	if account == nil {
		return
	}
	account.mu.Lock()
	defer account.mu.Unlock()
	if len(account.entries) < maxWaitingEntries { // once full it stays so until the pump takes all
		account.entries = append(account.entries, arrival{e, time.Now()})
	} else {
		account.missed = e.Seq
	}
	s.pumpLocked(account, true)
}

// changed takes a changed portfolio; of those that wait only the newest is kept.
// It does not block.
func (s *streams) changed(p trading.Portfolio) {
	account := s.stream(p.Account)
	if account == nil {
		return
	}
	account.mu.Lock()
	defer account.mu.Unlock()
	if account.portfolio != nil {
		s.metrics.conflated(wire.EventPortfolio, 1)
	}
	account.portfolio = &p
	s.pumpLocked(account, false)
}

// pumpLocked has a stream emptied. One that somebody is emptying needs nothing:
// it is looked into again before that ends.
func (s *streams) pumpLocked(account *stream, hasEntries bool) {
	if !account.pumping {
		s.pumps.add(account, hasEntries)
	}
}

// pump empties a stream into its tapes, unless somebody else does.
func (s *streams) pump(account *stream) {
	account.mu.Lock()
	busy := account.pumping
	account.pumping = true
	account.mu.Unlock()
	if busy {
		return
	}
	for {
		account.mu.Lock()
		entries, missed, portfolio := account.entries, account.missed, account.portfolio
		account.entries, account.missed, account.portfolio = nil, 0, nil
		if len(entries) == 0 && missed == 0 && portfolio == nil {
			account.pumping = false
			account.mu.Unlock()
			return
		}
		members := make([]*tape, 0, len(account.members))
		for t := range account.members {
			members = append(members, t)
		}
		account.mu.Unlock()

		for _, a := range entries {
			s.deliver(members, a)
		}
		if missed > 0 {
			for _, t := range members {
				t.fallBehind(missed)
			}
		}
		if portfolio != nil {
			s.show(members, portfolio)
		}
	}
}

// deliver encodes an entry once and hands it to the tapes.
func (s *streams) deliver(members []*tape, a arrival) {
	event, encoded := s.encode(a.entry)
	for _, t := range members {
		if t.entry(a.entry.Seq, event, encoded) {
			t.fallBehind(a.entry.Seq)
		}
	}
	s.metrics.delivered(time.Since(a.at))
}

// show hands a portfolio to the tapes. One that goes to a single socket is encoded
// where it is framed.
func (s *streams) show(members []*tape, p *trading.Portfolio) {
	var encoded json.RawMessage
	if len(members) > 1 {
		var err error
		if encoded, err = encode((*wire.Portfolio)(p)); err != nil {
			s.log.Error("encode portfolio", "account", p.Account, "error", err)
			return
		}
	}
	for _, t := range members {
		t.portfolio(p, encoded)
	}
}

// encode returns nil for an entry that has no valid event, which is a bug of who
// appended it.
func (s *streams) encode(e trading.Entry) (event string, encoded json.RawMessage) {
	event, payload := wire.FromEntry(e)
	encoded, err := encode(payload)
	if err != nil {
		s.log.Error("encode ledger entry", "account", e.Account, "seq", int64(e.Seq), "error", err)
		return event, nil
	}
	return event, encoded
}
