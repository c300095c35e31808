package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"tradewind/internal/trading"
)

// order is an order as REST and events show it.
type order struct {
	ID             string      `json:"id"`
	ClientOrderID  string      `json:"clientOrderId"`
	Symbol         string      `json:"symbol"`
	Side           string      `json:"side"`
	Type           string      `json:"type"`
	Quantity       json.Number `json:"quantity"`
	FilledQuantity json.Number `json:"filledQuantity"`
	LimitPrice     json.Number `json:"limitPrice"`
	Status         string      `json:"status"`
}

// orderRequest is what POST /api/orders takes.
type orderRequest struct {
	Symbol        string  `json:"symbol"`
	Side          string  `json:"side"`
	Type          string  `json:"type"`
	Quantity      int     `json:"quantity"`
	LimitPrice    float64 `json:"limitPrice,omitempty"` // exact as JSON prints it; tests use whole cents
	TimeInForce   string  `json:"timeInForce,omitempty"`
	ClientOrderID string  `json:"clientOrderId,omitempty"`
}

// ledgerEvent is an entry of the ledger as REST shows it.
type ledgerEvent struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// fill is what trade:executed says.
type fill struct {
	Account   string      `json:"account"`
	Seq       int64       `json:"seq"`
	ID        string      `json:"id"`
	OrderID   string      `json:"orderId"`
	Symbol    string      `json:"symbol"`
	Side      string      `json:"side"`
	Quantity  json.Number `json:"quantity"`
	Price     json.Number `json:"price"`
	Timestamp int64       `json:"timestamp"`
	Order     order       `json:"order"`
}

// portfolio is what portfolio:update and GET /api/portfolio say.
type portfolio struct {
	Account   string      `json:"account"`
	Seq       int64       `json:"seq"`
	AsOf      int64       `json:"asOf"`
	Cash      json.Number `json:"cash"`
	Positions []struct {
		Symbol   string      `json:"symbol"`
		Quantity json.Number `json:"quantity"`
	} `json:"positions"`
}

// try makes a REST call and decodes the answer into v, if it is a 2xx and v is not nil.
func (s *server) try(ctx context.Context, method, path, session string, body, v any) (status int, header http.Header, err error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if session != "" {
		req.Header.Set("Authorization", "Bearer "+session)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	if resp.StatusCode/100 == 2 && v != nil {
		if err := json.Unmarshal(text, v); err != nil {
			return 0, nil, fmt.Errorf("answer %.200q: %w", text, err)
		}
	} else if resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return resp.StatusCode, resp.Header, err
}

// must is try for calls that have to succeed.
func (s *server) must(t *testing.T, method, path, session string, body, v any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, _, err := s.try(ctx, method, path, session, body, v); err != nil {
		t.Fatal(err)
	}
}

// signIn signs in with a password.
func (s *server) signIn(t *testing.T, name, password string) user {
	t.Helper()
	var answer struct {
		SessionID string `json:"sessionID"`
	}
	s.must(t, "POST", "/api/login", "", map[string]string{"username": name, "password": password}, &answer)
	return user{name, answer.SessionID}
}

func (s *server) place(t *testing.T, u user, r orderRequest) order {
	t.Helper()
	var answer struct{ Order order }
	s.must(t, "POST", "/api/orders", u.session, r, &answer)
	return answer.Order
}

func (s *server) portfolio(t *testing.T, u user) (p portfolio) {
	t.Helper()
	s.must(t, "GET", "/api/portfolio", u.session, nil, &p)
	return p
}

// ledger reads the whole ledger after a seq.
func (s *server) ledger(t *testing.T, u user, after int64) (events []ledgerEvent) {
	t.Helper()
	for {
		var page struct {
			Seq    int64
			Events []ledgerEvent
		}
		s.must(t, "GET", "/api/ledger?limit=100&after="+strconv.FormatInt(after, 10), u.session, nil, &page)
		events = append(events, page.Events...)
		after += int64(len(page.Events))
		if after >= page.Seq {
			return events
		}
		if len(page.Events) == 0 {
			t.Fatalf("ledger stops at %d of %d", after, page.Seq)
		}
	}
}

// price is the newest price of a symbol.
func (s *server) price(t *testing.T, u user, symbol string) trading.Decimal {
	t.Helper()
	var raw json.RawMessage
	s.must(t, "GET", "/api/quotes?symbols="+symbol, u.session, nil, &raw)
	type quote struct {
		Symbol string
		Price  json.Number
	}
	var wrapped struct{ Quotes []quote }
	if err := json.Unmarshal(raw, &wrapped); err != nil || len(wrapped.Quotes) == 0 {
		if err := json.Unmarshal(raw, &wrapped.Quotes); err != nil {
			t.Fatalf("quotes %s: %v", raw, err)
		}
	}
	for _, q := range wrapped.Quotes {
		if q.Symbol == symbol {
			return decimal(t, q.Price)
		}
	}
	t.Fatalf("no quote of %s in %s", symbol, raw)
	return trading.Decimal{}
}

func decimal(t *testing.T, n json.Number) trading.Decimal {
	t.Helper()
	d, err := trading.ParseDecimal(n.String())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// now is the time as events tell it.
func now() int64 { return time.Now().UnixMilli() }

func decode[T any](t *testing.T, raw json.RawMessage) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("decode %.200s: %v", raw, err)
	}
	return v
}
