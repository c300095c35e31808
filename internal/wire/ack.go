package wire

import (
	"time"

	"tradewind/internal/trading"
)

// OK is the plain ack of an accepted event.
type OK struct{}

// AppendJSON implements Payload.
func (OK) AppendJSON(dst []byte) ([]byte, error) { return append(dst, `{"ok":true}`...), nil }

// MarshalJSON implements json.Marshaler.
func (a OK) MarshalJSON() ([]byte, error) { return marshal(a, 16) }

// ClockAck answers clock.
type ClockAck struct{ Now time.Time }

// AppendJSON implements Payload.
func (a ClockAck) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.bool("ok", true)
	o.time("now", a.Now)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (a ClockAck) MarshalJSON() ([]byte, error) { return marshal(a, 48) }

// SessionAck answers session:refresh.
type SessionAck struct{ ExpiresAt time.Time }

// AppendJSON implements Payload.
func (a SessionAck) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.bool("ok", true)
	o.time("expiresAt", a.ExpiresAt)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (a SessionAck) MarshalJSON() ([]byte, error) { return marshal(a, 48) }

// TradesAck answers subscribe:trades: the newest seq, and how many entries up to
// it follow. Truncated says that older ones after the cursor do not.
type TradesAck struct {
	Account   trading.AccountID
	Seq       trading.Seq
	Replayed  int
	Truncated bool
}

// AppendJSON implements Payload.
func (a TradesAck) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.bool("ok", true)
	o.string("account", string(a.Account))
	o.int("seq", int64(a.Seq))
	o.int("replayed", int64(a.Replayed))
	if a.Truncated {
		o.bool("truncated", true)
	}
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (a TradesAck) MarshalJSON() ([]byte, error) { return marshal(a, 96) }

// WatchlistAck answers subscribe:watchlist.
type WatchlistAck struct {
	Accepted []trading.Symbol
	Rejected []RejectedSymbol
}

// RejectedSymbol says why a symbol is not on the list.
type RejectedSymbol struct {
	Symbol  trading.Symbol
	Code    trading.Code
	Message string
}

// AppendJSON implements Payload.
func (a WatchlistAck) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.bool("ok", true)
	o.name("accepted")
	o.dst = append(o.dst, '[')
	for i, symbol := range a.Accepted {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		o.dst = AppendString(o.dst, string(symbol))
	}
	o.dst = append(o.dst, ']')
	o.name("rejected")
	o.dst = append(o.dst, '[')
	for i, r := range a.Rejected {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		rejected := openObject(o.dst)
		rejected.string("symbol", string(r.Symbol))
		rejected.string("code", string(r.Code))
		rejected.string("message", r.Message)
		o.dst = rejected.close()
	}
	o.dst = append(o.dst, ']')
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (a WatchlistAck) MarshalJSON() ([]byte, error) {
	return marshal(a, 64+16*len(a.Accepted)+96*len(a.Rejected))
}
