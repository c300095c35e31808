package trading_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"tradewind/internal/trading"
)

func boardOf(symbols ...trading.Symbol) *trading.Board {
	var all []trading.Instrument
	for _, s := range symbols {
		all = append(all, trading.Instrument{Symbol: s, Name: "Company " + string(s)})
	}
	return trading.NewBoard(all)
}

func priced(s trading.Symbol, cents int64) trading.Quote {
	return trading.Quote{Symbol: s, Price: decimal.MustNew(cents, 2), State: trading.QuoteLive}
}

func TestBoard_Publish_StoresBeforeListenersHear(t *testing.T) {
	b := boardOf("AAPL", "MSFT")
	var heard []string
	listen := func(who string) func([]trading.Quote) {
		return func(quotes []trading.Quote) {
			for _, q := range quotes {
				stored, ok := b.Quote(q.Symbol)
				if !ok || stored != q {
					t.Errorf("%s hears of %v before it can be read", who, q.Symbol)
				}
				heard = append(heard, fmt.Sprint(who, q.Symbol, q.Price))
			}
		}
	}
	if _, ok := b.Quote("AAPL"); ok {
		t.Error("a quote before anything was published")
	}
	b.OnQuotes(listen("one "))
	b.OnQuotes(listen("two "))
	b.PublishQuotes([]trading.Quote{priced("AAPL", 100), priced("XXX", 5), priced("MSFT", 200)})
	b.PublishQuotes([]trading.Quote{priced("XXX", 5)})
	b.PublishQuotes([]trading.Quote{priced("AAPL", 101)})
	want := []string{"one AAPL1.00", "one MSFT2.00", "two AAPL1.00", "two MSFT2.00", "one AAPL1.01", "two AAPL1.01"}
	if !reflect.DeepEqual(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
	if _, ok := b.Quote("XXX"); ok {
		t.Error("a symbol that nobody listed has a quote")
	}
}

func TestBoard_Publish_LeavesTheCallersSliceAlone(t *testing.T) {
	b := boardOf("AAPL", "MSFT")
	quotes := []trading.Quote{priced("XXX", 1), priced("AAPL", 2), priced("MSFT", 3)}
	b.PublishQuotes(quotes)
	for n, s := range []trading.Symbol{"XXX", "AAPL", "MSFT"} {
		if quotes[n].Symbol != s {
			t.Fatalf("the slice was changed to %v", quotes)
		}
	}
	quotes[1].Price = decimal.MustNew(999, 2)
	if q, _ := b.Quote("AAPL"); !q.Price.Equal(decimal.MustNew(2, 2)) {
		t.Error("the board kept the caller's memory")
	}
}

func TestBoard_Status_OnlyChangesAreTold(t *testing.T) {
	b := boardOf()
	var heard []trading.FeedStatus
	b.OnStatus(func(s trading.FeedStatus) { heard = append(heard, s) })
	at := time.Unix(100, 0)
	first := trading.FeedStatus{Source: "sim", State: trading.FeedLive, Since: at}
	b.PublishStatus(first)
	b.PublishStatus(trading.FeedStatus{Source: "sim", State: trading.FeedLive, Since: at.Add(time.Hour)})
	if got := b.Status(); !reflect.DeepEqual(got, []trading.FeedStatus{first}) {
		t.Errorf("status %v, want the first with its time", got)
	}
	closed := trading.FeedStatus{Source: "sim", State: trading.FeedClosed, Since: at.Add(time.Minute)}
	other := trading.FeedStatus{Source: "alpaca", State: trading.FeedStalled, Since: at}
	b.PublishStatus(closed)
	b.PublishStatus(other)
	if want := []trading.FeedStatus{first, closed, other}; !reflect.DeepEqual(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	if got := b.Status(); !reflect.DeepEqual(got, []trading.FeedStatus{other, closed}) {
		t.Errorf("status %v, want each source once, by name", got)
	}
}

// A reader that takes the newest price and joins the audience inside Between sees
// every later price once and in order, whatever is being published meanwhile.
func TestBoard_Between_SnapshotAndLiveQuotesNeverInvert(t *testing.T) {
	b := boardOf("AAPL")
	const last = 2000
	var mu sync.Mutex
	var audience []*[]trading.Decimal
	b.OnQuotes(func(quotes []trading.Quote) {
		mu.Lock()
		defer mu.Unlock()
		for _, a := range audience {
			*a = append(*a, quotes[0].Price)
		}
	})
	var feed sync.WaitGroup
	feed.Go(func() {
		for n := range int64(last + 1) {
			b.PublishQuotes([]trading.Quote{priced("AAPL", n)})
		}
	})
	var all []*[]trading.Decimal
	for range 50 {
		seen := &[]trading.Decimal{}
		b.Between(func() {
			mu.Lock()
			defer mu.Unlock()
			if q, ok := b.Quote("AAPL"); ok {
				*seen = append(*seen, q.Price)
			}
			audience = append(audience, seen)
		})
		all = append(all, seen)
	}
	feed.Wait()
	for n, seen := range all {
		for k := 1; k < len(*seen); k++ {
			step, _ := (*seen)[k].Sub((*seen)[k-1])
			if !step.Equal(decimal.MustNew(1, 2)) {
				t.Fatalf("reader %d sees %v after %v", n, (*seen)[k], (*seen)[k-1])
			}
		}
		if got := (*seen)[len(*seen)-1]; !got.Equal(decimal.MustNew(last, 2)) {
			t.Errorf("reader %d ends with %v", n, got)
		}
	}
}

func TestBoard_Instruments_AreSortedAndOwnedByTheCaller(t *testing.T) {
	b := boardOf("TSLA", "AAPL", "MSFT", "AAPL")
	all := b.Instruments()
	if len(all) != 3 || all[0].Symbol != "AAPL" || all[2].Symbol != "TSLA" {
		t.Fatalf("instruments %v", all)
	}
	all[0].Symbol = "changed"
	if i, ok := b.Instrument("AAPL"); !ok || i.Name != "Company AAPL" {
		t.Errorf("instrument %v, %v", i, ok)
	}
	if _, ok := b.Instrument("XXX"); ok {
		t.Error("an instrument that nobody listed")
	}
}

func TestBoard_Search_BestMatchesFirst(t *testing.T) {
	b := trading.NewBoard([]trading.Instrument{
		{Symbol: "AAPL", Name: "Apple Inc."},
		{Symbol: "APP", Name: "AppLovin"},
		{Symbol: "AP", Name: "Ampco"},
		{Symbol: "CRAP", Name: "Something"},
		{Symbol: "GOOGL", Name: "Alphabet Inc. Class A"},
		{Symbol: "XYZ", Name: "Big Apples"},
	})
	for q, want := range map[string][]trading.Symbol{
		"ap":        {"AP", "APP", "AAPL", "XYZ", "CRAP"},
		" ApP ":     {"APP", "AAPL", "XYZ"},
		"class":     {"GOOGL"},
		"nothing":   {},
		"":          {"AAPL", "AP", "APP", "CRAP", "GOOGL", "XYZ"},
		"pha":       {"GOOGL"},
		"big apple": {"XYZ"},
	} {
		got := []trading.Symbol{}
		for _, i := range b.Search(q, 10) {
			got = append(got, i.Symbol)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Search(%q) = %v, want %v", q, got, want)
		}
	}
	if got := b.Search("ap", 2); len(got) != 2 || got[0].Symbol != "AP" {
		t.Errorf("limit 2: %v", got)
	}
	if got := b.Search("ap", 0); got != nil {
		t.Errorf("limit 0: %v", got)
	}
}

func TestInterval_Start_CountsFromMidnightUTC(t *testing.T) {
	at := time.Date(2025, 3, 4, 13, 47, 59, 5, time.FixedZone("", 3600)) // 12:47:59 UTC
	for i, want := range map[trading.Interval]string{
		trading.Minute: "12:47", trading.FiveMinutes: "12:45", trading.FifteenMinutes: "12:45",
		trading.Hour: "12:00", trading.OneDay: "00:00",
	} {
		if got := i.Start(at).Format("15:04"); got != want {
			t.Errorf("%s starts at %s, want %s", i, got, want)
		}
	}
	if trading.Interval("2m").Duration() != 0 {
		t.Error("an interval that does not exist has a length")
	}
}
