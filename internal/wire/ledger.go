package wire

import (
	"encoding/json"
	"fmt"

	"tradewind/internal/trading"
)

// FromEntry turns a ledger entry into the one event that it is on the wire. An
// entry that lacks what its kind needs is an error of AppendJSON, not a panic.
func FromEntry(e trading.Entry) (event string, payload Payload) {
	switch e.Kind {
	case trading.EntryFill:
		return EventTradeExecuted, TradeExecuted(e)
	case trading.EntryRejection:
		return EventTradeFailed, TradeFailed(e)
	case trading.EntryOrder:
		return EventOrder, OrderUpdate(e)
	default:
		return EventAccount, AccountUpdate(e)
	}
}

// TradeExecuted is the payload of trade:executed, an entry of kind fill.
type TradeExecuted trading.Entry

// AppendJSON implements Payload.
func (t TradeExecuted) AppendJSON(dst []byte) ([]byte, error) {
	if t.Fill == nil || t.Order == nil {
		return dst, incomplete(trading.Entry(t))
	}
	o := openObject(dst)
	o.string("account", string(t.Account))
	o.int("seq", int64(t.Seq))
	o.string("id", string(t.Fill.ID))
	o.string("orderId", string(t.Order.ID))
	o.string("symbol", string(t.Fill.Symbol))
	o.string("side", string(t.Fill.Side))
	o.decimal("quantity", t.Fill.Quantity)
	o.decimal("price", t.Fill.Price)
	o.time("timestamp", t.Fill.Time)
	o.string("status", string(fillStatus(t.Order)))
	if err := o.value("order", Order(*t.Order)); err != nil {
		return dst, err
	}
	return o.close(), nil
}

// fillStatus tells whether the fill completed the order. The order's own status
// may be another one, such as canceling, while a partial fill arrives.
func fillStatus(o *trading.Order) trading.OrderStatus {
	if o.Status == trading.Filled || o.FilledQuantity.Cmp(o.Quantity) >= 0 {
		return trading.Filled
	}
	return trading.PartiallyFilled
}

// MarshalJSON implements json.Marshaler.
func (t TradeExecuted) MarshalJSON() ([]byte, error) { return marshal(t, 640) }

// TradeFailed is the payload of trade:failed, an entry of kind rejection.
type TradeFailed trading.Entry

// AppendJSON implements Payload.
func (t TradeFailed) AppendJSON(dst []byte) ([]byte, error) {
	if t.Rejection == nil || t.Order == nil {
		return dst, incomplete(trading.Entry(t))
	}
	o := openObject(dst)
	o.string("account", string(t.Account))
	o.int("seq", int64(t.Seq))
	o.string("error", t.Rejection.Message)
	o.string("code", string(t.Rejection.Code))
	o.name("signal")
	o.dst = appendSignal(o.dst, t.Order)
	o.time("timestamp", t.Time)
	if t.Order.ID != "" {
		if err := o.value("order", Order(*t.Order)); err != nil {
			return dst, err
		}
	}
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (t TradeFailed) MarshalJSON() ([]byte, error) { return marshal(t, 768) }

// appendSignal appends what was asked for, as it was asked.
func appendSignal(dst []byte, r *trading.Order) []byte {
	o := openObject(dst)
	o.string("symbol", string(r.Symbol))
	o.string("side", string(r.Side))
	o.string("type", string(r.Type))
	o.decimal("quantity", r.Quantity)
	o.optionalDecimal("limitPrice", r.LimitPrice)
	o.optionalString("clientOrderId", string(r.ClientOrderID))
	return o.close()
}

// OrderUpdate is the payload of order:update, an entry of kind order.
type OrderUpdate trading.Entry

// AppendJSON implements Payload.
func (u OrderUpdate) AppendJSON(dst []byte) ([]byte, error) {
	if u.Order == nil {
		return dst, incomplete(trading.Entry(u))
	}
	o := openObject(dst)
	o.string("account", string(u.Account))
	o.int("seq", int64(u.Seq))
	o.time("timestamp", u.Time)
	if err := o.value("order", Order(*u.Order)); err != nil {
		return dst, err
	}
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (u OrderUpdate) MarshalJSON() ([]byte, error) { return marshal(u, 512) }

// AccountUpdate is the payload of account:update, an entry of kind account. A
// published one carries the name and the payload it was published with as event
// and payload.
type AccountUpdate trading.Entry

// AppendJSON implements Payload.
func (u AccountUpdate) AppendJSON(dst []byte) ([]byte, error) {
	a := u.Adjustment
	if a == nil {
		return dst, incomplete(trading.Entry(u))
	}
	o := openObject(dst)
	o.string("account", string(u.Account))
	o.int("seq", int64(u.Seq))
	o.time("timestamp", u.Time)
	o.string("kind", string(a.Kind))
	o.optionalString("symbol", string(a.Symbol))
	o.optionalDecimal("quantity", a.Quantity)
	o.optionalDecimal("amount", a.Amount)
	o.optionalString("executionId", string(a.ExecutionID))
	o.optionalString("reason", a.Reason)
	if a.Kind == trading.Published {
		if !json.Valid(a.Payload) {
			return dst, fmt.Errorf("encode ledger entry %d of %s: published payload is not JSON", u.Seq, u.Account)
		}
		o.string("event", a.Event)
		o.name("payload")
		o.dst = append(o.dst, a.Payload...)
	}
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (u AccountUpdate) MarshalJSON() ([]byte, error) { return marshal(u, 256) }

func incomplete(e trading.Entry) error {
	return fmt.Errorf("encode ledger entry %d of %s: incomplete %s entry", e.Seq, e.Account, e.Kind)
}
