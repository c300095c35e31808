package document

import (
	"encoding/json"
	"fmt"

	"tradewind/internal/trading"
)

// Entry is a ledger entry as it is stored: one document.
type Entry struct {
	Account    string      `json:"account"`
	Seq        int64       `json:"seq"`
	Time       int64       `json:"time"`
	Kind       string      `json:"kind"`
	Order      *Order      `json:"order,omitempty"`
	Fill       *Fill       `json:"fill,omitempty"`
	Rejection  *Rejection  `json:"rejection,omitempty"`
	Adjustment *Adjustment `json:"adjustment,omitempty"`
}

// Rejection is trading.Rejection as it is stored.
type Rejection struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Adjustment is trading.Adjustment as it is stored. The payload of a published
// event is its JSON text, so that no store reorders or reformats it.
type Adjustment struct {
	Kind        string `json:"kind"`
	Symbol      string `json:"symbol,omitempty"`
	Quantity    string `json:"quantity,omitempty"`
	Amount      string `json:"amount,omitempty"`
	ExecutionID string `json:"executionId,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Event       string `json:"event,omitempty"`
	Payload     string `json:"payload,omitempty"`
}

// FromEntry gives an entry its stored shape.
func FromEntry(e trading.Entry) Entry {
	d := Entry{Account: string(e.Account), Seq: int64(e.Seq), Time: Millis(e.Time), Kind: string(e.Kind)}
	if e.Order != nil {
		o := fromOrder(*e.Order)
		d.Order = &o
	}
	if e.Fill != nil {
		f := fromFill(*e.Fill)
		d.Fill = &f
	}
	if r := e.Rejection; r != nil {
		d.Rejection = &Rejection{Code: string(r.Code), Message: r.Message}
	}
	if a := e.Adjustment; a != nil {
		d.Adjustment = &Adjustment{
			Kind:        string(a.Kind),
			Symbol:      string(a.Symbol),
			Quantity:    Number(a.Quantity),
			Amount:      Number(a.Amount),
			ExecutionID: string(a.ExecutionID),
			Reason:      a.Reason,
			Event:       a.Event,
			Payload:     string(a.Payload),
		}
	}
	return d
}

// Entry gives the domain value back.
func (d Entry) Entry() (trading.Entry, error) {
	var n numbers
	account := trading.AccountID(d.Account)
	e := trading.Entry{Account: account, Seq: trading.Seq(d.Seq), Time: Time(d.Time), Kind: trading.EntryKind(d.Kind)}
	if d.Order != nil {
		o := d.Order.order(account, &n)
		e.Order = &o
	}
	if d.Fill != nil {
		f := d.Fill.fill(&n)
		e.Fill = &f
	}
	if r := d.Rejection; r != nil {
		e.Rejection = &trading.Rejection{Code: trading.Code(r.Code), Message: r.Message}
	}
	if a := d.Adjustment; a != nil {
		e.Adjustment = &trading.Adjustment{
			Kind:        trading.AdjustmentKind(a.Kind),
			Symbol:      trading.Symbol(a.Symbol),
			Quantity:    n.read("adjustment.quantity", a.Quantity),
			Amount:      n.read("adjustment.amount", a.Amount),
			ExecutionID: trading.ExecutionID(a.ExecutionID),
			Reason:      a.Reason,
			Event:       a.Event,
		}
		if a.Payload != "" {
			e.Adjustment.Payload = json.RawMessage(a.Payload)
		}
	}
	if n.err != nil {
		return trading.Entry{}, fmt.Errorf("entry %d of account %s: %w", d.Seq, d.Account, n.err)
	}
	return e, nil
}

// EncodeEntry writes an entry as JSON.
func EncodeEntry(e trading.Entry) ([]byte, error) { return json.Marshal(FromEntry(e)) }

// DecodeEntry is the inverse of EncodeEntry.
func DecodeEntry(data []byte) (trading.Entry, error) {
	var d Entry
	if err := json.Unmarshal(data, &d); err != nil {
		return trading.Entry{}, fmt.Errorf("decode ledger entry: %w", err)
	}
	return d.Entry()
}
