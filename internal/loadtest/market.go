package loadtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tradewind/internal/wire"
)

// deliveryOf is the event that a scenario counts; empty for all.
func deliveryOf(s Scenario) string {
	switch s {
	case Quotes, Slow:
		return wire.EventQuote
	case Portfolio, Unicast:
		return wire.EventPortfolio
	case Trades:
		return wire.EventTradeExecuted
	}
	return ""
}

// findSymbols takes the symbols of the options, those that a Tradewind server has,
// or makes some up.
func (r *run) findSymbols(ctx context.Context) error {
	s := r.o.Scenario
	switch {
	case !s.watches() && !s.trades() && !(s == Portfolio && r.tradewind()):
		return nil
	case len(r.o.SymbolList) > 0:
		r.symbols = r.o.SymbolList
		return nil
	case r.tradewind():
		return r.fetchSymbols(ctx)
	}
	for i := range r.o.Symbols {
		r.symbols = append(r.symbols, r.o.SymbolPrefix+strconv.Itoa(i))
	}
	return nil
}

func (r *run) fetchSymbols(ctx context.Context) error {
	url := fmt.Sprintf("%s/api/symbols?limit=%d", r.base, min(r.o.Symbols, 1000))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.o.Sessions[0])
	resp, err := r.orders.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the server for its symbols (or name some with --symbol-list): %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the server for its symbols (or name some with --symbol-list): %s answered %s", url, resp.Status)
	}
	var answer struct {
		Symbols []struct {
			Symbol string `json:"symbol"`
		} `json:"symbols"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(&answer); err != nil {
		return fmt.Errorf("read the server's symbols: %w", err)
	}
	for _, s := range answer.Symbols {
		r.symbols = append(r.symbols, s.Symbol)
	}
	if len(r.symbols) == 0 {
		return fmt.Errorf("the server has no symbols; --symbol-list names some")
	}
	return nil
}

// How the clocks are compared: some questions with time between, so that one is
// answered while the server has nothing else to do.
const (
	clockQuestions = 5
	clockPause     = 50 * time.Millisecond
)

// compareClocks asks a Tradewind server for its time, by a client that reads.
func (r *run) compareClocks(ctx context.Context, most time.Duration) {
	if !r.tradewind() {
		return
	}
	pause := min(clockPause, most/clockQuestions)
	for _, c := range r.clients {
		if c.link == nil || c.slow {
			continue
		}
		for range clockQuestions {
			r.clock.ask(time.Now().UnixNano())
			if err := c.link.emit(wire.EventClock, "", askClock); err != nil || !sleep(ctx, max(pause, 5*time.Millisecond)) {
				break
			}
		}
		break
	}
	r.skew.Store(int64(r.clock.skew()))
}
