package document

import (
	"encoding/json"
	"fmt"

	"tradewind/internal/trading"
)

// Account is the fold of a ledger as a snapshot keeps it.
type Account struct {
	ID          string     `json:"id"`
	Seq         int64      `json:"seq"`
	Cash        string     `json:"cash,omitempty"`
	RealizedPnl string     `json:"realizedPnl,omitempty"`
	Positions   []Position `json:"positions,omitempty"`
	Open        []Order    `json:"open,omitempty"`
}

// Position is trading.Position as it is stored.
type Position struct {
	Symbol    string `json:"symbol"`
	Quantity  string `json:"quantity,omitempty"`
	CostBasis string `json:"costBasis,omitempty"`
}

// FromAccount gives a fold its stored shape.
func FromAccount(a *trading.Account) Account {
	d := Account{ID: string(a.ID), Seq: int64(a.Seq), Cash: Number(a.Cash), RealizedPnl: Number(a.RealizedPnl)}
	for _, p := range a.Positions {
		d.Positions = append(d.Positions, Position{Symbol: string(p.Symbol), Quantity: Number(p.Quantity), CostBasis: Number(p.CostBasis)})
	}
	for _, o := range a.Open {
		d.Open = append(d.Open, fromOrder(o))
	}
	return d
}

// Account gives the domain value back; its maps are never nil.
func (d Account) Account() (*trading.Account, error) {
	var n numbers
	a := &trading.Account{
		ID:          trading.AccountID(d.ID),
		Seq:         trading.Seq(d.Seq),
		Cash:        n.read("cash", d.Cash),
		RealizedPnl: n.read("realizedPnl", d.RealizedPnl),
		Positions:   make(map[trading.Symbol]trading.Position, len(d.Positions)),
		Open:        make(map[trading.OrderID]trading.Order, len(d.Open)),
	}
	for _, p := range d.Positions {
		symbol := trading.Symbol(p.Symbol)
		a.Positions[symbol] = trading.Position{
			Symbol:    symbol,
			Quantity:  n.read("position.quantity", p.Quantity),
			CostBasis: n.read("position.costBasis", p.CostBasis),
		}
	}
	for _, o := range d.Open {
		order := o.order(a.ID, &n)
		a.Open[order.ID] = order
	}
	if n.err != nil {
		return nil, fmt.Errorf("snapshot of account %s: %w", d.ID, n.err)
	}
	return a, nil
}

// EncodeAccount writes a fold as JSON.
func EncodeAccount(a *trading.Account) ([]byte, error) { return json.Marshal(FromAccount(a)) }

// DecodeAccount is the inverse of EncodeAccount.
func DecodeAccount(data []byte) (*trading.Account, error) {
	var d Account
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("decode snapshot: %w", err)
	}
	return d.Account()
}
