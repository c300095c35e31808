package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"tradewind/internal/httpapi"
	"tradewind/internal/trading"
)

// Whatever is sent as an order is either refused with a problem or an order
// whose every part is what the domain may rely on.
func FuzzParseOrder(f *testing.F) {
	f.Add(`{"symbol":"AAPL","side":"buy","type":"market","quantity":10}`, "")
	f.Add(`{"symbol":"MSFT","side":"sell","type":"limit","quantity":2.5,"limitPrice":512.25,"timeInForce":"gtc","clientOrderId":"my-4711"}`, "")
	f.Add(`{"symbol":"btc-usd","side":"buy","type":"limit","quantity":1e-8,"limitPrice":1E5,"timeInForce":null}`, `"key"`)
	f.Add(`{"symbol":"AAPL","symbol":"AAPL"}{`, "\x00")
	f.Add(`{"a":{"b":[1,2,{"c":null}]}}`, "")
	f.Fuzz(func(t *testing.T, body, key string) {
		header := http.Header{}
		if key != "" {
			header.Set("Idempotency-Key", key)
		}
		r, err := httpapi.ParseOrder([]byte(body), header)
		if err != nil {
			if status := httpapi.ProblemStatus(err); status != 400 {
				t.Fatalf("status %d: %v", status, err)
			}
			return
		}
		switch {
		case r.Symbol == "" || len(r.Symbol) > 32 || strings.ToUpper(string(r.Symbol)) != string(r.Symbol):
			t.Errorf("symbol %q", r.Symbol)
		case r.Side != trading.Buy && r.Side != trading.Sell:
			t.Errorf("side %q", r.Side)
		case r.Type != trading.Market && r.Type != trading.Limit:
			t.Errorf("type %q", r.Type)
		case r.TimeInForce != trading.Day && r.TimeInForce != trading.GTC:
			t.Errorf("time in force %q", r.TimeInForce)
		case r.Type == trading.Market && !r.LimitPrice.IsZero():
			t.Errorf("market order with limit %s", r.LimitPrice)
		case len(r.ClientOrderID) > 128 || strings.ContainsAny(string(r.ClientOrderID), " \x00\n\x7f"):
			t.Errorf("client order id %q", r.ClientOrderID)
		}
	})
}
