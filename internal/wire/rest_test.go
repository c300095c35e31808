package wire_test

import (
	"strings"
	"testing"
	"time"

	"tradewind/internal/trading"
	"tradewind/internal/wire"
)

func TestREST_Shapes(t *testing.T) {
	session := trading.Session{Hash: [32]byte{1}, PublicID: "s_1", User: "usr_1", CreatedAt: noon, SeenAt: later, ExpiresAt: noon.Add(time.Hour), UserAgent: "curl/8", Address: "203.0.113.9"}
	tests := []struct {
		name    string
		payload wire.Payload
		want    string
	}{
		{"user", wire.User{ID: "usr_1", Name: "de\"mo", PasswordHash: "secret", Account: "acc_1", CreatedAt: noon}, `{"id":"usr_1","name":"de\"mo","createdAt":1772452800000}`},
		{"account", wire.Account{ID: "acc_1", User: "usr_1", Broker: "paper", Live: true, Currency: "USD", CreatedAt: noon},
			`{"id":"acc_1","broker":"paper","live":true,"currency":"USD","createdAt":1772452800000}`},
		{"session", wire.Session{Session: session, Current: true},
			`{"id":"s_1","createdAt":1772452800000,"seenAt":1772452801234,"expiresAt":1772456400000,"userAgent":"curl/8","address":"203.0.113.9","current":true}`},
		{"session of who knows where", wire.Session{Session: trading.Session{PublicID: "s_1"}}, `{"id":"s_1","createdAt":0,"seenAt":0,"expiresAt":0,"current":false}`},
		{"instrument", wire.Instrument{Symbol: "AAPL", Name: "Apple Inc.", QuantityStep: dec("0.001"), PriceStep: dec("0.01"), MaxQuantity: dec("100000")},
			`{"symbol":"AAPL","name":"Apple Inc.","quantityStep":0.001,"priceStep":0.01,"maxQuantity":100000}`},
		{"instrument without bounds", wire.Instrument{Symbol: "AAPL"}, `{"symbol":"AAPL","name":""}`},
		{"candle", wire.Candle{Time: noon, Open: dec("1"), High: dec("2.5"), Low: dec("0.5"), Close: dec("2"), Volume: dec("7")},
			`{"timestamp":1772452800000,"open":1,"high":2.5,"low":0.5,"close":2,"volume":7}`},
		{"candle without volume", wire.Candle{Time: noon, Open: dec("1"), High: dec("1"), Low: dec("1"), Close: dec("1")},
			`{"timestamp":1772452800000,"open":1,"high":1,"low":1,"close":1}`},
		{"value point", wire.ValuePoint{Time: noon, Value: dec("100000.01")}, `{"timestamp":1772452800000,"value":100000.01}`},
		{"ledger event", wire.LedgerEvent{Account: "acc_1", Seq: 1, Time: noon, Kind: trading.EntryAccount, Adjustment: &trading.Adjustment{Kind: trading.Deposit, Amount: dec("5")}},
			`{"event":"account:update","data":{"account":"acc_1","seq":1,"timestamp":1772452800000,"kind":"deposit","amount":5}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.payload.MarshalJSON()
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestREST_IncompleteEntryIsAnError(t *testing.T) {
	if _, err := (wire.LedgerEvent{Account: "acc_1", Seq: 7, Kind: trading.EntryFill}).MarshalJSON(); err == nil || !strings.Contains(err.Error(), "entry 7 of acc_1") {
		t.Errorf("error %v", err)
	}
}
