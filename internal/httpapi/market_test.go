package httpapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tradewind/internal/httpapi"
	"tradewind/internal/trading"
)

func TestSymbols_AreFoundByNameAndTicker(t *testing.T) {
	f := newFixture(t)
	f.alice("GET", "/api/symbols?q=apple", "").want(t, 200).sees(t,
		`{"symbols":[{"symbol":"AAPL","name":"Apple Inc.","quantityStep":0.001,"priceStep":0.01,"maxQuantity":100000}]}`)
	f.alice("GET", "/api/symbols?q=xyz", "").want(t, 200).sees(t, `{"symbols":[]}`)
	f.alice("GET", "/api/symbols", "").want(t, 200).sees(t, `"AAPL"`, `"MSFT"`, `"TSLA"`)
	f.alice("GET", "/api/symbols?limit=1&q=", "").want(t, 200).sees(t, `{"symbols":[{"symbol":"AAPL"`)
	f.alice("GET", "/api/symbols?q="+strings.Repeat("x", 65), "").problem(t, 400, "invalid_request")
}

func TestQuotes_ComeInTheOrderAskedFor(t *testing.T) {
	f := newFixture(t)
	res := f.alice("GET", "/api/quotes?symbols=msft,%20NOPE,aapl,MSFT,TSLA,", "").want(t, 200)
	var got struct {
		Quotes  []struct{ Symbol, State string }
		Unknown []string
	}
	res.into(t, &got)
	if fmt.Sprint(got) != "{[{MSFT halted} {AAPL live}] [NOPE]}" {
		t.Errorf("got %s", res.text)
	}
	res.sees(t, `"symbol":"AAPL","price":231.42,"change":-1.2,"changePercent":-0.52`)
	f.alice("GET", "/api/quotes?symbols=NOPE", "").want(t, 200).sees(t, `{"quotes":[],"unknown":["NOPE"]}`)
}

func TestQuotes_NeedSymbolsButNotTooMany(t *testing.T) {
	f := newFixture(t)
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf("S%d", i))
	}
	for _, params := range []string{"", "?symbols=", "?symbols=,", "?symbols=a%20b", "?symbols=AAPL&symbols=MSFT", "?symbols=" + strings.Join(many, ","), "?symbols=" + strings.Repeat("x", 9999)} {
		_, places := f.alice("GET", "/api/quotes"+params, "").problem(t, 400, "invalid_request")
		if !slices.Equal(places, []string{"symbols"}) {
			t.Errorf("%.40s: errors at %q", params, places)
		}
	}
	f.alice("GET", "/api/quotes?symbols="+strings.Join(many[:100], ","), "").want(t, 200)
}

func TestCandles_AreOldestFirst(t *testing.T) {
	f := newFixture(t)
	f.alice("GET", "/api/candles?symbol=aapl&interval=5m&limit=2", "").want(t, 200).sees(t,
		fmt.Sprintf(`{"symbol":"AAPL","interval":"5m","candles":[{"timestamp":%d,"open":231,"high":232,"low":230.5,"close":231.42,"volume":12}`, morning.UnixMilli()))
	if f.candles.limit != 2 {
		t.Errorf("limit %d", f.candles.limit)
	}
	f.alice("GET", "/api/candles?symbol=AAPL", "").want(t, 200).sees(t, `"interval":"1m"`)
	f.alice("GET", "/api/candles?symbol=NOPE", "").problem(t, 404, "unknown_symbol")
	if detail, places := f.alice("GET", "/api/candles?interval=2m", "").problem(t, 400, "invalid_request"); !slices.Equal(places, []string{"symbol", "interval"}) || !strings.Contains(detail, "1m, 5m, 15m, 1h, 1d") {
		t.Errorf("detail %q, errors at %q", detail, places)
	}
}

func TestWatchlist_IsKept(t *testing.T) {
	f := newFixture(t)
	f.alice("GET", "/api/watchlist", "").want(t, 200).sees(t, `{"symbols":[]}`)
	f.alice("PUT", "/api/watchlist", `{"symbols":["msft","AAPL","aapl"]}`).want(t, 200).sees(t, `{"symbols":["MSFT","AAPL"]}`)
	f.alice("GET", "/api/watchlist", "").want(t, 200).sees(t, `{"symbols":["MSFT","AAPL"]}`)
	f.as("bob", "GET", "/api/watchlist", "").want(t, 200).sees(t, `{"symbols":[]}`)
	f.alice("PUT", "/api/watchlist", `{"symbols":[]}`).want(t, 200).sees(t, `{"symbols":[]}`)
}

func TestWatchlist_IsReplacedAsAWholeOrNotAtAll(t *testing.T) {
	f := newFixture(t)
	f.alice("PUT", "/api/watchlist", `{"symbols":["AAPL"]}`).want(t, 200)
	res := f.alice("PUT", "/api/watchlist", `{"symbols":["MSFT","NOPE"]}`)
	res.problem(t, 422, "unknown_symbol")
	res.sees(t, "NOPE is unknown")

	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf(`"S%d"`, i))
	}
	f.alice("PUT", "/api/watchlist", `{"symbols":[`+strings.Join(many, ",")+`]}`).problem(t, 422, "too_many_symbols")
	for body, place := range map[string]string{
		`{}`:                         "/symbols",
		`{"symbols":"AAPL"}`:         "/symbols",
		`{"symbols":["AAPL",1]}`:     "/symbols",
		`{"symbols":["AAPL","A B"]}`: "/symbols/1",
		`{"symbols":[""]}`:           "/symbols/0",
	} {
		if _, places := f.alice("PUT", "/api/watchlist", body).problem(t, 400, "invalid_request"); !slices.Equal(places, []string{place}) {
			t.Errorf("%s: errors at %q", body, places)
		}
	}
	f.alice("PUT", "/api/watchlist", `["AAPL"]`).problem(t, 400, "invalid_request")
	f.alice("PUT", "/api/watchlist", "").problem(t, 400, "invalid_request")
	f.alice("GET", "/api/watchlist", "").want(t, 200).sees(t, `{"symbols":["AAPL"]}`)
}

func TestWatchlist_SymbolThatIsGoneMayStay(t *testing.T) {
	f := newFixture(t)
	if err := f.store.SetWatchlist(t.Context(), alice, []trading.Symbol{"GONE", "AAPL"}); err != nil {
		t.Fatal(err)
	}
	f.alice("PUT", "/api/watchlist", `{"symbols":["GONE","MSFT"]}`).want(t, 200).sees(t, `{"symbols":["GONE","MSFT"]}`)
	f.alice("PUT", "/api/watchlist", `{"symbols":["MSFT"]}`).want(t, 200)
	f.alice("PUT", "/api/watchlist", `{"symbols":["GONE"]}`).problem(t, 422, "unknown_symbol")
}

func TestWatchlist_WithoutAFeedEverySymbolIsFine(t *testing.T) {
	f := newFixture(t, func(d *httpapi.Deps, _ *httpapi.Options) { d.Board = trading.NewBoard(nil) })
	f.alice("PUT", "/api/watchlist", `{"symbols":["ANY"]}`).want(t, 200).sees(t, `{"symbols":["ANY"]}`)
}

func TestSettings_AreTheClientsOwn(t *testing.T) {
	f := newFixture(t)
	if got := f.alice("GET", "/api/settings", "").want(t, 200).text; got != "{}" {
		t.Errorf("at first %s", got)
	}
	f.alice("PUT", "/api/settings", ` { "theme": "dark", "rate": 1.10, "x": [null] } `).want(t, 200)
	if got := f.alice("GET", "/api/settings", "").want(t, 200).text; got != `{"theme":"dark","rate":1.10,"x":[null]}` {
		t.Errorf("then %s", got)
	}
	if got := f.as("bob", "GET", "/api/settings", "").want(t, 200).text; got != "{}" {
		t.Errorf("somebody else's: %s", got)
	}
}

func TestSettings_AreABoundedObject(t *testing.T) {
	f := newFixture(t)
	for _, body := range []string{`[]`, `null`, `"x"`, `{`, `{}{}`, `{"a":}`} {
		f.alice("PUT", "/api/settings", body).problem(t, 400, "invalid_request")
	}
	f.alice("PUT", "/api/settings", `{"x":"`+strings.Repeat("x", 16<<10)+`"}`).problem(t, 413, "body_too_large")
	f.alice("PUT", "/api/settings", `{"x":"`+strings.Repeat("x", 16<<10-8)+`"}`).want(t, 200)
}
