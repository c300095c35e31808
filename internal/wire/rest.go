package wire

import "tradewind/internal/trading"

// The shapes that only the REST API has. An answer is made of these and of the
// shapes that sockets send too.

// User is a person who signed in. Nothing of the password is in it.
type User trading.User

// AppendJSON implements Payload.
func (u User) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("id", string(u.ID))
	o.string("name", u.Name)
	o.time("createdAt", u.CreatedAt)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (u User) MarshalJSON() ([]byte, error) { return marshal(u, 96) }

// Account says which ledger is a user's active one and who executes its orders.
type Account trading.AccountInfo

// AppendJSON implements Payload.
func (a Account) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("id", string(a.ID))
	o.string("broker", a.Broker)
	o.bool("live", a.Live)
	o.string("currency", a.Currency)
	o.time("createdAt", a.CreatedAt)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (a Account) MarshalJSON() ([]byte, error) { return marshal(a, 128) }

// Session is one sign-in of a user. Its id is the public one, which signs out
// but does not sign in.
type Session struct {
	trading.Session
	Current bool // the one that the request was made with
}

// AppendJSON implements Payload.
func (s Session) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("id", s.PublicID)
	o.time("createdAt", s.CreatedAt)
	o.time("seenAt", s.SeenAt)
	o.time("expiresAt", s.ExpiresAt)
	o.optionalString("userAgent", s.UserAgent)
	o.optionalString("address", s.Address)
	o.bool("current", s.Current)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (s Session) MarshalJSON() ([]byte, error) { return marshal(s, 256) }

// Instrument is what may be traded and how finely.
type Instrument trading.Instrument

// AppendJSON implements Payload.
func (i Instrument) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.string("symbol", string(i.Symbol))
	o.string("name", i.Name)
	o.optionalDecimal("quantityStep", i.QuantityStep)
	o.optionalDecimal("priceStep", i.PriceStep)
	o.optionalDecimal("maxQuantity", i.MaxQuantity)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (i Instrument) MarshalJSON() ([]byte, error) { return marshal(i, 160) }

// Candle is what a price did in one interval, which begins at timestamp.
type Candle trading.Candle

// AppendJSON implements Payload.
func (c Candle) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.time("timestamp", c.Time)
	o.decimal("open", c.Open)
	o.decimal("high", c.High)
	o.decimal("low", c.Low)
	o.decimal("close", c.Close)
	o.optionalDecimal("volume", c.Volume)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (c Candle) MarshalJSON() ([]byte, error) { return marshal(c, 128) }

// ValuePoint is the total value of an account at one minute.
type ValuePoint trading.ValuePoint

// AppendJSON implements Payload.
func (p ValuePoint) AppendJSON(dst []byte) ([]byte, error) {
	o := openObject(dst)
	o.time("timestamp", p.Time)
	o.decimal("value", p.Value)
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (p ValuePoint) MarshalJSON() ([]byte, error) { return marshal(p, 64) }

// LedgerEvent is a ledger entry as GET /api/ledger gives it: the event that it
// is on a socket, and that event's payload.
type LedgerEvent trading.Entry

// AppendJSON implements Payload.
func (e LedgerEvent) AppendJSON(dst []byte) ([]byte, error) {
	event, data := FromEntry(trading.Entry(e))
	o := openObject(dst)
	o.string("event", event)
	if err := o.value("data", data); err != nil {
		return dst, err
	}
	return o.close(), nil
}

// MarshalJSON implements json.Marshaler.
func (e LedgerEvent) MarshalJSON() ([]byte, error) { return marshal(e, 768) }
