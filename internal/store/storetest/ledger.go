package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"tradewind/internal/trading"
)

var ledgerTests = []test{
	{"an entry of every kind comes back as it was", func(t *testing.T, s Store) {
		o := order("a", 1)
		o.BrokerOrderID, o.Reason = "b-1", "why, \"quoted\" <&> ü"
		rejected := order("a", 2)
		rejected.Status, rejected.Type, rejected.LimitPrice = trading.Rejected, trading.Market, trading.Decimal{}
		fill := fillEntry(2, o, "x-1")
		fill.Fill.Price = dec("0.000000001")
		entries := []trading.Entry{
			orderEntry(1, o),
			fill,
			{
				Account: "a", Seq: 3, Time: noon.Add(time.Millisecond), Kind: trading.EntryRejection, Order: &rejected,
				Rejection: &trading.Rejection{Code: trading.CodeInsufficientFunds, Message: "Not enough buying power."},
			},
			depositEntry("a", 4),
			{Account: "a", Seq: 5, Time: noon, Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{
				Kind: trading.Deposit, Symbol: "MSFT", Quantity: dec("3"), Amount: dec("1234.56"),
			}},
			{Account: "a", Seq: 6, Time: noon, Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{
				Kind: trading.Bust, Symbol: "AAPL", Quantity: dec("-0.25"), Amount: dec("-46.8"), ExecutionID: "x-1", Reason: "clearly erroneous",
			}},
			{Account: "a", Seq: 7, Time: noon, Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{
				Kind: trading.Published, Event: "note", Payload: json.RawMessage(`{"b":1.10, "a":[ ]}`),
			}},
		}
		for _, e := range entries {
			must(t, s.Append(t.Context(), e))
		}
		same(t, got(s.Entries(t.Context(), "a", 0, 100))(t), entries)
		same(t, got(s.Head(t.Context(), "a"))(t), trading.Seq(7))
	}},
	{"an empty ledger has head 0 and no entries", func(t *testing.T, s Store) {
		same(t, got(s.Head(t.Context(), "nobody"))(t), trading.Seq(0))
		same(t, got(s.Entries(t.Context(), "nobody", 0, 10))(t), []trading.Entry(nil))
	}},
	{"a seq is taken once", func(t *testing.T, s Store) {
		must(t, s.Append(t.Context(), depositEntry("a", 1)))
		wantErr(t, s.Append(t.Context(), orderEntry(1, order("a", 1))), trading.ErrSeqTaken)
		same(t, got(s.Entries(t.Context(), "a", 0, 10))(t), []trading.Entry{depositEntry("a", 1)})
		must(t, s.Append(t.Context(), depositEntry("b", 1))) // each account counts for itself
	}},
	{"a seq that would leave a gap is refused", func(t *testing.T, s Store) {
		wantErr(t, s.Append(t.Context(), depositEntry("a", 2)), trading.ErrSeqGap)
		must(t, s.Append(t.Context(), depositEntry("a", 1)))
		wantErr(t, s.Append(t.Context(), depositEntry("a", 3)), trading.ErrSeqGap)
		same(t, got(s.Head(t.Context(), "a"))(t), trading.Seq(1))
	}},
	{"a seq below 1 is refused", func(t *testing.T, s Store) {
		if err := s.Append(t.Context(), depositEntry("a", 0)); err == nil {
			t.Error("seq 0 was stored")
		}
		same(t, got(s.Head(t.Context(), "a"))(t), trading.Seq(0))
	}},
	{"of many that want the same seq one gets it", func(t *testing.T, s Store) {
		for seq := trading.Seq(1); seq <= 5; seq++ {
			wantOneWinner(t, together(8, func(i int) error { return s.Append(t.Context(), orderEntry(seq, order("a", int(seq)*10+i))) }), trading.ErrSeqTaken)
		}
		same(t, len(got(s.Entries(t.Context(), "a", 0, 100))(t)), 5)
	}},
	{"writers that reload after a lost race leave no gap and lose nothing", func(t *testing.T, s Store) {
		const writers, each = 6, 10
		errs := together(writers, func(w int) error {
			for i := range each {
				if err := appendNext(t.Context(), s, order("a", w*100+i)); err != nil {
					return err
				}
			}
			return nil
		})
		must(t, errors.Join(errs...))
		entries := got(s.Entries(t.Context(), "a", 0, 1000))(t)
		seen := make(map[trading.ClientOrderID]bool)
		for i, e := range entries {
			if e.Seq != trading.Seq(i+1) {
				t.Fatalf("entry %d has seq %d", i, e.Seq)
			}
			seen[e.Order.ClientOrderID] = true
		}
		same(t, len(seen), writers*each)
	}},
	{"a failed append harms no other one", func(t *testing.T, s Store) {
		must(t, s.Append(t.Context(), depositEntry("shared", 1)))
		errs := together(40, func(i int) error {
			if i%2 == 0 {
				return s.Append(t.Context(), depositEntry("shared", 1)) // taken
			}
			return s.Append(t.Context(), depositEntry(trading.AccountID(fmt.Sprint("own-", i)), 1))
		})
		for i, err := range errs {
			if i%2 == 0 {
				wantErr(t, err, trading.ErrSeqTaken)
				continue
			}
			must(t, err)
			same(t, got(s.Head(t.Context(), trading.AccountID(fmt.Sprint("own-", i))))(t), trading.Seq(1))
		}
	}},
	{"a client order id begins one order of an account", func(t *testing.T, s Store) {
		first, second, elsewhere := order("a", 1), order("a", 2), order("b", 3)
		second.ClientOrderID, elsewhere.ClientOrderID = first.ClientOrderID, first.ClientOrderID
		must(t, s.Append(t.Context(), orderEntry(1, first)))
		wantErr(t, s.Append(t.Context(), orderEntry(2, second)), trading.ErrDuplicateClientOrderID)
		wantErr(t, got2(s.Order(t.Context(), "a", second.ID)), trading.ErrNotFound)
		must(t, s.Append(t.Context(), orderEntry(2, first))) // later entries of the same order
		must(t, s.Append(t.Context(), fillEntry(3, first, "x")))
		must(t, s.Append(t.Context(), orderEntry(1, elsewhere)))
	}},
	{"a client order id is taken by an order that begins rejected", func(t *testing.T, s Store) {
		o := order("a", 1)
		o.Status = trading.Rejected
		e := orderEntry(1, o)
		e.Kind, e.Rejection = trading.EntryRejection, &trading.Rejection{Code: trading.CodeMarketClosed, Message: "Closed."}
		must(t, s.Append(t.Context(), e))
		again := order("a", 2)
		again.ClientOrderID = o.ClientOrderID
		wantErr(t, s.Append(t.Context(), orderEntry(2, again)), trading.ErrDuplicateClientOrderID)
	}},
	{"orders without a client order id do not collide", func(t *testing.T, s Store) {
		for n := range 3 {
			o := order("a", n)
			o.ClientOrderID = ""
			must(t, s.Append(t.Context(), orderEntry(trading.Seq(n+1), o)))
		}
	}},
	{"an execution is in the ledger once", func(t *testing.T, s Store) {
		o := order("a", 1)
		must(t, s.Append(t.Context(), orderEntry(1, o)))
		must(t, s.Append(t.Context(), fillEntry(2, o, "x")))
		wantErr(t, s.Append(t.Context(), fillEntry(3, o, "x")), trading.ErrDuplicateExecution)
		same(t, got(s.Head(t.Context(), "a"))(t), trading.Seq(2))
		other := order("b", 1)
		must(t, s.Append(t.Context(), orderEntry(1, other)))
		must(t, s.Append(t.Context(), fillEntry(2, other, "x"))) // ids are per account
		bust := trading.Entry{Account: "a", Seq: 3, Time: noon, Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Bust, ExecutionID: "x"}}
		must(t, s.Append(t.Context(), bust)) // names the execution, is none
	}},
	{"entries come in pages, oldest first", func(t *testing.T, s Store) {
		for seq := trading.Seq(1); seq <= 7; seq++ {
			must(t, s.Append(t.Context(), depositEntry("a", seq)))
			must(t, s.Append(t.Context(), depositEntry("b", seq)))
		}
		var seqs []trading.Seq
		for after := trading.Seq(0); ; {
			page := got(s.Entries(t.Context(), "a", after, 3))(t)
			if len(page) == 0 {
				break
			}
			if len(page) > 3 {
				t.Fatalf("a page of %d, want at most 3", len(page))
			}
			for _, e := range page {
				seqs = append(seqs, e.Seq)
			}
			after = page[len(page)-1].Seq
		}
		same(t, seqs, []trading.Seq{1, 2, 3, 4, 5, 6, 7})
	}},
	{"fills come newest first, in pages, by symbol and since", func(t *testing.T, s Store) {
		apple, micro := order("a", 1), order("a", 2)
		micro.Symbol = "MSFT"
		for i, e := range []trading.Entry{
			orderEntry(1, apple), fillEntry(2, apple, "x-2"), orderEntry(3, micro), fillEntry(4, micro, "x-4"),
			depositEntry("a", 5), fillEntry(6, apple, "x-6"), fillEntry(7, micro, "x-7"),
		} {
			if e.Fill != nil {
				e.Fill.Time = noon.Add(time.Duration(i) * time.Second)
			}
			must(t, s.Append(t.Context(), e))
		}
		for name, c := range map[string]struct {
			q    trading.FillQuery
			want []trading.ExecutionID
		}{
			"all":        {trading.FillQuery{}, []trading.ExecutionID{"x-7", "x-6", "x-4", "x-2"}},
			"page":       {trading.FillQuery{Limit: 2}, []trading.ExecutionID{"x-7", "x-6"}},
			"next page":  {trading.FillQuery{Limit: 2, Before: 6}, []trading.ExecutionID{"x-4", "x-2"}},
			"symbol":     {trading.FillQuery{Symbol: "MSFT"}, []trading.ExecutionID{"x-7", "x-4"}},
			"since":      {trading.FillQuery{Since: noon.Add(5 * time.Second)}, []trading.ExecutionID{"x-7", "x-6"}},
			"everything": {trading.FillQuery{Symbol: "AAPL", Since: noon, Before: 6, Limit: 1}, []trading.ExecutionID{"x-2"}},
		} {
			var ids []trading.ExecutionID
			for _, e := range got(s.Fills(t.Context(), "a", c.q))(t) {
				ids = append(ids, e.Fill.ID)
			}
			t.Log(name)
			same(t, ids, c.want)
		}
	}},
	{"a fill is found by its execution id", func(t *testing.T, s Store) {
		o := order("a", 1)
		want := fillEntry(2, o, "x")
		must(t, s.Append(t.Context(), orderEntry(1, o)))
		must(t, s.Append(t.Context(), want))
		same(t, got(s.Fill(t.Context(), "a", "x"))(t), want)
		wantErr(t, got2(s.Fill(t.Context(), "a", "y")), trading.ErrNotFound)
		wantErr(t, got2(s.Fill(t.Context(), "b", "x")), trading.ErrNotFound)
	}},
	{"a context that has ended stores nothing", func(t *testing.T, s Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantErr(t, s.Append(ctx, depositEntry("a", 1)), context.Canceled)
		same(t, got(s.Head(t.Context(), "a"))(t), trading.Seq(0))
	}},
}

// got2 keeps the error of a call with a result.
func got2[T any](_ T, err error) error { return err }

// appendNext appends an order's entry at whatever seq is next.
func appendNext(ctx context.Context, s Store, o trading.Order) error {
	for {
		head, err := s.Head(ctx, o.Account)
		if err != nil {
			return err
		}
		if err := s.Append(ctx, orderEntry(head+1, o)); !errors.Is(err, trading.ErrSeqTaken) {
			return err
		}
	}
}
