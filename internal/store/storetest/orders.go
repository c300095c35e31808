package storetest

import (
	"testing"

	"tradewind/internal/trading"
)

var orderTests = []test{
	{"an order is as its newest entry shows it", func(t *testing.T, s Store) {
		o := order("a", 1)
		must(t, s.Append(t.Context(), orderEntry(1, o)))
		o.Status, o.BrokerOrderID = trading.Working, "b-1"
		must(t, s.Append(t.Context(), orderEntry(2, o)))
		fill := fillEntry(3, o, "x")
		must(t, s.Append(t.Context(), fill))
		same(t, got(s.Order(t.Context(), "a", o.ID))(t), *fill.Order)
		same(t, got(s.OrderByClientID(t.Context(), "a", o.ClientOrderID))(t), *fill.Order)
	}},
	{"an unknown order is not found", func(t *testing.T, s Store) {
		must(t, s.Append(t.Context(), orderEntry(1, order("a", 1))))
		wantErr(t, got2(s.Order(t.Context(), "a", "other")), trading.ErrNotFound)
		wantErr(t, got2(s.Order(t.Context(), "b", order("a", 1).ID)), trading.ErrNotFound)
		wantErr(t, got2(s.OrderByClientID(t.Context(), "a", "other")), trading.ErrNotFound)
		wantErr(t, got2(s.OrderByClientID(t.Context(), "b", "client-1")), trading.ErrNotFound)
	}},
	{"orders come newest first, by open and symbol, in pages", func(t *testing.T, s Store) {
		seq := trading.Seq(0)
		put := func(o trading.Order) {
			seq++
			must(t, s.Append(t.Context(), orderEntry(seq, o)))
		}
		for n := 1; n <= 5; n++ {
			o := order("a", n)
			if n%2 == 0 {
				o.Symbol = "MSFT"
			}
			put(o)
		}
		over := order("a", 2)
		over.Symbol, over.Status = "MSFT", trading.Canceled
		put(over)
		changed := order("a", 1) // a later change does not make an order newer
		changed.Status = trading.Working
		put(changed)
		must(t, s.Append(t.Context(), orderEntry(1, order("b", 9))))

		ids := func(q trading.OrderQuery) (ids []trading.OrderID) {
			for _, o := range got(s.Orders(t.Context(), "a", q))(t) {
				ids = append(ids, o.ID)
			}
			return ids
		}
		id := func(n int) trading.OrderID { return order("a", n).ID }
		same(t, ids(trading.OrderQuery{}), []trading.OrderID{id(5), id(4), id(3), id(2), id(1)})
		same(t, ids(trading.OrderQuery{Open: true}), []trading.OrderID{id(5), id(4), id(3), id(1)})
		same(t, ids(trading.OrderQuery{Symbol: "MSFT"}), []trading.OrderID{id(4), id(2)})
		same(t, ids(trading.OrderQuery{Open: true, Symbol: "MSFT"}), []trading.OrderID{id(4)})
		same(t, ids(trading.OrderQuery{Limit: 2}), []trading.OrderID{id(5), id(4)})
		same(t, ids(trading.OrderQuery{Limit: 2, Before: id(4)}), []trading.OrderID{id(3), id(2)})
		same(t, ids(trading.OrderQuery{Open: true, Limit: 2, Before: id(3)}), []trading.OrderID{id(1)})
		same(t, ids(trading.OrderQuery{Before: id(1)}), []trading.OrderID(nil))
		same(t, ids(trading.OrderQuery{Before: order("b", 9).ID}), []trading.OrderID(nil))
		same(t, got(s.Order(t.Context(), "a", id(1)))(t).Status, trading.Working)
	}},
	{"a hundred orders are a page without a limit", func(t *testing.T, s Store) {
		for n := 1; n <= 101; n++ {
			must(t, s.Append(t.Context(), orderEntry(trading.Seq(n), order("a", n))))
		}
		same(t, len(got(s.Orders(t.Context(), "a", trading.OrderQuery{}))(t)), 100)
	}},
	{"accounts with open orders are those with one that is not terminal", func(t *testing.T, s Store) {
		same(t, got(s.AccountsWithOpenOrders(t.Context()))(t), []trading.AccountID(nil))
		open, over := order("open", 1), order("over", 1)
		must(t, s.Append(t.Context(), orderEntry(1, open)))
		must(t, s.Append(t.Context(), orderEntry(2, order("open", 2))))
		must(t, s.Append(t.Context(), orderEntry(1, over)))
		must(t, s.Append(t.Context(), depositEntry("quiet", 1)))
		over.Status = trading.Filled
		must(t, s.Append(t.Context(), orderEntry(2, over)))
		same(t, got(s.AccountsWithOpenOrders(t.Context()))(t), []trading.AccountID{"open"})
	}},
}

var snapshotTests = []test{
	{"the newest fold comes back", func(t *testing.T, s Store) {
		wantErr(t, got2(s.LoadSnapshot(t.Context(), "a")), trading.ErrNotFound)
		o := order("a", 1)
		a := &trading.Account{
			ID: "a", Seq: 7, Cash: dec("99000.55"), RealizedPnl: dec("-12.5"),
			Positions: map[trading.Symbol]trading.Position{"AAPL": {Symbol: "AAPL", Quantity: dec("1.5"), CostBasis: dec("280.875")}},
			Open:      map[trading.OrderID]trading.Order{o.ID: o},
		}
		must(t, s.SaveSnapshot(t.Context(), a))
		same(t, got(s.LoadSnapshot(t.Context(), "a"))(t), a)

		newer := &trading.Account{ID: "a", Seq: 9, Cash: dec("1")}
		must(t, s.SaveSnapshot(t.Context(), newer))
		must(t, s.SaveSnapshot(t.Context(), a)) // a slow node is late
		same(t, got(s.LoadSnapshot(t.Context(), "a"))(t), newer)
		wantErr(t, got2(s.LoadSnapshot(t.Context(), "b")), trading.ErrNotFound)
	}},
}
