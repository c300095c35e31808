package executor_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tradewind/internal/executor"
	"tradewind/internal/trading"
)

func TestSubmit_AnswerLost_StreamResolvesIt(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = lost
		d := w.start(t)
		start := time.Now()
		o := d.place(t, limit(trading.Buy, "10", "90"))
		if took := time.Since(start); o.Status != trading.Unknown || took < 2*time.Second || took > 3*time.Second {
			t.Errorf("after %v the order is %s", took, o.Status)
		}
		s.tell(t, status(o, trading.Working, "0"))
		d.wantHistory(t, o, "submitting unknown working")
		if d.Stats().Unknown != 1 {
			t.Errorf("stats: %+v", d.Stats())
		}
	})
}

func TestSubmit_AnswerLost_LookupResolvesIt(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = func(_ context.Context, o trading.Order) (trading.BrokerOrder, error) {
			s.keep(working(o))
			return trading.BrokerOrder{}, context.DeadlineExceeded
		}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		d.wantHistory(t, o, "submitting unknown working")
		if o.Status != trading.Working {
			t.Errorf("the answer is %s", o.Status)
		}
	})
}

// "Not found" may mean "not yet": only three look-ups over a minute are proof.
func TestSubmit_AnswerLostAndNotFound_CountsAfterThreeLookupsOverAMinute(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = lost
		d := w.start(t)
		r := limit(trading.Buy, "10", "90")
		r.ClientOrderID = "mine"
		start := time.Now()
		o := d.place(t, r)
		time.Sleep(59*time.Second - time.Since(start))
		synctest.Wait()
		d.wantHistory(t, o, "submitting unknown")
		power, _ := d.account(t).BuyingPower()
		equal(t, "buying power", power, "9100")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		d.wantHistory(t, o, "submitting unknown rejected")
		if got := d.order(t, o.ID); got.Code != trading.CodeNotSubmitted {
			t.Errorf("code is %q", got.Code)
		}
		if len(s.lookups) != 3 || s.submits["mine"] != 1 {
			t.Errorf("%d look-ups and %d submissions", len(s.lookups), s.submits["mine"])
		}
		_, err := d.tryPlace(t, r)
		wantCode(t, err, trading.CodeNotSubmitted)
		if s.submits["mine"] != 1 {
			t.Error("the repeat was sent")
		}
	})
}

func TestSubmit_AnswerLostAndFoundLate_StartsCountingAnew(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = lost
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		time.Sleep(40 * time.Second)
		s.keep(working(o))
		time.Sleep(time.Minute)
		synctest.Wait()
		d.wantHistory(t, o, "submitting unknown working")
	})
}

func TestSubmit_AnswerLost_AuthoritativeBrokerIsBelievedAtOnce(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = lost
		w.broker = authoritative{s}
		d := w.start(t)
		_, err := d.tryPlace(t, limit(trading.Buy, "10", "90"))
		r := wantCode(t, err, trading.CodeNotSubmitted)
		d.wantHistory(t, *r.Order, "submitting unknown rejected")
	})
}

func TestSubmit_Refused_IsRejected(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = func(context.Context, trading.Order) (trading.BrokerOrder, error) {
			return trading.BrokerOrder{}, &trading.Refusal{Message: "No such thing today."}
		}
		d := w.start(t)
		_, err := d.tryPlace(t, market(trading.Buy, "10"))
		r := wantCode(t, err, trading.CodeBrokerRejected)
		d.wantHistory(t, *r.Order, "submitting rejected")
		entries := d.ledger(t)
		if last := entries[len(entries)-1]; last.Kind != trading.EntryRejection || last.Rejection.Message != "No such thing today." {
			t.Errorf("last entry is %+v", last)
		}
	})
}

func TestSubmit_SlowAnswer_RequestEndsSubmissionGoesOn(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = func(_ context.Context, o trading.Order) (trading.BrokerOrder, error) {
			time.Sleep(5 * time.Second)
			return working(o), nil
		}
		d := w.start(t)
		r := limit(trading.Buy, "10", "90")
		r.ClientOrderID = "mine"
		start := time.Now()
		o := d.place(t, r)
		if took := time.Since(start); o.Status != trading.Submitting || took < 2*time.Second || took > 2100*time.Millisecond {
			t.Errorf("after %v the order is %s", took, o.Status)
		}
		// Nothing may ask the broker about an order that is still being sent.
		s.tell(t, trading.BrokerEvent{Account: acct, Gap: true})
		p, err := d.tryPlace(t, r)
		if err != nil || !p.Repeat {
			t.Errorf("repeat: %+v, %v", p, err)
		}
		_, err = d.Cancel(t.Context(), alice, o.ID)
		if err != nil && code(err) != trading.CodeOrderNotOpen {
			t.Errorf("Cancel: %v", err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if !strings.HasPrefix(d.history(t, o.ID), "submitting working") || s.submits["mine"] != 1 {
			t.Errorf("history is %s after %d submissions", d.history(t, o.ID), s.submits["mine"])
		}
	})
}

func TestSubmit_RequestGivenUp_SubmissionGoesOn(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = func(_ context.Context, o trading.Order) (trading.BrokerOrder, error) {
			time.Sleep(time.Second)
			return working(o), nil
		}
		d := w.start(t)
		d.place(t, limit(trading.Buy, "1", "90"))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		p, err := d.Place(ctx, alice, limit(trading.Buy, "10", "90"))
		if err != nil || p.Order.Status != trading.Submitting {
			t.Errorf("Place: %+v, %v", p, err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		d.wantHistory(t, p.Order, "submitting working")
	})
}

func TestEvents_Duplicate_CountOnce(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		for range 3 {
			s.tell(t, status(o, trading.Working, "0"))
			s.tell(t, fill(o, "x1", "4", "99", "4"))
		}
		s.tell(t, fill(o, "x2", "6", "98", "10"))
		s.tell(t, fill(o, "x1", "4", "99", "4"))
		s.tell(t, fill(o, "x2", "6", "98", "10"))
		d.wantHistory(t, o, "submitting working partially_filled(4@99) filled(6@98)")
		equal(t, "cash", d.account(t).Cash, "9016")
		equal(t, "average price", d.order(t, o.ID).AvgFillPrice, "98.4")
	})
}

func TestEvents_FillBeforeAnswer_NeedsNoOtherEntry(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = func(_ context.Context, o trading.Order) (trading.BrokerOrder, error) {
			s.tell(t, fill(o, "x1", "10", "99", "10"))
			return working(o), nil
		}
		d := w.start(t)
		o := d.place(t, market(trading.Buy, "10"))
		d.wantHistory(t, o, "submitting filled(10@99)")
	})
}

func TestEvents_OutOfOrder_AreMadeUpFor(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		first, second := fill(o, "x1", "4", "99", "4"), fill(o, "x2", "6", "98", "10")
		s.executions = func() ([]trading.BrokerEvent, error) { return []trading.BrokerEvent{first, second}, nil }
		s.tell(t, second)
		d.wantHistory(t, o, "submitting working partially_filled(6@98) filled(4@99)")
		s.tell(t, first)
		equal(t, "position", d.account(t).Positions["AAPL"].Quantity, "10")
	})
}

func TestEvents_EndBeforeItsFill_WaitsForTheFill(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		missed := fill(o, "x1", "4", "99", "4")
		s.executions = func() ([]trading.BrokerEvent, error) { return []trading.BrokerEvent{missed}, nil }
		s.tell(t, status(o, trading.Canceled, "4"))
		d.wantHistory(t, o, "submitting working partially_filled(4@99) canceled")
	})
}

func TestEvents_AfterTheEnd_OnlyFillsCount(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.tell(t, status(o, trading.Canceled, "0"))
		s.tell(t, status(o, trading.Working, "0"))
		s.tell(t, trading.BrokerEvent{Order: working(o), Refused: "Too late."})
		d.wantHistory(t, o, "submitting working canceled")
		s.tell(t, fill(o, "late", "3", "99", "3"))
		s.tell(t, fill(o, "late", "3", "99", "3"))
		d.wantHistory(t, o, "submitting working canceled canceled(3@99)")
		a := d.account(t)
		equal(t, "cash", a.Cash, "9703")
		equal(t, "position", a.Positions["AAPL"].Quantity, "3")
		if len(a.Open) != 0 {
			t.Error("the order is open again")
		}
	})
}

func TestEvents_OfUnknownOrders_AreNotKept(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		before := len(d.ledger(t))
		o.ClientOrderID = "from the broker's own page"
		s.tell(t, fill(o, "x1", "4", "99", "4"))
		if len(d.ledger(t)) != before {
			t.Error("an order that is not ours changed the ledger")
		}
	})
}

func TestEvents_ExpiredRejectedReplaced_CloseTheOrder(t *testing.T) {
	for end, want := range map[trading.OrderStatus]string{
		trading.Expired: "submitting working expired", trading.Replaced: "submitting working replaced",
		trading.Rejected: "submitting working rejected", trading.Canceled: "submitting working canceled",
	} {
		scripted(t, func(t *testing.T, w *world, s *script) {
			d := w.start(t)
			o := d.place(t, limit(trading.Buy, "10", "100"))
			s.tell(t, status(o, end, "0"))
			d.wantHistory(t, o, want)
			if d.order(t, o.ID).Reason == "" {
				t.Errorf("no reason for %s", end)
			}
		})
	}
}

func TestEvents_Accepted_ThenWorking(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.submit = func(_ context.Context, o trading.Order) (trading.BrokerOrder, error) {
			b := working(o)
			b.Status = trading.Accepted
			return b, nil
		}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.tell(t, status(o, trading.Working, "0"))
		s.tell(t, status(o, trading.Accepted, "0"))
		d.wantHistory(t, o, "submitting accepted working")
	})
}

func TestCancel_FillArrivesMeanwhile_Wins(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.cancel = func(o trading.Order) error {
			s.tell(t, fill(o, "x1", "10", "99", "10"))
			return &trading.Refusal{Code: trading.CodeOrderNotOpen, Message: "Filled already."}
		}
		got, err := d.Cancel(t.Context(), alice, o.ID)
		if err != nil || got.Status != trading.Filled {
			t.Errorf("Cancel: %s, %v", got.Status, err)
		}
		d.wantHistory(t, o, "submitting working canceling filled(10@99)")
	})
}

func TestCancel_PartialFillMeanwhile_ThenCanceled(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.cancel = func(o trading.Order) error {
			s.tell(t, fill(o, "x1", "4", "99", "4"))
			s.tell(t, status(o, trading.Canceled, "4"))
			return nil
		}
		got, err := d.Cancel(t.Context(), alice, o.ID)
		if err != nil || got.Status != trading.Canceled || !got.FilledQuantity.Equal(num("4")) {
			t.Errorf("Cancel: %+v, %v", got, err)
		}
		d.wantHistory(t, o, "submitting working canceling partially_filled(4@99) canceled")
	})
}

func TestCancel_RefusedByTheBroker_Returns(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.cancel = func(trading.Order) error {
			return &trading.Refusal{Code: trading.CodeBrokerRejected, Message: "Not in the auction."}
		}
		_, err := d.Cancel(t.Context(), alice, o.ID)
		if r := wantCode(t, err, trading.CodeBrokerRejected); r.Message != "Not in the auction." {
			t.Errorf("message %q", r.Message)
		}
		d.wantHistory(t, o, "submitting working canceling working")
		s.cancel = func(o trading.Order) error {
			s.tell(t, trading.BrokerEvent{Order: working(o), Refused: "Still not."})
			return nil
		}
		_, err = d.Cancel(t.Context(), alice, o.ID)
		wantCode(t, err, trading.CodeBrokerRejected)
		d.wantHistory(t, o, "submitting working canceling working canceling working")
	})
}

func TestCancel_AnswerLost_IsAskedAgainUntilItHappened(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.cancel = func(trading.Order) error { return trading.ErrOutcomeUnknown }
		got, err := d.Cancel(t.Context(), alice, o.ID)
		if err != nil || got.Status != trading.Canceling {
			t.Errorf("Cancel: %s, %v", got.Status, err)
		}
		if got, err = d.Cancel(t.Context(), alice, o.ID); err != nil || got.Status != trading.Canceling {
			t.Errorf("second Cancel: %s, %v", got.Status, err)
		}
		s.rewrite(func() {
			s.cancel = func(o trading.Order) error {
				s.keep(status(o, trading.Canceled, "0").Order) // and the event is lost too
				return nil
			}
		})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		d.wantHistory(t, o, "submitting working canceling canceled")
	})
}

func TestReplace_RefusedByTheBroker_Returns(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		s.replace = func(trading.Order, trading.Replacement) error {
			return &trading.Refusal{Code: trading.CodeBrokerRejected, Message: "Too late today."}
		}
		_, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20")})
		wantCode(t, err, trading.CodeBrokerRejected)
		d.wantHistory(t, o, "submitting working replacing working")
		got := d.order(t, o.ID)
		equal(t, "quantity", got.Quantity, "10")
		if !got.Pending.IsZero() {
			t.Error("the replacement is still pending")
		}
	})
}

func TestReplace_Undecided_ReservesTheLargerAndAllowsNoOther(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		got, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20")})
		if err != nil || got.Status != trading.Replacing {
			t.Fatalf("Replace: %s, %v", got.Status, err)
		}
		power, _ := d.account(t).BuyingPower()
		equal(t, "buying power", power, "8200")
		_, err = d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("30")})
		wantCode(t, err, trading.CodeOrderNotOpen)
		// A fill comes first, then the outcome.
		s.tell(t, fill(o, "x1", "4", "90", "4"))
		b := status(o, trading.PartiallyFilled, "4")
		b.Order.Quantity = num("20")
		s.tell(t, b)
		d.wantHistory(t, o, "submitting working replacing partially_filled(4@90) partially_filled")
		equal(t, "quantity", d.order(t, o.ID).Quantity, "20")
	})
}

func TestReplace_Lost_LookupShowsTheOldTerms(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.replace = func(trading.Order, trading.Replacement) error { return trading.ErrOutcomeUnknown }
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		_, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20")})
		r := wantCode(t, err, trading.CodeBrokerRejected)
		if !strings.Contains(r.Message, "did not reach") {
			t.Errorf("message %q", r.Message)
		}
		d.wantHistory(t, o, "submitting working replacing working")
	})
}

func TestReplace_EventLost_LookupShowsTheNewTerms(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.replace = func(o trading.Order, r trading.Replacement) error {
			s.keep(working(o.Replace(r)))
			return nil
		}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		if _, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		d.wantHistory(t, o, "submitting working replacing working")
		equal(t, "quantity", d.order(t, o.ID).Quantity, "20")
	})
}

func TestReconcile_AtStart_OthersTradeMeanwhile(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		w.user(t, "bob", "acct-bob", "paper")
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}

		// While nobody listened the order was filled in part and then canceled.
		missed := fill(o, "x1", "4", "99", "4")
		s.executions = func() ([]trading.BrokerEvent, error) { return []trading.BrokerEvent{missed}, nil }
		s.keep(status(o, trading.Canceled, "4").Order)
		s.openOrders = func(trading.AccountID) ([]trading.BrokerOrder, error) { return nil, errors.New("no line") }
		d = w.start(t)
		synctest.Wait()
		_, err := d.Place(t.Context(), alice, limit(trading.Buy, "1", "90"))
		r := wantCode(t, err, trading.CodeAccountReconciling)
		if r.RetryAfter <= 0 || d.Stats().Reconciling != 1 {
			t.Errorf("refusal %+v, stats %+v", r, d.Stats())
		}
		if _, err := d.Adjust(t.Context(), "acct-bob", trading.Adjustment{Kind: trading.Deposit, Amount: num("1000")}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Place(t.Context(), "bob", limit(trading.Buy, "1", "90")); err != nil {
			t.Errorf("another account: %v", err)
		}
		time.Sleep(20 * time.Second) // the line comes back, the next try is due within the backoff
		s.rewrite(func() { s.openOrders = nil })
		time.Sleep(30 * time.Second)
		d.place(t, limit(trading.Buy, "1", "90"))
		d.wantHistory(t, o, "submitting working partially_filled(4@99) canceled")
	})
}

func TestReconcile_AfterAGap_OfTheWholeBroker(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		missed := fill(o, "x1", "10", "99", "10")
		s.executions = func() ([]trading.BrokerEvent, error) { return []trading.BrokerEvent{missed}, nil }
		s.tell(t, trading.BrokerEvent{Gap: true})
		d.wantHistory(t, o, "submitting working filled(10@99)")
		if got := d.Stats().Attended; got != 0 {
			time.Sleep(time.Minute)
			if got = d.Stats().Attended; got != 0 {
				t.Errorf("%d accounts are still attended", got)
			}
		}
	})
}

func TestReconcile_BrokerLostAnOrder_ItIsCanceled(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		w.broker = authoritative{s}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.lookup = func(trading.ClientOrderID) (trading.BrokerOrder, error) {
			return trading.BrokerOrder{}, trading.ErrOrderUnknown
		}
		s.tell(t, trading.BrokerEvent{Account: acct, Gap: true})
		d.wantHistory(t, o, "submitting working canceled")
	})
}

func TestReconcile_FilledSmallerThanKnown_Closes(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.tell(t, fill(o, "x1", "4", "99", "4"))
		b := status(o, trading.Filled, "4")
		b.Order.Quantity = num("4")
		s.tell(t, b)
		d.wantHistory(t, o, "submitting working partially_filled(4@99) filled")
	})
}

// positions is a script that reports positions.
type positions struct {
	*script
	held map[trading.Symbol]trading.Decimal
}

func (p positions) Positions(context.Context, trading.AccountID) (map[trading.Symbol]trading.Decimal, error) {
	return p.held, nil
}

func TestReconcile_PositionsDiffer_IsLogged(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		var out bytes.Buffer
		w.o.Logger = slog.New(slog.NewTextHandler(&out, nil))
		w.broker = positions{s, map[trading.Symbol]trading.Decimal{"MSFT": num("7")}}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "100"))
		s.tell(t, fill(o, "x1", "4", "99", "4"))
		s.tell(t, trading.BrokerEvent{Account: acct, Gap: true})
		if err := d.stop(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"symbol=AAPL ledger=4 broker=0", "symbol=MSFT ledger=0 broker=7"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("log lacks %q:\n%s", want, &out)
			}
		}
	})
}

func TestRun_BrokerGivesUp_IsAnError(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		for _, broken := range []error{errors.New("bad key"), nil} {
			s.run = func(context.Context) error { return broken }
			e := executor.New(w.store, w.users, w.board, []trading.Broker{s}, executor.Options{})
			if err := e.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "run broker paper") {
				t.Errorf("Run: %v", err)
			}
		}
	})
}

func TestRun_Ends_SubmissionsFinishFirst(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		d := w.start(t)
		d.place(t, limit(trading.Buy, "1", "90"))
		s.submit = func(_ context.Context, o trading.Order) (trading.BrokerOrder, error) {
			time.Sleep(3 * time.Second)
			return working(o), nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		p, err := d.Place(ctx, alice, limit(trading.Buy, "10", "90"))
		if code(err) == trading.CodeRateLimited {
			p, err = d.Place(t.Context(), alice, limit(trading.Buy, "10", "90"))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := d.stop(); err != nil {
			t.Error(err)
		}
		d.wantHistory(t, p.Order, "submitting working")
	})
}

func TestRun_Ends_HangingSubmissionIsCutOffAndFoundAtTheNextStart(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		w.o.BrokerTimeout = time.Hour
		s.submit = func(ctx context.Context, o trading.Order) (trading.BrokerOrder, error) {
			s.keep(working(o))
			<-ctx.Done()
			return trading.BrokerOrder{}, ctx.Err()
		}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		start := time.Now()
		if err := d.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("Run ended after %v", took)
		}
		if got := d.history(t, o.ID); !strings.HasPrefix(got, "submitting unknown") {
			t.Errorf("the order is %s", got)
		}
		d = w.start(t)
		synctest.Wait()
		d.wantHistory(t, o, "submitting unknown working")
		if s.submits[o.ClientOrderID] != 1 {
			t.Error("the order was sent again")
		}
	})
}

func TestReplace_BrokerStillWorksOnIt_IsLeftUndecided(t *testing.T) {
	scripted(t, func(t *testing.T, w *world, s *script) {
		s.replace = func(o trading.Order, _ trading.Replacement) error {
			s.keep(status(o, trading.Replacing, "0").Order)
			return nil
		}
		d := w.start(t)
		o := d.place(t, limit(trading.Buy, "10", "90"))
		if _, err := d.Replace(t.Context(), alice, o.ID, trading.Replacement{Quantity: num("20")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		d.wantHistory(t, o, "submitting working replacing")
		s.keep(working(o.Replace(trading.Replacement{Quantity: num("20")})))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		d.wantHistory(t, o, "submitting working replacing working")
		equal(t, "quantity", d.order(t, o.ID).Quantity, "20")
	})
}
