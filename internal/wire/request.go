package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tradewind/internal/trading"
)

// MaxQuoteInterval is the slowest pace of quotes that a client may ask for.
const MaxQuoteInterval = time.Minute

// MaxSymbolBytes bounds what is taken for a symbol at all.
const MaxSymbolBytes = 32

// WatchlistRequest is the payload of subscribe:watchlist: [symbol, …] or
// {symbols, intervalMs?}.
type WatchlistRequest struct {
	Symbols  []trading.Symbol // as sent: any case, with repeats
	Interval time.Duration    // at most one quote of a symbol per interval; zero: as fast as the server sends
}

// UnmarshalJSON implements json.Unmarshaler. Its errors are sentences for the client.
func (r *WatchlistRequest) UnmarshalJSON(data []byte) error {
	var request struct {
		Symbols    []*trading.Symbol `json:"symbols"` // pointers, so that a null is not taken for ""
		IntervalMs int64             `json:"intervalMs"`
	}
	target := any(&request)
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) {
		target = &request.Symbols
	}
	if err := json.Unmarshal(data, target); err != nil || request.Symbols == nil || slices.Contains(request.Symbols, nil) {
		return errors.New("payload must be [symbol, …] or {symbols: [symbol, …], intervalMs?: whole milliseconds}")
	}
	interval := time.Duration(request.IntervalMs) * time.Millisecond
	if request.IntervalMs < 0 || request.IntervalMs > MaxQuoteInterval.Milliseconds() {
		return fmt.Errorf("intervalMs must be between 0 and %d", MaxQuoteInterval.Milliseconds())
	}
	*r = WatchlistRequest{Symbols: make([]trading.Symbol, len(request.Symbols)), Interval: interval}
	for i, symbol := range request.Symbols {
		r.Symbols[i] = *symbol
	}
	return nil
}

// Normal returns the symbols in upper case without repeats, in the order of
// their first appearance.
func (r *WatchlistRequest) Normal() []trading.Symbol {
	seen := make(map[trading.Symbol]struct{}, len(r.Symbols))
	normal := make([]trading.Symbol, 0, len(r.Symbols))
	for _, symbol := range r.Symbols {
		symbol = trading.Symbol(strings.ToUpper(strings.TrimSpace(string(symbol))))
		if _, repeat := seen[symbol]; repeat {
			continue
		}
		seen[symbol] = struct{}{}
		normal = append(normal, symbol)
	}
	return normal
}

// TradesRequest is the payload of subscribe:trades: {after, account?}.
type TradesRequest struct {
	After   *trading.Seq      // the newest seq that the client has handled; nil: live only
	Account trading.AccountID // whose ledger the cursor is of; empty: the client did not say
}

// UnmarshalJSON implements json.Unmarshaler. Its errors are sentences for the client.
func (r *TradesRequest) UnmarshalJSON(data []byte) error {
	var request struct {
		After   *trading.Seq      `json:"after"`
		Account trading.AccountID `json:"account"`
	}
	if err := json.Unmarshal(data, &request); err != nil || request.After != nil && *request.After < 0 {
		return errors.New("payload must be {after: seq, account?: account id}, seq being a whole number from 0")
	}
	*r = TradesRequest{After: request.After, Account: request.Account}
	return nil
}

// Credential is what a client shows to prove who it is: the auth of the
// handshake and the payload of session:refresh.
type Credential struct {
	SessionID string
	Token     string
	Malformed bool // something was given that is not a string
}

// Empty reports whether nothing was given at all.
func (c Credential) Empty() bool { return c.SessionID == "" && c.Token == "" && !c.Malformed }

// UnmarshalJSON implements json.Unmarshaler. It accepts everything: what is not
// an object is no credential, and a member that is not a string is a malformed one.
func (c *Credential) UnmarshalJSON(data []byte) error {
	*c = Credential{}
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return nil
	}
	c.member(members["sessionID"], &c.SessionID)
	c.member(members["token"], &c.Token)
	return nil
}

func (c *Credential) member(raw json.RawMessage, into *string) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	if json.Unmarshal(raw, into) != nil {
		c.Malformed = true
	}
}
