package storetest

import (
	"fmt"
	"testing"
	"time"

	"tradewind/internal/trading"
)

func paperOrder(n int) trading.BrokerOrder {
	return trading.BrokerOrder{
		ID: trading.BrokerOrderID(fmt.Sprint("p-", n)), ClientOrderID: trading.ClientOrderID(fmt.Sprint("client-", n)),
		Symbol: "AAPL", Side: trading.Sell, Type: trading.Limit, TimeInForce: trading.Day,
		Quantity: dec("5"), LimitPrice: dec("190.01"), Status: trading.Working, UpdatedAt: noon,
	}
}

func paperFill(id trading.ExecutionID, at time.Time) *trading.Fill {
	return &trading.Fill{ID: id, Symbol: "AAPL", Side: trading.Sell, Quantity: dec("2"), Price: dec("190.02"), Time: at}
}

var paperTests = []test{
	{"an order is inserted, then updated", func(t *testing.T, s Store) {
		o := paperOrder(1)
		must(t, s.SaveOrder(t.Context(), "a", o, nil))
		same(t, got(s.PaperOrder(t.Context(), "a", o.ClientOrderID))(t), o)
		o.Status, o.Reason, o.UpdatedAt = trading.Canceled, "asked to", noon.Add(time.Second)
		must(t, s.SaveOrder(t.Context(), "a", o, nil))
		same(t, got(s.PaperOrder(t.Context(), "a", o.ClientOrderID))(t), o)
		wantErr(t, got2(s.PaperOrder(t.Context(), "b", o.ClientOrderID)), trading.ErrNotFound)
		wantErr(t, got2(s.PaperOrder(t.Context(), "a", "other")), trading.ErrNotFound)
	}},
	{"an execution is stored with its order or not at all", func(t *testing.T, s Store) {
		o := paperOrder(1)
		must(t, s.SaveOrder(t.Context(), "a", o, nil))
		o.Status, o.FilledQuantity = trading.PartiallyFilled, dec("2")
		must(t, s.SaveOrder(t.Context(), "a", o, paperFill("x", noon)))
		again := o
		again.FilledQuantity = dec("4")
		wantErr(t, s.SaveOrder(t.Context(), "a", again, paperFill("x", noon)), trading.ErrDuplicateExecution)
		same(t, got(s.PaperOrder(t.Context(), "a", o.ClientOrderID))(t), o)
		same(t, got(s.PaperExecutions(t.Context(), "a", time.Time{}))(t), []trading.BrokerEvent{{Account: "a", Order: o, Fill: paperFill("x", noon)}})
		must(t, s.SaveOrder(t.Context(), "b", o, paperFill("x", noon))) // ids are per account
	}},
	{"an order may arrive together with its first execution", func(t *testing.T, s Store) {
		o := paperOrder(1)
		o.Status = trading.Filled
		must(t, s.SaveOrder(t.Context(), "a", o, paperFill("x", noon)))
		same(t, got(s.PaperOrder(t.Context(), "a", o.ClientOrderID))(t), o)
	}},
	{"of many that save the same execution one does", func(t *testing.T, s Store) {
		wantOneWinner(t, together(8, func(int) error { return s.SaveOrder(t.Context(), "a", paperOrder(1), paperFill("x", noon)) }), trading.ErrDuplicateExecution)
	}},
	{"open orders of all accounts, oldest first", func(t *testing.T, s Store) {
		for _, n := range []int{3, 1, 2} {
			must(t, s.SaveOrder(t.Context(), "a", paperOrder(n), nil))
		}
		must(t, s.SaveOrder(t.Context(), "b", paperOrder(9), nil))
		over := paperOrder(8)
		over.Status = trading.Filled
		must(t, s.SaveOrder(t.Context(), "b", over, nil))
		changed := paperOrder(3) // an update keeps its place
		changed.FilledQuantity = dec("1")
		must(t, s.SaveOrder(t.Context(), "a", changed, nil))
		same(t, got(s.OpenPaperOrders(t.Context()))(t), map[trading.AccountID][]trading.BrokerOrder{
			"a": {changed, paperOrder(1), paperOrder(2)}, "b": {paperOrder(9)},
		})
	}},
	{"executions since a time, oldest first, each with its order of then", func(t *testing.T, s Store) {
		first, second := paperOrder(1), paperOrder(1)
		first.FilledQuantity, second.FilledQuantity, second.Status = dec("2"), dec("4"), trading.Filled
		must(t, s.SaveOrder(t.Context(), "a", first, paperFill("z", noon)))
		must(t, s.SaveOrder(t.Context(), "a", second, paperFill("y", noon.Add(time.Second))))
		must(t, s.SaveOrder(t.Context(), "b", paperOrder(2), paperFill("w", noon)))
		both := []trading.BrokerEvent{
			{Account: "a", Order: first, Fill: paperFill("z", noon)},
			{Account: "a", Order: second, Fill: paperFill("y", noon.Add(time.Second))},
		}
		same(t, got(s.PaperExecutions(t.Context(), "a", noon))(t), both)
		same(t, got(s.PaperExecutions(t.Context(), "a", noon.Add(time.Millisecond)))(t), both[1:])
		same(t, got(s.PaperExecutions(t.Context(), "a", noon.Add(time.Hour)))(t), []trading.BrokerEvent(nil))
	}},
}
