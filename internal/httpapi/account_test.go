package httpapi_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/internal/httpapi"
	"tradewind/internal/trading"
)

// trade places and fills an order of alice for one share.
func (f *fixture) trade(symbol, price string) {
	f.t.Helper()
	f.alice("POST", "/api/orders", `{"symbol":"`+symbol+`","side":"buy","type":"market","quantity":1}`).want(f.t, 202)
	n := f.executor.placed
	f.executor.fill(f.t, trading.OrderID(fmt.Sprintf("ord_%d", n)), trading.ExecutionID(fmt.Sprintf("exe_%d", n)), price)
}

func TestPortfolio_IsTheAccountNow(t *testing.T) {
	f := newFixture(t)
	f.alice("GET", "/api/portfolio", "").want(t, 200).sees(t,
		`{"account":"acc_alice","seq":3,`, `"cash":768.58`, `"totalValue":1000`, `"positions":[{"symbol":"AAPL","quantity":1,`)
	f.as("bob", "GET", "/api/portfolio", "").want(t, 200).sees(t, `{"account":"acc_bob"`)
	f.values.value = func(context.Context, trading.AccountID) (trading.Portfolio, error) {
		return trading.Portfolio{}, errors.New("no")
	}
	f.alice("GET", "/api/portfolio", "").problem(t, 500, "internal")
}

func TestPortfolioHistory_IsTheNewestPointsOldestFirst(t *testing.T) {
	f := newFixture(t)
	now := time.Now().Truncate(time.Minute)
	for minute, value := range map[int]string{-48 * 60: "900", -2: "1000", -1: "1000.5", 0: "1001"} {
		err := f.store.AddValuePoints(t.Context(), map[trading.AccountID]trading.ValuePoint{
			aliceAccount: {Time: now.Add(time.Duration(minute) * time.Minute), Value: dec(value)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := func(params string) (values []float64, truncated bool) {
		t.Helper()
		var got struct {
			Points []struct {
				Timestamp int64
				Value     float64
			}
			Truncated bool
		}
		f.alice("GET", "/api/portfolio/history"+params, "").want(t, 200).into(t, &got)
		for _, p := range got.Points {
			values = append(values, p.Value)
		}
		return values, got.Truncated
	}
	if got, truncated := ask(""); !slices.Equal(got, []float64{1000, 1000.5, 1001}) || truncated {
		t.Errorf("a day: %v, truncated %v", got, truncated)
	}
	if got, truncated := ask("?since=0&limit=4"); !slices.Equal(got, []float64{900, 1000, 1000.5, 1001}) || truncated {
		t.Errorf("all: %v, truncated %v", got, truncated)
	}
	if got, truncated := ask("?since=0&limit=2"); !slices.Equal(got, []float64{1000.5, 1001}) || !truncated {
		t.Errorf("the newest two: %v, truncated %v", got, truncated)
	}
	for _, params := range []string{"since=yesterday", "since=-1", "limit=25001", "since=99999999999999999"} {
		f.alice("GET", "/api/portfolio/history?"+params, "").problem(t, 400, "invalid_request")
	}
	f.as("bob", "GET", "/api/portfolio/history", "").want(t, 200).sees(t, `"points":[]`)
}

func TestTrades_AreFillsNewestFirstInPages(t *testing.T) {
	f := newFixture(t)
	f.trade("AAPL", "231.42")
	f.trade("MSFT", "500")
	f.trade("AAPL", "232")
	list := func(params string) (ids []string, next int64) {
		t.Helper()
		var got struct {
			Trades []struct{ ID string }
			Next   int64
		}
		f.alice("GET", "/api/trades"+params, "").want(t, 200).into(t, &got)
		for _, trade := range got.Trades {
			ids = append(ids, trade.ID)
		}
		return ids, got.Next
	}
	for params, want := range map[string][]string{
		"":             {"exe_3", "exe_2", "exe_1"},
		"?symbol=aapl": {"exe_3", "exe_1"},
		fmt.Sprintf("?since=%d", morning.Add(2*time.Second).UnixMilli()): nil,
		fmt.Sprintf("?since=%d", morning.UnixMilli()):                    {"exe_3", "exe_2", "exe_1"},
	} {
		if got, next := list(params); !slices.Equal(got, want) || next != 0 {
			t.Errorf("%s: %q, next %d, want %q", params, got, next, want)
		}
	}
	page, next := list("?limit=2")
	if !slices.Equal(page, []string{"exe_3", "exe_2"}) || next != 5 {
		t.Fatalf("first page %q, next %d", page, next)
	}
	if page, next = list(fmt.Sprintf("?limit=2&before=%d", next)); !slices.Equal(page, []string{"exe_1"}) || next != 0 {
		t.Errorf("second page %q, next %d", page, next)
	}
	for _, params := range []string{"before=0", "before=x", "since=x", "limit=0", "symbol=%00"} {
		f.alice("GET", "/api/trades?"+params, "").problem(t, 400, "invalid_request")
	}
	f.as("bob", "GET", "/api/trades", "").want(t, 200).sees(t, `"trades":[]`)
}

func TestTrades_OneIsWhatTheSocketSent(t *testing.T) {
	f := newFixture(t)
	f.trade("AAPL", "231.42")
	f.alice("GET", "/api/trades/exe_1", "").want(t, 200).sees(t,
		`{"trade":{"account":"acc_alice","seq":3,"id":"exe_1","orderId":"ord_1","symbol":"AAPL","side":"buy","quantity":1,"price":231.42,`,
		`"status":"filled","order":{"id":"ord_1"`)
	f.as("bob", "GET", "/api/trades/exe_1", "").problem(t, 404, "not_found")
	f.alice("GET", "/api/trades/exe_2", "").problem(t, 404, "not_found")
	f.alice("GET", "/api/trades/"+strings.Repeat("x", 129), "").problem(t, 404, "not_found")
}

func TestTradesCSV_IsAFileOfAllTrades(t *testing.T) {
	f := newFixture(t)
	f.alice("POST", "/api/orders", `{"symbol":"AAPL","side":"buy","type":"market","quantity":1.5,"clientOrderId":"a,\"b\""}`).want(t, 202)
	f.executor.fill(t, "ord_1", "exe_1", "231.42")
	res := f.alice("GET", "/api/trades.csv", "").want(t, 200)
	want := "time,id,orderId,clientOrderId,symbol,side,quantity,price,amount,orderStatus\r\n" +
		`2026-01-05T09:30:01.000Z,exe_1,ord_1,"a,""b""",AAPL,buy,1.5,231.42,347.13,filled` + "\r\n"
	if res.text != want {
		t.Errorf("got\n%q, want\n%q", res.text, want)
	}
	if got := res.Header.Get("Content-Disposition"); got != `attachment; filename="trades.csv"` {
		t.Errorf("Content-Disposition %q", got)
	}
	f.as("bob", "GET", "/api/trades.csv", "").want(t, 200)
	f.alice("GET", "/api/trades.csv?since=x", "").problem(t, 400, "invalid_request")
}

func TestTradesCSV_TextIsNeverAFormula(t *testing.T) {
	f := newFixture(t)
	for i, id := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "'x", "x=1"} {
		order := trading.Order{ID: trading.OrderID(fmt.Sprintf("ord_%d", i)), Account: aliceAccount, ClientOrderID: trading.ClientOrderID(id), Symbol: "AAPL", Side: trading.Sell,
			Type: trading.Market, Quantity: dec("1"), FilledQuantity: dec("1"), Status: trading.Filled, CreatedAt: morning, UpdatedAt: morning}
		f.append(trading.Entry{Account: aliceAccount, Seq: trading.Seq(2 + i), Time: morning, Kind: trading.EntryFill, Order: &order,
			Fill: &trading.Fill{ID: trading.ExecutionID(fmt.Sprintf("exe_%d", i)), OrderID: order.ID, Symbol: "AAPL", Side: trading.Sell, Quantity: dec("1"), Price: dec("1"), Time: morning}})
	}
	records, err := csv.NewReader(strings.NewReader(f.alice("GET", "/api/trades.csv", "").want(t, 200).text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range records[1:] {
		ids = append(ids, r[3])
	}
	if want := []string{"x=1", "'x", "'@SUM(A1)", "'-1", "'+1", "'=1+1"}; !slices.Equal(ids, want) {
		t.Errorf("cells %q, want %q", ids, want)
	}
}

func TestTradesCSV_LongHistoryIsComplete(t *testing.T) {
	f := newFixture(t)
	fills := &longHistory{LedgerStore: f.store, n: 1234}
	f.deps.Ledger = fills
	f.handler = httpapi.New(f.deps, httpapi.Options{})
	text := f.alice("GET", "/api/trades.csv", "").want(t, 200).text
	if got := strings.Count(text, "\r\n"); got != 1235 {
		t.Errorf("%d lines, want 1235", got)
	}
	if fills.most > 500 {
		t.Errorf("%d fills were held at a time", fills.most)
	}
}

func TestTradesCSV_FailureOnTheWayCutsTheFileShort(t *testing.T) {
	f := newFixture(t)
	f.deps.Ledger = &longHistory{LedgerStore: f.store, n: 1234, failAfter: 1}
	server := httptest.NewServer(httpapi.New(f.deps, httpapi.Options{}))
	defer server.Close()
	r := f.request("alice", "GET", server.URL+"/api/trades.csv", "")
	r.RequestURI = ""
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := csv.NewReader(res.Body).ReadAll(); err == nil {
		t.Error("the client cannot tell that the file is cut short")
	}
}

// longHistory has n fills.
type longHistory struct {
	trading.LedgerStore
	n         int
	failAfter int // pages; 0: never
	pages     int
	most      int
}

func (h *longHistory) Fills(_ context.Context, account trading.AccountID, q trading.FillQuery) ([]trading.Entry, error) {
	if h.pages++; h.failAfter > 0 && h.pages > h.failAfter {
		return nil, errors.New("store is gone")
	}
	h.most = max(h.most, q.Limit)
	top := h.n
	if q.Before > 0 {
		top = int(q.Before) - 1
	}
	var page []trading.Entry
	for seq := top; seq > 0 && len(page) < q.Limit; seq-- {
		page = append(page, trading.Entry{Account: account, Seq: trading.Seq(seq), Kind: trading.EntryFill, Order: &trading.Order{ID: "ord"},
			Fill: &trading.Fill{ID: "exe", Quantity: dec("1"), Price: dec("1"), Time: morning}})
	}
	return page, nil
}

func TestLedger_IsReadFromACursorOn(t *testing.T) {
	f := newFixture(t)
	f.trade("AAPL", "231.42")
	all := f.alice("GET", "/api/ledger", "").want(t, 200)
	all.sees(t, `{"account":"acc_alice","seq":3,"events":[{"event":"account:update","data":{"account":"acc_alice","seq":1,`,
		`{"event":"order:update","data":{"account":"acc_alice","seq":2,`, `{"event":"trade:executed","data":{"account":"acc_alice","seq":3,`)
	f.alice("GET", "/api/ledger?after=1&limit=1", "").want(t, 200).sees(t, `"seq":3,"events":[{"event":"order:update"`)
	f.alice("GET", "/api/ledger?after=3&account=acc_alice", "").want(t, 200).sees(t, `"seq":3,"events":[]`)
}

func TestLedger_UnknownCursorSaysWhereToStart(t *testing.T) {
	f := newFixture(t)
	for _, params := range []string{"after=2", fmt.Sprintf("after=%d", math.MaxInt64), "after=1&account=acc_old"} {
		res := f.alice("GET", "/api/ledger?"+params, "")
		res.problem(t, 409, "cursor_unknown")
		res.sees(t, `"account":"acc_alice","seq":1`)
	}
	for _, params := range []string{"after=-1", "after=x", "limit=1001", "after=1&after=2"} {
		f.alice("GET", "/api/ledger?"+params, "").problem(t, 400, "invalid_request")
	}
}

func TestLedger_ShowsRefusals(t *testing.T) {
	f := newFixture(t)
	order := trading.Order{ID: "ord_1", Account: aliceAccount, ClientOrderID: "x", Symbol: "NOPE", Side: trading.Buy, Type: trading.Limit, TimeInForce: trading.Day,
		Quantity: dec("1"), LimitPrice: dec("2"), Status: trading.Rejected, Reason: "The symbol is unknown.", CreatedAt: morning, UpdatedAt: morning}
	f.append(trading.Entry{Account: aliceAccount, Seq: 2, Time: morning, Kind: trading.EntryRejection, Order: &order,
		Rejection: &trading.Rejection{Code: trading.CodeUnknownSymbol, Message: "The symbol is unknown."}})
	f.append(trading.Entry{Account: aliceAccount, Seq: 3, Time: morning, Kind: trading.EntryAccount,
		Adjustment: &trading.Adjustment{Kind: trading.Published, Event: "news", Payload: []byte(`{"a":[1]}`)}})
	f.alice("GET", "/api/ledger?after=1", "").want(t, 200).sees(t,
		`"event":"trade:failed"`, `"code":"unknown_symbol","signal":{"symbol":"NOPE"`, `"kind":"published","event":"news","payload":{"a":[1]}`)
}
