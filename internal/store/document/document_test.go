package document_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"tradewind/internal/store/document"
	"tradewind/internal/trading"
)

// What is stored today must be readable for as long as ledgers exist.
func TestEntry_StoredShape_IsAsItAlwaysWas(t *testing.T) {
	const stored = `{"account":"a","seq":2,"time":1773489600123,"kind":"fill",` +
		`"order":{"id":"o","clientOrderId":"c","brokerOrderId":"b","symbol":"BTC-USD","side":"buy","type":"limit","timeInForce":"gtc",` +
		`"quantity":"0.10","limitPrice":"65000.5","filledQuantity":"0.05","avgFillPrice":"64999.99","status":"partially_filled",` +
		`"requestHash":"h","createdAt":1773489600000,"updatedAt":1773489600123},` +
		`"fill":{"id":"x","orderId":"o","symbol":"BTC-USD","side":"buy","quantity":"0.05","price":"64999.99","time":1773489600120}}`
	e, err := document.DecodeEntry([]byte(stored))
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1773489600123).UTC()
	if !e.Time.Equal(at) || e.Order.Quantity.String() != "0.10" || e.Order.Account != "a" || e.Fill.Price.String() != "64999.99" {
		t.Errorf("read %+v", e)
	}
	again, err := document.EncodeEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, string(again)); diff != "" {
		t.Errorf("written again (-was +is):\n%s", diff)
	}
}

func TestEntry_FromANewerVersion_KeepsWhatIsKnown(t *testing.T) {
	e, err := document.DecodeEntry([]byte(`{"account":"a","seq":1,"kind":"order","order":{"id":"o","status":"working","venue":"X"},"extra":[1]}`))
	if err != nil || e.Order.ID != "o" || e.Order.Status != trading.Working {
		t.Errorf("read %+v (%v)", e, err)
	}
}

func TestEntry_Any_ComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := entry(t)
		data, err := document.EncodeEntry(want)
		if err != nil {
			t.Fatal(err)
		}
		have, err := document.DecodeEntry(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("differs (-want +got):\n%s", diff)
		}
	})
}

func TestAccount_Any_ComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &trading.Account{ID: "a", Seq: trading.Seq(rapid.Int64Min(0).Draw(t, "seq")), Cash: number(t), RealizedPnl: number(t)}
		want.Positions, want.Open = make(map[trading.Symbol]trading.Position), make(map[trading.OrderID]trading.Order)
		for _, symbol := range rapid.SliceOfDistinct(rapid.String(), rapid.ID[string]).Draw(t, "symbols") {
			s := trading.Symbol(symbol)
			want.Positions[s] = trading.Position{Symbol: s, Quantity: number(t), CostBasis: number(t)}
		}
		o := order(t)
		want.Open[o.ID] = o
		data, err := document.EncodeAccount(want)
		if err != nil {
			t.Fatal(err)
		}
		have, err := document.DecodeAccount(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("differs (-want +got):\n%s", diff)
		}
	})
}

func TestPaperExecution_Any_ComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := trading.BrokerOrder{
			ID: "b", ClientOrderID: "c", Symbol: "X", Side: trading.Sell, Type: trading.Limit, TimeInForce: trading.Day, Quantity: number(t),
			LimitPrice: number(t), FilledQuantity: number(t), Status: trading.Filled, Reason: rapid.String().Draw(t, "reason"), UpdatedAt: moment(t),
		}
		f := fill(t)
		order, err := document.EncodeBrokerOrder(o)
		if err != nil {
			t.Fatal(err)
		}
		if have, err := document.DecodeBrokerOrder(order); err != nil || !cmp.Equal(have, o) {
			t.Fatalf("got %+v (%v), want %+v", have, err, o)
		}
		execution, err := document.EncodeExecution(f, o)
		if err != nil {
			t.Fatal(err)
		}
		want := trading.BrokerEvent{Account: "a", Order: o, Fill: &f}
		if have, err := document.DecodeExecution("a", execution); err != nil || !cmp.Equal(have, want, cmpopts.EquateEmpty()) {
			t.Fatalf("got %+v (%v), want %+v", have, err, want)
		}
	})
}

func TestDecode_OfWhatIsNoDocument_Fails(t *testing.T) {
	for _, bad := range []string{``, `{`, `[]`, `{"cash":"x","quantity":"x","order":{"quantity":"1,2"},"fill":{"price":"-"}}`} {
		_, entryErr := document.DecodeEntry([]byte(bad))
		_, accountErr := document.DecodeAccount([]byte(bad))
		_, orderErr := document.DecodeBrokerOrder([]byte(bad))
		_, executionErr := document.DecodeExecution("a", []byte(bad))
		for name, err := range map[string]error{"entry": entryErr, "account": accountErr, "order": orderErr, "execution": executionErr} {
			if err == nil {
				t.Errorf("%s: %q was read", name, bad)
			}
		}
	}
}

func TestFoldName_IsTheSameForNamesThatDifferInCase(t *testing.T) {
	for _, pair := range [][2]string{{"Ann", "aNN"}, {"Émile", "éMILE"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}} {
		if document.FoldName(pair[0]) != document.FoldName(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	if document.FoldName("Emile") == document.FoldName("Émile") {
		t.Error("an accent is no case")
	}
}

func TestNumber_AndTime_AreEmptyForZero(t *testing.T) {
	if document.Number(decimal.MustParse("0.00")) != "" || document.Millis(time.Time{}) != 0 || !document.Time(0).IsZero() {
		t.Error("a zero value is stored as something")
	}
	if d, err := document.ReadNumber(""); err != nil || !d.IsZero() {
		t.Errorf("read %v (%v)", d, err)
	}
	if _, err := document.ReadNumber("1.2.3"); err == nil {
		t.Error("1.2.3 was read")
	}
}

func number(t *rapid.T) trading.Decimal {
	return decimal.MustNew(rapid.Int64().Draw(t, "coefficient"), rapid.IntRange(0, decimal.MaxScale).Draw(t, "scale"))
}

func moment(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "ms")).UTC()
}

func order(t *rapid.T) trading.Order {
	text := func(name string) string { return rapid.String().Draw(t, name) }
	return trading.Order{
		ID: trading.OrderID(text("id")), Account: "a", ClientOrderID: trading.ClientOrderID(text("client")), BrokerOrderID: trading.BrokerOrderID(text("broker")),
		Symbol: trading.Symbol(text("symbol")), Side: trading.Buy, Type: trading.Limit, TimeInForce: trading.GTC, Quantity: number(t), LimitPrice: number(t),
		FilledQuantity: number(t), AvgFillPrice: number(t), Status: trading.Canceling, Reason: text("reason"), RequestHash: text("hash"),
		CreatedAt: moment(t), UpdatedAt: moment(t),
	}
}

func fill(t *rapid.T) trading.Fill {
	return trading.Fill{
		ID: trading.ExecutionID(rapid.String().Draw(t, "execution")), OrderID: "o", Symbol: "X", Side: trading.Sell,
		Quantity: number(t), Price: number(t), Time: moment(t),
	}
}

func entry(t *rapid.T) trading.Entry {
	e := trading.Entry{Account: "a", Seq: trading.Seq(rapid.Int64Min(1).Draw(t, "seq")), Time: moment(t), Kind: trading.EntryOrder}
	if rapid.Bool().Draw(t, "order") {
		o := order(t)
		e.Order = &o
	}
	if rapid.Bool().Draw(t, "fill") {
		f := fill(t)
		e.Kind, e.Fill = trading.EntryFill, &f
	}
	if rapid.Bool().Draw(t, "rejection") {
		e.Rejection = &trading.Rejection{Code: trading.CodeNoPrice, Message: rapid.String().Draw(t, "message")}
	}
	if rapid.Bool().Draw(t, "adjustment") {
		e.Adjustment = &trading.Adjustment{
			Kind: trading.Published, Symbol: "X", Quantity: number(t), Amount: number(t), ExecutionID: "x", Reason: "r",
			Event: rapid.String().Draw(t, "event"), Payload: json.RawMessage(`{"a": [1.50, "` + "\u2028" + `<&>"]}`),
		}
	}
	return e
}
