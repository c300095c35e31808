package trading

// Position is what an account holds of one symbol.
type Position struct {
	Symbol    Symbol
	Quantity  Decimal
	CostBasis Decimal // total paid for Quantity; the average price is CostBasis / Quantity
}

// Account is the fold of an account's ledger up to Seq: what money and shares
// there are and which orders are not over. It is a value of one owner; Clone
// before handing it on. What it holds grows with positions and open orders, not
// with history.
type Account struct {
	ID          AccountID
	Seq         Seq
	Cash        Decimal
	RealizedPnl Decimal
	Positions   map[Symbol]Position
	Open        map[OrderID]Order // orders that are not terminal
}
