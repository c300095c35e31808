package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tradewind/conformance/node"
)

// The first thing anybody tries: a stock client signs in, trades, and sees the
// fill and the new portfolio within half a second, over every transport.
func TestStockClientTradesAndSeesIt(t *testing.T) {
	node.Install(t)
	s := serve(t, map[string]string{"DATA_DIR": newDir(t)}, "--demo")
	for _, version := range []string{"newest", "4.0"} {
		for _, transports := range []string{"websocket", "polling", "polling,websocket"} {
			t.Run(version+" "+transports, func(t *testing.T) {
				out := node.Run(t, time.Minute, map[string]string{"URL": s.url, "CLIENT": version, "TRANSPORTS": transports}, "trade.mjs")
				var result struct {
					Transport    string
					Fill         fill
					Portfolio    portfolio
					Milliseconds struct{ Fill, Portfolio int }
				}
				if err := json.Unmarshal([]byte(out), &result); err != nil {
					t.Fatalf("%v in %s", err, out)
				}
				t.Logf("fill after %d ms, portfolio after %d ms", result.Milliseconds.Fill, result.Milliseconds.Portfolio)
				if list := strings.Split(transports, ","); result.Transport != list[len(list)-1] {
					t.Errorf("transport %s", result.Transport)
				}
				if result.Fill.Symbol != "AAPL" || result.Fill.Quantity != "1" || result.Fill.Order.Status != "filled" {
					t.Errorf("fill %+v", result.Fill)
				}
				if result.Portfolio.Seq < result.Fill.Seq || result.Portfolio.Account != result.Fill.Account {
					t.Errorf("portfolio %+v does not have fill %+v", result.Portfolio, result.Fill)
				}
			})
		}
	}
}
