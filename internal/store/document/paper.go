package document

import (
	"encoding/json"
	"fmt"

	"tradewind/internal/trading"
)

// BrokerOrder is trading.BrokerOrder as the paper broker's book keeps it.
type BrokerOrder struct {
	ID             string `json:"id"`
	ClientOrderID  string `json:"clientOrderId"`
	Symbol         string `json:"symbol"`
	Side           string `json:"side"`
	Type           string `json:"type"`
	TimeInForce    string `json:"timeInForce,omitempty"`
	Quantity       string `json:"quantity,omitempty"`
	LimitPrice     string `json:"limitPrice,omitempty"`
	FilledQuantity string `json:"filledQuantity,omitempty"`
	Status         string `json:"status"`
	Reason         string `json:"reason,omitempty"`
	UpdatedAt      int64  `json:"updatedAt,omitempty"`
}

// FromBrokerOrder gives a broker's order its stored shape.
func FromBrokerOrder(o trading.BrokerOrder) BrokerOrder {
	return BrokerOrder{
		ID:             string(o.ID),
		ClientOrderID:  string(o.ClientOrderID),
		Symbol:         string(o.Symbol),
		Side:           string(o.Side),
		Type:           string(o.Type),
		TimeInForce:    string(o.TimeInForce),
		Quantity:       Number(o.Quantity),
		LimitPrice:     Number(o.LimitPrice),
		FilledQuantity: Number(o.FilledQuantity),
		Status:         string(o.Status),
		Reason:         o.Reason,
		UpdatedAt:      Millis(o.UpdatedAt),
	}
}

func (d BrokerOrder) order(n *numbers) trading.BrokerOrder {
	return trading.BrokerOrder{
		ID:             trading.BrokerOrderID(d.ID),
		ClientOrderID:  trading.ClientOrderID(d.ClientOrderID),
		Symbol:         trading.Symbol(d.Symbol),
		Side:           trading.Side(d.Side),
		Type:           trading.OrderType(d.Type),
		TimeInForce:    trading.TimeInForce(d.TimeInForce),
		Quantity:       n.read("quantity", d.Quantity),
		LimitPrice:     n.read("limitPrice", d.LimitPrice),
		FilledQuantity: n.read("filledQuantity", d.FilledQuantity),
		Status:         trading.OrderStatus(d.Status),
		Reason:         d.Reason,
		UpdatedAt:      Time(d.UpdatedAt),
	}
}

// Execution is a fill in the paper broker's book, with the order as it was after it.
type Execution struct {
	Fill  Fill        `json:"fill"`
	Order BrokerOrder `json:"order"`
}

// EncodeBrokerOrder writes a broker's order as JSON.
func EncodeBrokerOrder(o trading.BrokerOrder) ([]byte, error) {
	return json.Marshal(FromBrokerOrder(o))
}

// DecodeBrokerOrder is the inverse of EncodeBrokerOrder.
func DecodeBrokerOrder(data []byte) (trading.BrokerOrder, error) {
	var d BrokerOrder
	if err := json.Unmarshal(data, &d); err != nil {
		return trading.BrokerOrder{}, fmt.Errorf("decode paper order: %w", err)
	}
	var n numbers
	o := d.order(&n)
	if n.err != nil {
		return trading.BrokerOrder{}, fmt.Errorf("paper order %s: %w", d.ClientOrderID, n.err)
	}
	return o, nil
}

// EncodeExecution writes a fill and its order as JSON.
func EncodeExecution(f trading.Fill, o trading.BrokerOrder) ([]byte, error) {
	return json.Marshal(Execution{Fill: fromFill(f), Order: FromBrokerOrder(o)})
}

// DecodeExecution is the inverse of EncodeExecution; the event belongs to account.
func DecodeExecution(account trading.AccountID, data []byte) (trading.BrokerEvent, error) {
	var d Execution
	if err := json.Unmarshal(data, &d); err != nil {
		return trading.BrokerEvent{}, fmt.Errorf("decode paper execution: %w", err)
	}
	var n numbers
	fill := d.Fill.fill(&n)
	event := trading.BrokerEvent{Account: account, Order: d.Order.order(&n), Fill: &fill}
	if n.err != nil {
		return trading.BrokerEvent{}, fmt.Errorf("paper execution %s: %w", d.Fill.ID, n.err)
	}
	return event, nil
}
