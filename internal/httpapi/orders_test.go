package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/trading"
)

func TestOrders_PlacedOrderIsAnsweredAndFound(t *testing.T) {
	f := newFixture(t)
	res := f.alice("POST", "/api/orders", `{"symbol":"aapl","side":"buy","type":"limit","quantity":2.50,"limitPrice":231.4,"timeInForce":"gtc","clientOrderId":"my-1"}`).want(t, 202)
	res.sees(t, `{"order":{"id":"ord_1","clientOrderId":"my-1","symbol":"AAPL","side":"buy","type":"limit","timeInForce":"gtc","quantity":2.5,"limitPrice":231.4,"filledQuantity":0,"status":"working"`)
	if got := res.Header.Get("Location"); got != "/api/orders/ord_1" {
		t.Errorf("Location %q", got)
	}
	again := f.alice("GET", "/api/orders/ord_1", "").want(t, 200)
	if again.text != res.text {
		t.Errorf("got %s, want %s", again.text, res.text)
	}
}

func TestOrders_MarketOrderIsForTheDayUnlessSaid(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"sell","type":"market","quantity":1e2,"limitPrice":null,"timeInForce":null,"clientOrderId":null}`).want(t, 202)
	want := trading.OrderRequest{Symbol: "AAPL", Side: trading.Sell, Type: trading.Market, Quantity: dec("100"), TimeInForce: trading.Day}
	if f.executor.last != want {
		t.Errorf("executor got %+v, want %+v", f.executor.last, want)
	}
}

func TestOrders_NumbersAreExact(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"limit","quantity":0.100000000000001,"limitPrice":99999999999999.9}`).want(t, 202).
		sees(t, `"quantity":0.100000000000001`, `"limitPrice":99999999999999.9`)
}

func TestOrders_MalformedIsRefusedAndLeavesNoTrace(t *testing.T) {
	order := func(changes string) string {
		return `{"symbol":"AAPL","side":"buy","type":"market","quantity":1` + changes + `}`
	}
	tests := []struct {
		name, body string
		says       string   // in the detail
		places     []string // of the errors
	}{
		{"not JSON", `{"symbol":`, "ends too early", nil},
		{"broken JSON", `{"symbol" "AAPL"}`, "not valid JSON", nil},
		{"broken value", `{"symbol": x}`, "not valid JSON", nil},
		{"not closed", `{"symbol":"AAPL"`, "ends too early", nil},
		{"a list", `[]`, "must be a JSON object", nil},
		{"null", `null`, "must be a JSON object", nil},
		{"two objects", order("") + `{}`, "behind the JSON object", nil},
		{"garbage behind", order("") + ` x`, "behind the JSON object", nil},
		{"invalid UTF-8", "{\"symbol\":\"A\xffB\"}", "not valid UTF-8", nil},
		{"nothing in it", `{}`, "symbol is missing; side is missing; type is missing; quantity is missing", []string{"/symbol", "/side", "/type", "/quantity"}},
		{"unknown field", order(`,"qty":1`), `"qty" is not a field; allowed are symbol, side, type`, []string{"/qty"}},
		{"name in another case", `{"Symbol":"AAPL","side":"buy","type":"market","quantity":1}`, `"Symbol" is not a field`, []string{"/Symbol", "/symbol"}},
		{"field twice", order(`,"quantity":2`), "quantity is given twice", []string{"/quantity"}},
		{"long made-up name", order(`,"` + strings.Repeat("x", 3000) + `":1`), `xxxx" is not a field`, []string{"/" + strings.Repeat("x", 80)}},
		{"name with a slash and tilde", order(`,"a~b":1`), `"a~b" is not a field`, []string{"/a~0b"}},
		{"symbol of another type", `{"symbol":7,"side":"buy","type":"market","quantity":1}`, "symbol must be a string", []string{"/symbol"}},
		{"what is no symbol", `{"symbol":"A B","side":"buy","type":"market","quantity":1}`, `"A B", which is not a symbol`, []string{"/symbol"}},
		{"unknown side", `{"symbol":"AAPL","side":"hold","type":"market","quantity":1}`, `side is "hold"; allowed are buy, sell`, []string{"/side"}},
		{"unknown type", `{"symbol":"AAPL","side":"buy","type":"stop","quantity":1}`, `type is "stop"; allowed are market, limit`, []string{"/type"}},
		{"unknown time in force", order(`,"timeInForce":"ioc"`), `timeInForce is "ioc"; allowed are day, gtc`, []string{"/timeInForce"}},
		{"quantity as text", `{"symbol":"AAPL","side":"buy","type":"market","quantity":"1"}`, "quantity must be a number", []string{"/quantity"}},
		{"quantity as object", `{"symbol":"AAPL","side":"buy","type":"market","quantity":{}}`, "quantity must be a number", []string{"/quantity"}},
		{"too many digits", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1.000000000000001}`, "16 significant digits, allowed are 15", []string{"/quantity"}},
		{"beyond range", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1e400}`, "not a decimal number in range", []string{"/quantity"}},
		{"too small", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1e-400}`, "quantity", []string{"/quantity"}},
		{"limit without price", `{"symbol":"AAPL","side":"buy","type":"limit","quantity":1}`, "limitPrice is missing", []string{"/limitPrice"}},
		{"market with price", order(`,"limitPrice":1`), "limitPrice is for limit orders only", []string{"/limitPrice"}},
		{"empty client order id", order(`,"clientOrderId":""`), "clientOrderId must have 1 to 128 characters", []string{"/clientOrderId"}},
		{"long client order id", order(`,"clientOrderId":"` + strings.Repeat("x", 129) + `"`), "clientOrderId must have 1 to 128 characters", []string{"/clientOrderId"}},
		{"client order id with a space", order(`,"clientOrderId":"a b"`), "clientOrderId must have 1 to 128 characters", []string{"/clientOrderId"}},
		{"client order id of another type", order(`,"clientOrderId":5`), "clientOrderId must be a string", []string{"/clientOrderId"}},
	}
	f := newFixture(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			detail, places := f.alice("POST", "/api/orders", tt.body).problem(t, 400, "invalid_request")
			if !strings.Contains(detail, tt.says) {
				t.Errorf("detail %q does not say %q", detail, tt.says)
			}
			if !slices.Equal(places, tt.places) {
				t.Errorf("errors at %q, want %q", places, tt.places)
			}
		})
	}
	if f.executor.placed != 0 || f.executor.last != (trading.OrderRequest{}) {
		t.Error("a malformed order reached the executor")
	}
	f.alice("GET", "/api/ledger", "").want(t, 200).sees(t, `"seq":1,`)
}

func TestOrders_ManyMistakesAreNotAllRepeated(t *testing.T) {
	f := newFixture(t)
	var body strings.Builder
	body.WriteString(`{"symbol":"AAPL"`)
	for i := range 200 {
		fmt.Fprintf(&body, `,"f%d":1`, i)
	}
	body.WriteString("}")
	if _, places := f.alice("POST", "/api/orders", body.String()).problem(t, 400, "invalid_request"); len(places) != 20 {
		t.Errorf("%d errors are listed", len(places))
	}
}

func TestOrders_BodyMustBeJSONOfSomeSize(t *testing.T) {
	f := newFixture(t)
	const order = `{"symbol":"AAPL","side":"buy","type":"market","quantity":1}`
	f.alice("POST", "/api/orders", "", "Content-Type: application/json").problem(t, 400, "invalid_request")
	f.alice("POST", "/api/orders", "").problem(t, 400, "invalid_request")
	f.alice("POST", "/api/orders", strings.Repeat(" ", 5000)+order).problem(t, 413, "body_too_large")
	f.alice("POST", "/api/orders", order, "Content-Encoding: gzip").problem(t, 415, "unsupported_media_type")
	for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16", "/"} {
		r := f.request("alice", "POST", "/api/orders", order)
		r.Header.Set("Content-Type", contentType)
		f.serve(r).problem(t, 415, "unsupported_media_type")
	}
	if f.executor.placed != 0 {
		t.Error("an order was placed")
	}
	r := f.request("alice", "POST", "/api/orders", order)
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	f.serve(r).want(t, 202)
}

func TestOrders_RepeatGivesTheSameOrder(t *testing.T) {
	f := newFixture(t)
	const order = `{"symbol":"AAPL","side":"buy","type":"market","quantity":1}`
	first := f.alice("POST", "/api/orders", order, "Idempotency-Key: key-1").want(t, 202)
	if first.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the first request is called a repeat")
	}
	first.sees(t, `"clientOrderId":"key-1"`)
	for _, key := range []string{"key-1", `"key-1"`} {
		again := f.alice("POST", "/api/orders", order, "Idempotency-Key: "+key).want(t, 202)
		if again.text != first.text || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("repeat: %s, Idempotent-Replayed %q", again.text, again.Header.Get("Idempotent-Replayed"))
		}
	}
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1,"clientOrderId":"key-1"}`).want(t, 202)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":2}`, "Idempotency-Key: key-1").problem(t, 409, "idempotency_conflict")
	if f.executor.placed != 1 {
		t.Errorf("%d orders were placed", f.executor.placed)
	}
}

func TestOrders_OwnIdCountsBeforeTheKey(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1,"clientOrderId":"mine"}`, "Idempotency-Key: key").
		want(t, 202).sees(t, `"clientOrderId":"mine"`)
	for _, headers := range [][]string{{"Idempotency-Key: a b"}, {"Idempotency-Key: "}, {`Idempotency-Key: ""`}, {"Idempotency-Key: a", "Idempotency-Key: b"}} {
		_, places := f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1}`, headers...).problem(t, 400, "invalid_request")
		if !slices.Equal(places, []string{"Idempotency-Key"}) {
			t.Errorf("%q: errors at %q", headers, places)
		}
	}
}

func TestOrders_RefusalsSayWhy(t *testing.T) {
	tests := []struct {
		code       trading.Code
		status     int
		retryAfter string
	}{
		{trading.CodeUnknownSymbol, 422, ""},
		{trading.CodeInvalidQuantity, 422, ""},
		{trading.CodeInsufficientFunds, 422, ""},
		{trading.CodeMarketClosed, 422, ""},
		{trading.CodeBrokerRejected, 422, ""},
		{trading.CodeNotSubmitted, 422, ""},
		{trading.CodeAccountReconciling, 503, "1"},
		{trading.CodeBrokerUnavailable, 503, "1"},
		{trading.CodeRateLimited, 429, "1"},
		{trading.CodeIdempotencyConflict, 409, ""},
	}
	f := newFixture(t)
	for _, tt := range tests {
		t.Run(string(tt.code), func(t *testing.T) {
			f.executor.refuse = func(context.Context, trading.OrderRequest) error {
				return fmt.Errorf("check: %w", &trading.Refusal{Code: tt.code, Message: "Because.", Order: &trading.Order{ID: "ord_9"}})
			}
			res := f.alice("POST", "/api/orders", `{"symbol":"NOPE","side":"buy","type":"market","quantity":-1}`)
			if detail, _ := res.problem(t, tt.status, string(tt.code)); detail != "Because." {
				t.Errorf("detail %q", detail)
			}
			res.sees(t, `"orderId":"ord_9"`)
			if got := res.Header.Get("Retry-After"); got != tt.retryAfter {
				t.Errorf("Retry-After %q, want %q", got, tt.retryAfter)
			}
		})
	}
}

func TestOrders_RefusalSaysWhenToTryAgain(t *testing.T) {
	f := newFixture(t)
	f.executor.refuse = func(context.Context, trading.OrderRequest) error {
		return &trading.Refusal{Code: trading.CodeRateLimited, Message: "Too many orders.", RetryAfter: 2100 * time.Millisecond}
	}
	res := f.alice("POST", "/api/orders", marketOrder)
	res.problem(t, 429, "rate_limited")
	res.sees(t, `"retryAfterMs":2100`)
	if got := res.Header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After %q", got)
	}
}

// A rejected order stays rejected: an answer that invites to try again would
// only lead to the same order.
func TestOrders_RejectedOrderIsNeverTemporary(t *testing.T) {
	f := newFixture(t)
	f.executor.refuse = func(context.Context, trading.OrderRequest) error {
		return &trading.Refusal{Code: trading.CodeBrokerUnavailable, Message: "The broker is away.", Order: &trading.Order{ID: "ord_1", Status: trading.Rejected}}
	}
	res := f.alice("POST", "/api/orders", marketOrder)
	res.problem(t, 422, "broker_unavailable")
	if got := res.Header.Get("Retry-After"); got != "" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestOrders_ClientThatHangsUpDoesNotStopItsOrder(t *testing.T) {
	f := newFixture(t)
	ctx, hangUp := context.WithCancel(t.Context())
	f.executor.refuse = func(ctx context.Context, _ trading.OrderRequest) error {
		hangUp()
		return ctx.Err()
	}
	r := f.request("alice", "POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1}`).WithContext(ctx)
	f.serve(r)
	if f.executor.placed != 1 {
		t.Error("the order was dropped half way")
	}
}

func TestOrders_InternalFailureTellsNothing(t *testing.T) {
	f := newFixture(t)
	f.executor.refuse = func(context.Context, trading.OrderRequest) error { return errors.New("disk of db-7 is on fire") }
	res := f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1}`)
	res.problem(t, 500, "internal")
	if strings.Contains(res.text, "fire") {
		t.Errorf("the failure is told: %s", res.text)
	}
	if !strings.Contains(f.log.String(), "disk of db-7 is on fire") {
		t.Error("the failure is not logged")
	}
}

func TestOrders_ListIsNewestFirstInPages(t *testing.T) {
	f := newFixture(t)
	for _, symbol := range []string{"AAPL", "MSFT", "AAPL"} {
		f.alice("POST", "/api/orders", `{"symbol":"`+symbol+`","side":"buy","type":"market","quantity":1}`).want(t, 202)
	}
	f.executor.fill(t, "ord_3", "exe_1", "231.42")
	list := func(params string) (ids []string, next string) {
		t.Helper()
		var got struct {
			Account string
			Orders  []struct{ ID string }
			Next    string
		}
		f.alice("GET", "/api/orders"+params, "").want(t, 200).into(t, &got)
		if got.Account != string(aliceAccount) {
			t.Errorf("account %q", got.Account)
		}
		for _, o := range got.Orders {
			ids = append(ids, o.ID)
		}
		return ids, got.Next
	}
	for params, want := range map[string][]string{
		"":                         {"ord_3", "ord_2", "ord_1"},
		"?status=all":              {"ord_3", "ord_2", "ord_1"},
		"?status=open":             {"ord_2", "ord_1"},
		"?symbol=aapl":             {"ord_3", "ord_1"},
		"?symbol=AAPL&status=open": {"ord_1"},
		"?before=ord_2":            {"ord_1"},
		"?before=nonsense":         nil,
		"?_=123":                   {"ord_3", "ord_2", "ord_1"},
	} {
		if got, next := list(params); !slices.Equal(got, want) || next != "" {
			t.Errorf("%s: %q, next %q, want %q", params, got, next, want)
		}
	}
	page, next := list("?limit=2")
	if !slices.Equal(page, []string{"ord_3", "ord_2"}) || next != "ord_2" {
		t.Fatalf("first page %q, next %q", page, next)
	}
	if page, next = list("?limit=2&before=" + next); !slices.Equal(page, []string{"ord_1"}) || next != "" {
		t.Errorf("second page %q, next %q", page, next)
	}
}

func TestOrders_EmptyListIsAList(t *testing.T) {
	newFixture(t).alice("GET", "/api/orders", "").want(t, 200).sees(t, `"orders":[]`)
}

func TestOrders_BadParametersAreNamed(t *testing.T) {
	f := newFixture(t)
	detail, places := f.alice("GET", "/api/orders?status=done&limit=0&symbol=a%20b&before="+strings.Repeat("x", 129), "").problem(t, 400, "invalid_request")
	if !slices.Equal(places, []string{"status", "symbol", "before", "limit"}) {
		t.Errorf("errors at %q", places)
	}
	for _, want := range []string{"allowed are all, open", "allowed are whole numbers from 1 to 1000"} {
		if !strings.Contains(detail, want) {
			t.Errorf("detail %q does not say %q", detail, want)
		}
	}
	for _, params := range []string{"limit=1001", "limit=-1", "limit=ten", "limit=1.5", "limit=1&limit=2"} {
		f.alice("GET", "/api/orders?"+params, "").problem(t, 400, "invalid_request")
	}
}

func TestOrders_AreNobodyElses(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"limit","quantity":1,"limitPrice":1}`).want(t, 202)
	f.as("bob", "GET", "/api/orders/ord_1", "").problem(t, 404, "order_not_found")
	f.as("bob", "DELETE", "/api/orders/ord_1", "").problem(t, 404, "order_not_found")
	f.as("bob", "PATCH", "/api/orders/ord_1", `{"quantity":2}`).problem(t, 404, "order_not_found")
	f.as("bob", "GET", "/api/orders", "").want(t, 200).sees(t, `"orders":[]`)
	f.alice("GET", "/api/orders/ord_1", "").want(t, 200).sees(t, `"status":"working"`)
}

func TestOrders_CancelIsOnItsWay(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"limit","quantity":1,"limitPrice":1}`).want(t, 202)
	f.alice("DELETE", "/api/orders/ord_1", "").want(t, 202).sees(t, `{"order":{"id":"ord_1"`, `"status":"canceling"`)
	f.executor.fill(t, "ord_1", "exe_1", "1")
	f.alice("DELETE", "/api/orders/ord_1", "").problem(t, 409, "order_not_open")
	f.alice("DELETE", "/api/orders/ord_2", "").problem(t, 404, "order_not_found")
	f.alice("DELETE", "/api/orders/"+strings.Repeat("x", 129), "").problem(t, 404, "order_not_found")
}

func TestOrders_ReplaceChangesSizeOrLimit(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"limit","quantity":1,"limitPrice":5}`).want(t, 202)
	f.alice("PATCH", "/api/orders/ord_1", `{"limitPrice":4.5}`).want(t, 202).sees(t, `"quantity":1,"limitPrice":4.5`, `"status":"replacing"`)
	f.alice("PATCH", "/api/orders/ord_1", `{"quantity":3,"limitPrice":null}`).want(t, 202).sees(t, `"quantity":3,"limitPrice":4.5`)
	for body, place := range map[string]string{
		`{}`:                  "",
		`{"quantity":null}`:   "",
		`{"quantity":0}`:      "/quantity",
		`{"quantity":-1}`:     "/quantity",
		`{"limitPrice":0.0}`:  "/limitPrice",
		`{"limitPrice":"4"}`:  "/limitPrice",
		`{"symbol":"MSFT"}`:   "/symbol",
		`{"quantity":1e-400}`: "/quantity",
	} {
		_, places := f.alice("PATCH", "/api/orders/ord_1", body).problem(t, 400, "invalid_request")
		if !slices.Contains(places, place) {
			t.Errorf("%s: errors at %q, want %q", body, places, place)
		}
	}
	f.alice("PATCH", "/api/orders/"+strings.Repeat("x", 129), `{"quantity":1}`).problem(t, 404, "order_not_found")
	f.alice("PATCH", "/api/orders/ord_1", "").problem(t, 400, "invalid_request")
}
