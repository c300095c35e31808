package document

import "tradewind/internal/trading"

// Order is trading.Order as it is stored.
type Order struct {
	ID             string `json:"id"`
	ClientOrderID  string `json:"clientOrderId,omitempty"`
	BrokerOrderID  string `json:"brokerOrderId,omitempty"`
	Symbol         string `json:"symbol"`
	Side           string `json:"side"`
	Type           string `json:"type"`
	TimeInForce    string `json:"timeInForce,omitempty"`
	Quantity       string `json:"quantity,omitempty"`
	LimitPrice     string `json:"limitPrice,omitempty"`
	ReservePrice   string `json:"reservePrice,omitempty"`
	FilledQuantity string `json:"filledQuantity,omitempty"`
	FilledAmount   string `json:"filledAmount,omitempty"`
	AvgFillPrice   string `json:"avgFillPrice,omitempty"`
	Status         string `json:"status"`
	NewQuantity    string `json:"newQuantity,omitempty"` // of the replacement that is pending
	NewLimitPrice  string `json:"newLimitPrice,omitempty"`
	Reason         string `json:"reason,omitempty"`
	Code           string `json:"code,omitempty"`
	RequestHash    string `json:"requestHash,omitempty"`
	CreatedAt      int64  `json:"createdAt,omitempty"`
	UpdatedAt      int64  `json:"updatedAt,omitempty"`
}

func fromOrder(o trading.Order) Order {
	return Order{
		ID:             string(o.ID),
		ClientOrderID:  string(o.ClientOrderID),
		BrokerOrderID:  string(o.BrokerOrderID),
		Symbol:         string(o.Symbol),
		Side:           string(o.Side),
		Type:           string(o.Type),
		TimeInForce:    string(o.TimeInForce),
		Quantity:       Number(o.Quantity),
		LimitPrice:     Number(o.LimitPrice),
		ReservePrice:   Number(o.ReservePrice),
		FilledQuantity: Number(o.FilledQuantity),
		FilledAmount:   Number(o.FilledAmount),
		AvgFillPrice:   Number(o.AvgFillPrice),
		Status:         string(o.Status),
		NewQuantity:    Number(o.Pending.Quantity),
		NewLimitPrice:  Number(o.Pending.LimitPrice),
		Reason:         o.Reason,
		Code:           string(o.Code),
		RequestHash:    o.RequestHash,
		CreatedAt:      Millis(o.CreatedAt),
		UpdatedAt:      Millis(o.UpdatedAt),
	}
}

// order gives the domain value back. The account stands once, in what holds the order.
func (d Order) order(account trading.AccountID, n *numbers) trading.Order {
	return trading.Order{
		ID:             trading.OrderID(d.ID),
		Account:        account,
		ClientOrderID:  trading.ClientOrderID(d.ClientOrderID),
		BrokerOrderID:  trading.BrokerOrderID(d.BrokerOrderID),
		Symbol:         trading.Symbol(d.Symbol),
		Side:           trading.Side(d.Side),
		Type:           trading.OrderType(d.Type),
		TimeInForce:    trading.TimeInForce(d.TimeInForce),
		Quantity:       n.read("quantity", d.Quantity),
		LimitPrice:     n.read("limitPrice", d.LimitPrice),
		ReservePrice:   n.read("reservePrice", d.ReservePrice),
		FilledQuantity: n.read("filledQuantity", d.FilledQuantity),
		FilledAmount:   n.read("filledAmount", d.FilledAmount),
		AvgFillPrice:   n.read("avgFillPrice", d.AvgFillPrice),
		Status:         trading.OrderStatus(d.Status),
		Pending: trading.Replacement{
			Quantity:   n.read("newQuantity", d.NewQuantity),
			LimitPrice: n.read("newLimitPrice", d.NewLimitPrice),
		},
		Reason:      d.Reason,
		Code:        trading.Code(d.Code),
		RequestHash: d.RequestHash,
		CreatedAt:   Time(d.CreatedAt),
		UpdatedAt:   Time(d.UpdatedAt),
	}
}

// Fill is trading.Fill as it is stored.
type Fill struct {
	ID       string `json:"id"`
	OrderID  string `json:"orderId,omitempty"`
	Symbol   string `json:"symbol"`
	Side     string `json:"side"`
	Quantity string `json:"quantity,omitempty"`
	Price    string `json:"price,omitempty"`
	Time     int64  `json:"time,omitempty"`
}

func fromFill(f trading.Fill) Fill {
	return Fill{
		ID:       string(f.ID),
		OrderID:  string(f.OrderID),
		Symbol:   string(f.Symbol),
		Side:     string(f.Side),
		Quantity: Number(f.Quantity),
		Price:    Number(f.Price),
		Time:     Millis(f.Time),
	}
}

func (d Fill) fill(n *numbers) trading.Fill {
	return trading.Fill{
		ID:       trading.ExecutionID(d.ID),
		OrderID:  trading.OrderID(d.OrderID),
		Symbol:   trading.Symbol(d.Symbol),
		Side:     trading.Side(d.Side),
		Quantity: n.read("quantity", d.Quantity),
		Price:    n.read("price", d.Price),
		Time:     Time(d.Time),
	}
}
