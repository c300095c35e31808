package valuation_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/valuation"
)

func TestWatch_EntriesDuringTheLoad_AreFoldedInOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", deposit("1"))
		k.ledgers.gate = make(chan struct{})
		var watching sync.WaitGroup
		watching.Go(func() { k.watch("anna") })
		watching.Go(func() { k.watch("anna") })
		synctest.Wait()
		k.ledgers.commit("anna", deposit("10"))
		k.ledgers.commit("anna", shares("AAPL", "2", "10"))
		k.none("anna", "the account is not loaded")
		close(k.ledgers.gate)
		watching.Wait()
		all := k.take("anna")
		if p := all[len(all)-1]; p.Seq != 3 || p.Cash.String() != "11" || len(p.Positions) != 1 {
			t.Errorf("after the load: %s", text(p.Portfolio))
		}
		if k.ledgers.reads != 1 {
			t.Errorf("the account was read %d times", k.ledgers.reads)
		}
	})
}

func TestEntries_AfterAGap_TheAccountIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.commit("anna", deposit("1"))
		defer k.watch("anna")()
		k.one("anna")
		k.ledgers.lose("anna", shares("AAPL", "2", "10"))
		k.ledgers.fail(errors.New("store away"))
		k.ledgers.commit("anna", deposit("10"))
		k.none("anna", "it cannot be valued")
		k.ledgers.commit("anna", deposit("100"))
		k.ledgers.fail(nil)
		time.Sleep(2 * time.Second)
		all := k.take("anna")
		if p := all[len(all)-1]; p.Seq != 4 || p.Cash.String() != "111" || len(p.Positions) != 1 {
			t.Errorf("after the gap: %s", text(p.Portfolio))
		}
		if k.engine.Stats().Reloads != 1 {
			t.Errorf("stats %+v", k.engine.Stats())
		}
		// It goes on as if nothing had happened.
		k.publish(quote("AAPL", "7", "0"))
		time.Sleep(window)
		if p := k.one("anna"); p.TotalValue.String() != "125" {
			t.Errorf("total %v", p.TotalValue)
		}
	})
}

func TestEntries_MoreThanALoadCanHold_AreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		k.ledgers.gate = make(chan struct{})
		var watching sync.WaitGroup
		watching.Go(func() { k.watch("anna") })
		synctest.Wait()
		for range 2500 {
			k.ledgers.commit("anna", deposit("1"))
		}
		close(k.ledgers.gate)
		watching.Wait()
		all := k.take("anna")
		if p := all[len(all)-1]; p.Seq != 2500 {
			t.Errorf("seq %d of 2500", p.Seq)
		}
	})
}

func TestWatch_LoadFails_EveryCallerIsToldOrTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newDesk(t, valuation.Options{})
		away := errors.New("store away")
		k.ledgers.fail(away)
		if _, err := k.engine.Watch(t.Context(), "anna"); !errors.Is(err, away) {
			t.Errorf("Watch: %v", err)
		}
		if _, err := k.engine.Value(t.Context(), "anna"); !errors.Is(err, away) {
			t.Errorf("Value: %v", err)
		}
		k.ledgers.fail(nil)
		for _, fn := range []func() error{
			func() error { _, err := k.engine.Watch(t.Context(), "nobody"); return err },
			func() error { _, err := k.engine.Value(t.Context(), "nobody"); return err },
		} {
			if err := fn(); !errors.Is(err, trading.ErrNotFound) {
				t.Errorf("unknown account: %v", err)
			}
		}
		if n := k.engine.Stats().Watched; n != 0 {
			t.Errorf("%d watched", n)
		}

		// The first caller gives up; the second, who waited for him, loads it himself.
		k.ledgers.gate = make(chan struct{})
		impatient, giveUp := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := k.engine.Watch(impatient, "anna"); !errors.Is(err, context.Canceled) {
				t.Errorf("impatient caller: %v", err)
			}
		})
		synctest.Wait()
		callers.Go(func() { k.watch("anna") })
		// A third one waits and gives up too.
		callers.Go(func() {
			if _, err := k.engine.Watch(impatient, "anna"); !errors.Is(err, context.Canceled) {
				t.Errorf("waiting caller: %v", err)
			}
		})
		synctest.Wait()
		giveUp()
		synctest.Wait()
		close(k.ledgers.gate)
		callers.Wait()
		k.one("anna")
	})
}
