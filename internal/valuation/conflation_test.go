package valuation_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"tradewind/internal/trading"
	"tradewind/internal/valuation"
)

// step is something that happens at the desk.
type step struct {
	what    string // sleep, quote, fill, order
	sleep   time.Duration
	symbol  trading.Symbol
	account trading.AccountID
	price   string
}

// holds says who holds what from the start; carl has nothing.
var holds = map[trading.AccountID][]trading.Symbol{"anna": {"AAPL", "MSFT"}, "ben": {"MSFT", "TSLA"}, "carl": nil}

func drawSteps(t *rapid.T) []step {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			what:    rapid.SampledFrom([]string{"sleep", "sleep", "quote", "quote", "quote", "fill", "order"}).Draw(t, "what"),
			sleep:   time.Duration(rapid.IntRange(1, 400).Draw(t, "ms")) * time.Millisecond,
			symbol:  rapid.SampledFrom(symbols).Draw(t, "symbol"),
			account: rapid.SampledFrom([]trading.AccountID{"anna", "ben", "carl"}).Draw(t, "account"),
			price:   fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "price")),
		}
	}), 1, 60).Draw(t, "steps")
}

// model is what the test knows of one account: which changes a portfolio has to show, and when.
type model struct {
	held    map[trading.Symbol]bool
	free    map[time.Duration]bool // moments at which a portfolio may be sent without regard to the window
	urgent  []time.Duration        // changes that have to be shown at once
	changes []time.Duration        // changes that have to be shown within a window
}

// TestConflation_AnySequence_NewestArrivesAndWindowsHold plays random days at the
// desk and holds what was sent against the rules of the package.
func TestConflation_AnySequence_NewestArrivesAndWindowsHold(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		steps := drawSteps(r)
		synctest.Test(t, func(t *testing.T) { play(t, r, steps) })
	})
}

func play(t *testing.T, r *rapid.T, steps []step) {
	k := newDesk(t, valuation.Options{})
	models := make(map[trading.AccountID]*model)
	prices := make(map[trading.Symbol]string)
	now := func() time.Duration { return time.Since(k.started) }
	for id, held := range holds {
		m := &model{held: make(map[trading.Symbol]bool), free: map[time.Duration]bool{0: true}, urgent: []time.Duration{0}}
		for _, s := range held {
			k.ledgers.commit(id, shares(s, "10", "10"))
			m.held[s] = true
		}
		models[id] = m
		defer k.watch(id)()
	}
	synctest.Wait()
	for _, s := range steps {
		m := models[s.account]
		switch s.what {
		case "sleep":
			time.Sleep(s.sleep)
		case "quote":
			if prices[s.symbol] != s.price {
				prices[s.symbol] = s.price
				for _, m := range models {
					if m.held[s.symbol] {
						m.changes = append(m.changes, now())
					}
				}
			}
			k.publish(quote(s.symbol, s.price, "0"))
		case "fill":
			k.ledgers.commit(s.account, fill(s.symbol, trading.Buy, "1", "3"))
			m.held[s.symbol], m.free[now()], m.urgent = true, true, append(m.urgent, now())
		case "order":
			e := limitBuy(s.symbol, "1", "2")
			e.Order.ID = trading.OrderID(fmt.Sprint(now(), len(m.changes)))
			k.ledgers.commit(s.account, e)
			m.changes = append(m.changes, now())
		}
		synctest.Wait()
	}
	time.Sleep(window)
	for _, id := range slices.Sorted(maps.Keys(models)) {
		check(r, k, id, models[id])
	}
}

func check(r *rapid.T, k *desk, id trading.AccountID, m *model) {
	all := k.take(id)
	shownWithin := func(from, to time.Duration) bool {
		return slices.ContainsFunc(all, func(s sent) bool { return s.at >= from && s.at <= to })
	}
	for _, at := range m.urgent {
		if !shownWithin(at, at) {
			r.Fatalf("%s: nothing was sent at %v", id, at)
		}
	}
	for _, at := range m.changes {
		quiet := !shownWithin(at-window+1, at-1)
		if quiet && !shownWithin(at, at) {
			r.Fatalf("%s: the change at %v after a quiet window was not sent at once", id, at)
		}
		if !shownWithin(at, at+window) {
			r.Fatalf("%s: the change at %v was not sent within a window", id, at)
		}
	}
	before := -window
	var last sent
	for _, s := range all {
		if s.Seq < last.Seq {
			r.Fatalf("%s: seq %d after %d", id, s.Seq, last.Seq)
		}
		last = s
		if m.free[s.at] {
			continue
		}
		if s.at-before < window {
			r.Fatalf("%s: sent at %v and at %v", id, before, s.at)
		}
		before = s.at
	}
	newest, err := k.engine.Value(k.t.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	if got, want := text(last.Portfolio), text(newest); got != want {
		r.Fatalf("%s: the last one sent is not the newest:\n%s\n%s", id, got, want)
	}
	// The engine's own numbers are held against the ledger read anew.
	fold, err := k.ledgers.Account(k.t.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	total := fold.Cash
	for s, p := range fold.Positions {
		worth := p.CostBasis
		if q, ok := k.board.Quote(s); ok {
			worth, _ = p.Quantity.Mul(q.Price)
		}
		total, _ = total.Add(worth)
	}
	if !newest.TotalValue.Equal(total) {
		r.Fatalf("%s: total value %v, ledger and board say %v", id, newest.TotalValue, total)
	}
}
