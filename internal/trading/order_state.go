package trading

// Terminal reports whether the order's life is over.
func (s OrderStatus) Terminal() bool {
	switch s {
	case Filled, Canceled, Rejected, Expired, Replaced:
		return true
	}
	return false
}

// Unsettled reports whether nobody knows yet if the broker has the order.
func (s OrderStatus) Unsettled() bool { return s == Submitting || s == Unknown }

// moves lists where an order may go from each state. Terminal states have no
// way out, and there is no way back to accepted once the order works: what a
// broker says late is dropped here.
var moves = map[OrderStatus][]OrderStatus{
	Submitting:      {Unknown, Accepted, Working, PartiallyFilled, Filled, Canceled, Rejected, Expired},
	Unknown:         {Accepted, Working, PartiallyFilled, Filled, Canceled, Rejected, Expired},
	Accepted:        {Working, PartiallyFilled, Filled, Canceling, Replacing, Canceled, Rejected, Expired, Replaced},
	Working:         {PartiallyFilled, Filled, Canceling, Replacing, Canceled, Rejected, Expired, Replaced},
	PartiallyFilled: {Filled, Canceling, Replacing, Canceled, Expired, Replaced},
	Canceling:       {Accepted, Working, PartiallyFilled, Filled, Canceled, Rejected, Expired, Replaced},
	Replacing:       {Accepted, Working, PartiallyFilled, Filled, Canceling, Canceled, Rejected, Expired, Replaced},
}

// CanMove reports whether an order may change from one state to another. Staying
// is no move, except that a partial fill may follow another.
func CanMove(from, to OrderStatus) bool {
	if from == PartiallyFilled && to == PartiallyFilled {
		return true
	}
	for _, s := range moves[from] {
		if s == to {
			return true
		}
	}
	return false
}

// Settled is the state in which an order rests when nothing is asked of the
// broker: where canceling and replacing return to after a refusal.
func (o Order) Settled() OrderStatus {
	if o.FilledQuantity.IsPos() {
		return PartiallyFilled
	}
	return Working
}

// Filled returns the order after one more fill. An order that is over keeps its
// state: the fill of a canceled order that arrives late counts, and changes what
// was filled only. One that is canceling or replacing yields to the fill.
func (o Order) Filled(f Fill) (Order, error) {
	amount, err := Amount(f.Quantity, f.Price)
	if err != nil {
		return o, err
	}
	after := o
	if after.FilledQuantity, err = Add(o.FilledQuantity, f.Quantity); err != nil {
		return o, err
	}
	if after.FilledAmount, err = Add(o.FilledAmount, amount); err != nil {
		return o, err
	}
	if after.AvgFillPrice, err = AveragePrice(after.FilledAmount, after.FilledQuantity); err != nil {
		return o, err
	}
	if o.Status.Terminal() {
		return after, nil
	}
	after.Status = PartiallyFilled
	if after.FilledQuantity.Cmp(o.Quantity) >= 0 {
		after.Status, after.Pending = Filled, Replacement{}
	}
	return after, nil
}

// Reserved is the buying power that the order keeps for itself: what is left to
// buy at its price, and while a replacement is not decided the larger of both.
// Sell orders and orders that are over reserve nothing.
func (o Order) Reserved() (Decimal, error) {
	if o.Side != Buy || o.Status.Terminal() {
		return Decimal{}, nil
	}
	price := o.LimitPrice
	if o.Type == Market {
		price = o.ReservePrice
	}
	now, err := Amount(o.Remaining(), price)
	if err != nil {
		return Decimal{}, err
	}
	if o.Pending.IsZero() {
		return now, nil
	}
	next := o.Replace(o.Pending)
	if o.Type == Limit {
		price = next.LimitPrice
	}
	then, err := Amount(next.Remaining(), price)
	if err != nil {
		return Decimal{}, err
	}
	return now.Max(then), nil
}

// ReservedShares is how much of a position the order keeps for itself, by the
// same rules as Reserved.
func (o Order) ReservedShares() Decimal {
	if o.Side != Sell || o.Status.Terminal() {
		return Decimal{}
	}
	return o.Remaining().Max(o.Replace(o.Pending).Remaining())
}

// IsZero reports whether the replacement changes nothing.
func (r Replacement) IsZero() bool { return r.Quantity.IsZero() && r.LimitPrice.IsZero() }

// Replace returns the order with the terms of a replacement and nothing pending.
func (o Order) Replace(r Replacement) Order {
	if !r.Quantity.IsZero() {
		o.Quantity = r.Quantity
	}
	if !r.LimitPrice.IsZero() {
		o.LimitPrice = r.LimitPrice
	}
	o.Pending = Replacement{}
	return o
}
