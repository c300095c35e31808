package watchdog_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"go.uber.org/goleak"

	"tradewind/internal/feed/watchdog"
	"tradewind/internal/trading"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// feed runs what a test tells it to.
type feed struct {
	run     func(ctx context.Context, sink trading.QuoteSink) error
	candles []trading.Candle
}

func (f *feed) Name() string                      { return "fake" }
func (f *feed) Instruments() []trading.Instrument { return []trading.Instrument{{Symbol: "AAPL"}} }
func (f *feed) Run(ctx context.Context, sink trading.QuoteSink) error {
	return f.run(ctx, sink)
}

type feedWithHistory struct{ feed }

func (f *feedWithHistory) History(context.Context, trading.Symbol, trading.Interval, int) ([]trading.Candle, error) {
	return f.candles, nil
}

// diary writes down what comes out of the watchdog, with the time.
type diary struct {
	started time.Time
	lines   []string
}

func (d *diary) PublishQuotes(quotes []trading.Quote) {
	for _, q := range quotes {
		d.lines = append(d.lines, fmt.Sprintf("%v %s %v %s", time.Since(d.started), q.Symbol, q.Price, q.State))
	}
}

func (d *diary) PublishStatus(s trading.FeedStatus) {
	d.lines = append(d.lines, fmt.Sprintf("%v %s %s", time.Since(d.started), s.Source, s.State))
}

// watch runs a feed behind a watchdog of 3 s and returns the diary. The feed's
// part is a list of what to do after how many seconds.
func watch(t *testing.T, length time.Duration, does map[int]func(trading.QuoteSink)) []string {
	t.Helper()
	d := &diary{}
	synctest.Test(t, func(t *testing.T) {
		d.started = time.Now()
		f := watchdog.New(&feed{run: func(ctx context.Context, sink trading.QuoteSink) error {
			for second := 0; ctx.Err() == nil; second++ {
				if do := does[second]; do != nil {
					do(sink)
				}
				time.Sleep(time.Second)
			}
			return nil
		}}, watchdog.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		if err := f.Run(ctx, d); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return d.lines
}

func quotes(price string, state trading.QuoteState, symbols ...trading.Symbol) func(trading.QuoteSink) {
	return func(sink trading.QuoteSink) {
		var all []trading.Quote
		for _, s := range symbols {
			all = append(all, trading.Quote{Symbol: s, Price: decimal.MustParse(price), State: state})
		}
		sink.PublishQuotes(all)
	}
}

func status(state trading.FeedState, then func(trading.QuoteSink)) func(trading.QuoteSink) {
	return func(sink trading.QuoteSink) {
		sink.PublishStatus(trading.FeedStatus{Source: "fake", State: state})
		then(sink)
	}
}

func nothing(trading.QuoteSink) {}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFeed_Silence_IsCalledAStallUntilQuotesCome(t *testing.T) {
	got := watch(t, 13*time.Second+500*time.Millisecond, map[int]func(trading.QuoteSink){
		0:  status(trading.FeedLive, quotes("10", trading.QuoteLive, "MSFT", "AAPL")),
		1:  quotes("11", trading.QuoteHalted, "TSLA"),
		2:  quotes("12", trading.QuoteLive, "AAPL"),
		12: quotes("13", trading.QuoteLive, "AAPL"),
	})
	same(t, got,
		"0s fake live", "0s MSFT 10 live", "0s AAPL 10 live",
		"1s TSLA 11 halted",
		"2s AAPL 12 live",
		// A halted symbol is not stale, and stale quotes are told of once.
		"5s fake stalled", "5s AAPL 12 stale", "5s MSFT 10 stale",
		"12s fake live", "12s AAPL 13 live")
}

func TestFeed_SecondStall_IsToldAgain(t *testing.T) {
	got := watch(t, 9*time.Second+500*time.Millisecond, map[int]func(trading.QuoteSink){
		0: status(trading.FeedLive, quotes("10", trading.QuoteLive, "AAPL")),
		5: quotes("11", trading.QuoteLive, "AAPL"),
	})
	same(t, got, "0s fake live", "0s AAPL 10 live", "3s fake stalled", "3s AAPL 10 stale",
		"5s fake live", "5s AAPL 11 live", "8s fake stalled", "8s AAPL 11 stale")
}

func TestFeed_QuietButRegular_IsNotAStall(t *testing.T) {
	does := map[int]func(trading.QuoteSink){0: status(trading.FeedLive, nothing)}
	for second := 0; second < 20; second += 2 {
		does[second+1] = quotes("10", trading.QuoteLive, "AAPL")
	}
	for _, line := range watch(t, 20*time.Second, does)[1:] {
		if line[len(line)-4:] != "live" {
			t.Errorf("got %s", line)
		}
	}
}

func TestFeed_Closed_MayBeSilent(t *testing.T) {
	got := watch(t, 10*time.Second+500*time.Millisecond, map[int]func(trading.QuoteSink){
		0: status(trading.FeedClosed, quotes("10", trading.QuoteClosed, "AAPL")),
		6: status(trading.FeedLive, nothing),
	})
	same(t, got, "0s fake closed", "0s AAPL 10 closed", "6s fake live", "9s fake stalled")
}

func TestFeed_NothingFromTheStart_IsAStall(t *testing.T) {
	same(t, watch(t, 10*time.Second, nil), "3s fake stalled")
}

func TestFeed_RunEnds_NothingIsPublishedAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		d := &diary{started: time.Now()}
		f := watchdog.New(&feed{run: func(context.Context, trading.QuoteSink) error { return broken }}, watchdog.Options{Silence: time.Second})
		if err := f.Run(t.Context(), d); !errors.Is(err, broken) {
			t.Errorf("Run: %v", err)
		}
		time.Sleep(time.Minute)
		if len(d.lines) != 0 {
			t.Errorf("got %q", d.lines)
		}
	})
}

func TestFeed_Wrapped_IsTheFeed(t *testing.T) {
	plain := watchdog.New(&feed{}, watchdog.Options{})
	if plain.Name() != "fake" || len(plain.Instruments()) != 1 {
		t.Errorf("name %s, instruments %v", plain.Name(), plain.Instruments())
	}
	if c, err := plain.History(t.Context(), "AAPL", trading.Minute, 5); c != nil || err != nil {
		t.Errorf("history of a feed without: %v, %v", c, err)
	}
	rich := watchdog.New(&feedWithHistory{feed{candles: make([]trading.Candle, 4)}}, watchdog.Options{})
	if c, err := rich.History(t.Context(), "AAPL", trading.Minute, 5); len(c) != 4 || err != nil {
		t.Errorf("history: %v, %v", c, err)
	}
}
