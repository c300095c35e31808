package loadtest_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/loadtest"
	"tradewind/socketio"
)

func TestQuotes_EachClientWatchesItsSymbols_EveryDeliveryIsCounted(t *testing.T) {
	for _, transport := range loadtest.Transports() {
		t.Run(string(transport), func(t *testing.T) {
			s := newTarget(t, socketio.Options{})
			// Each of 20 clients watches 2 of 10 symbols: one quote of each symbol makes 40 deliveries.
			const each = 40
			rounds := 0
			stop := s.publish(t, 20, func(ctx context.Context) {
				if rounds++; rounds > 10 {
					return
				}
				for i := range 10 {
					s.emit(ctx, "T"+string(rune('0'+i)), "quote:update", 0)
				}
				_ = s.Emit(ctx, "weather", "rain") // another event is no delivery
			})
			defer stop()
			r := s.run(t, loadtest.Options{Transport: transport, Symbols: 10, SymbolPrefix: "T", SymbolsPerClient: 2, Duration: time.Second})
			wantCounts(t, r, 20, 0, 0)
			// The first rounds may have come before the measuring began. Those that are seen are whole.
			if r.Deliveries == 0 || r.Deliveries > 10*each || r.Events["quote:update"] != r.Deliveries {
				t.Errorf("%d deliveries, events %v, want at most %d", r.Deliveries, r.Events, 10*each)
			}
			if r.LatencyMs == nil || r.LatencyMs.P50 <= 0 || r.LatencyMs.Max > 1000 {
				t.Errorf("latency %s", asJSON(r.LatencyMs))
			}
			if len(r.Points) == 0 {
				t.Error("no points over time")
			}
		})
	}
}

func TestQuotes_PublishedAfterMeasuringBegan_AreCountedExactly(t *testing.T) {
	s := newTarget(t, socketio.Options{})
	var measuring atomic.Bool
	published := 0
	stop := s.publish(t, 20, func(ctx context.Context) {
		if measuring.Load() && published < 5 {
			published++
			for i := range 10 {
				s.emit(ctx, "SYM"+string(rune('0'+i)), "quote:update", 0)
			}
		}
	})
	r := s.run(t, loadtest.Options{
		Symbols: 10, SymbolsPerClient: 3, Duration: 2500 * time.Millisecond,
		Progress: func(p loadtest.Progress) {
			if p.Phase == "measuring" {
				measuring.Store(true)
			}
		},
	})
	stop()
	if want := int64(published * 20 * 3); published == 0 || r.Deliveries != want {
		t.Errorf("%d deliveries of %d publishes, want %d", r.Deliveries, published, want)
	}
	if r.MessagesPerRead < 1 {
		t.Errorf("%v messages a read", r.MessagesPerRead)
	}
}

func TestQuotes_EventsThatAreOld_ShowAsLatency(t *testing.T) {
	s := newTarget(t, socketio.Options{})
	const age = 300 * time.Millisecond
	stop := s.publish(t, 20, func(ctx context.Context) { s.emit(ctx, "SYM0", "quote:update", age) })
	defer stop()
	r := s.run(t, loadtest.Options{Symbols: 1, SymbolsPerClient: 1})
	if r.LatencyMs == nil || r.LatencyMs.P50 < 290 || r.LatencyMs.P50 > 1000 {
		t.Errorf("latency %s, want 300 ms and a little", asJSON(r.LatencyMs))
	}
}

func TestBroadcast_LastClient_IsSeen(t *testing.T) {
	s := newTarget(t, socketio.Options{}, func(s *target, _ *http.ServeMux) {
		s.OnConnect(func(context.Context, *socketio.Socket) { s.joined.Add(1) })
	})
	stop := s.publish(t, 20, func(ctx context.Context) {
		_ = s.Emit(ctx, "notice", stamped{TS: time.Now().UnixMicro()})
	})
	defer stop()
	r := s.run(t, loadtest.Options{Scenario: loadtest.Broadcast})
	wantCounts(t, r, 20, 0, 0)
	c := r.CompleteMs
	if c == nil || c.Count == 0 || c.Incomplete > 1 || c.P50 <= 0 || c.P50 < r.LatencyMs.P50 {
		t.Errorf("complete %s, latency %s", asJSON(c), asJSON(r.LatencyMs))
	}
}

func TestPortfolio_WithoutSessions_IsAskedFor(t *testing.T) {
	s := newTarget(t, socketio.Options{}, func(s *target, _ *http.ServeMux) {
		socketio.On(s, "subscribe:portfolio", func(ctx context.Context, c *socketio.Socket, _ socketio.None) error {
			defer s.joined.Add(1)
			return c.Join(ctx, "portfolio")
		})
	})
	stop := s.publish(t, 20, func(ctx context.Context) { s.emit(ctx, "portfolio", "portfolio:update", 0) })
	defer stop()
	if r := s.run(t, loadtest.Options{Scenario: loadtest.Portfolio}); r.Deliveries == 0 || r.Events["portfolio:update"] != r.Deliveries || r.LatencyMs == nil {
		t.Errorf("report %s", asJSON(r))
	}
}

func TestIdle_Heartbeats_AreAnswered(t *testing.T) {
	s := newTarget(t, socketio.Options{PingInterval: 100 * time.Millisecond, PingTimeout: 2 * time.Second})
	o := loadtest.Options{Scenario: loadtest.Idle, Duration: time.Second}
	if runtime.GOOS == "linux" {
		o.PID = os.Getpid()
	}
	r := s.run(t, o)
	wantCounts(t, r, 20, 0, 0)
	// A client that did not answer would get one ping, and no second one.
	if r.Pings < 2*20 {
		t.Errorf("%d pings, want several for each client", r.Pings)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if r.Server == nil || r.Server.RSSBytes == 0 || r.Server.RSSBytesIdle == 0 || r.Server.CPUMicrosPerPing == nil {
		t.Errorf("server %s", asJSON(r.Server))
	}
}

func TestIdle_ServerThatFallsSilent_IsAPingTimeout(t *testing.T) {
	// The handshake promises a ping every 50 ms, and none ever comes.
	r := newSilentServer(t, `0{"sid":"a","upgrades":[],"pingInterval":50,"pingTimeout":50,"maxPayload":100}`).
		run(t, loadtest.Options{Scenario: loadtest.Idle})
	wantCounts(t, r, 20, 0, 20)
	if r.Disconnects["ping timeout"] != 20 {
		t.Errorf("disconnects %v", r.Disconnects)
	}
}

func TestStorm_AllConnectsAreTimed(t *testing.T) {
	s := newTarget(t, socketio.Options{})
	r := s.run(t, loadtest.Options{Scenario: loadtest.Storm, Clients: 60, InFlight: 10, Duration: 100 * time.Millisecond})
	wantCounts(t, r, 60, 0, 0)
	c := r.Connects
	if c.Count != 60 || c.PerSecond <= 0 || c.LatencyMs == nil || c.LatencyMs.P50 <= 0 || c.LatencyMs.Max/1000 > c.Seconds {
		t.Errorf("connects %s", asJSON(c))
	}
}

func TestStorm_Ramp_IsKept(t *testing.T) {
	s := newTarget(t, socketio.Options{})
	r := s.run(t, loadtest.Options{Scenario: loadtest.Storm, Ramp: 50, Duration: 100 * time.Millisecond})
	if r.Connects.Seconds < 0.38 { // 19 steps of 20 ms
		t.Errorf("20 connects at 50 a second took %v s", r.Connects.Seconds)
	}
}

func TestRun_RefusedAndFull_AreToldApart(t *testing.T) {
	var n atomic.Int64
	s := newTarget(t, socketio.Options{MaxConnections: 10}, func(s *target, _ *http.ServeMux) {
		s.Use(func(context.Context, *socketio.Socket) error {
			if n.Add(1) == 1 {
				return &socketio.ConnectError{Message: "go away", Data: map[string]string{"code": "banned"}}
			}
			return nil
		})
	})
	r := s.run(t, loadtest.Options{Scenario: loadtest.Storm, InFlight: 1, Duration: 100 * time.Millisecond})
	if r.Connected == 0 || r.Connected > 10 || r.Connected+r.Failed != 20 {
		t.Errorf("%d connected, %d failed", r.Connected, r.Failed)
	}
	if r.Errors["connect refused: go away (banned)"] != 1 || r.Errors["upgrade answered with 503 Service Unavailable"] != r.Failed-1 {
		t.Errorf("errors %v", r.Errors)
	}
}

func TestRun_NoServer_IsErrNoClient(t *testing.T) {
	r, err := loadtest.Run(t.Context(), loadtest.Options{URL: "http://127.0.0.1:1", Scenario: loadtest.Storm, Clients: 3})
	if !errors.Is(err, loadtest.ErrNoClient) || r.Failed != 3 || r.Errors["connection refused"] != 3 {
		t.Errorf("%v, report %s", err, asJSON(r))
	}
}

func TestRun_ServerThatDropsClients_IsReportedByReason(t *testing.T) {
	var n atomic.Int64
	s := newTarget(t, socketio.Options{}, func(s *target, _ *http.ServeMux) {
		socketio.On(s, "subscribe:portfolio", func(ctx context.Context, c *socketio.Socket, _ socketio.None) error {
			switch n.Add(1) % 4 {
			case 0:
				return c.Disconnect(ctx)
			case 1:
				c.CloseTransport(socketio.Drain)
			}
			return nil
		})
	})
	r := s.run(t, loadtest.Options{Scenario: loadtest.Portfolio, Settle: 100 * time.Millisecond})
	wantCounts(t, r, 20, 0, 10)
	if r.Disconnects["io server disconnect"] != 5 || r.Disconnects["transport close (4010 drain)"] != 5 {
		t.Errorf("disconnects %v", r.Disconnects)
	}
}

func TestSlow_ClientsThatDoNotRead_AreSeenToBeDisconnected(t *testing.T) {
	s := newTarget(t, socketio.Options{MaxOutboxBytes: 64 << 10})
	large := strings.Repeat("x", 30_000)
	stop := s.publish(t, 20, func(ctx context.Context) {
		_ = s.To("SYM0").Emit(ctx, "quote:update", struct {
			TS   int64  `json:"ts"`
			Text string `json:"text"`
		}{time.Now().UnixMicro(), large})
	})
	defer stop()
	r := s.run(t, loadtest.Options{Scenario: loadtest.Slow, SlowPercent: 25, Symbols: 1, SymbolsPerClient: 1, Duration: time.Second})
	wantCounts(t, r, 20, 0, 0) // those who read lose nothing
	if r.Slow == nil || r.Slow.Clients != 5 {
		t.Fatalf("slow %s", asJSON(r.Slow))
	}
	gone := 0
	for _, ends := range r.Slow.Disconnected {
		gone += ends
	}
	if gone != 5 {
		t.Errorf("disconnected %v, want all 5", r.Slow.Disconnected)
	}
}

func TestRun_EndedEarly_ReportsWhatWasMeasured(t *testing.T) {
	s := newTarget(t, socketio.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	r, err := loadtest.Run(ctx, loadtest.Options{
		URL: s.url, Scenario: loadtest.Idle, Clients: 20, Duration: time.Hour,
		Progress: func(loadtest.Progress) { cancel() },
	})
	if err != nil || r.Connected != 20 || r.Seconds > time.Since(start).Seconds() {
		t.Errorf("%v, report %s", err, asJSON(r))
	}
}

func TestRun_ServerThatGoesWithItsLastWords_IsSeenToBeGone(t *testing.T) {
	// The end comes with or right behind the last bytes, and no close frame before it.
	r := newRawServer(t, func(rw *bufio.ReadWriter) {
		greet(rw, `0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}`, `40{"sid":"b"}`, `42["bye"]`)
		for range 3 { // the upgrade has been read; CONNECT is a short frame
			if _, err := rw.ReadByte(); err != nil {
				return
			}
		}
	}).run(t, loadtest.Options{Scenario: loadtest.Idle, Clients: 50})
	wantCounts(t, r, 50, 0, 50)
	if r.Disconnects["transport close"] != 50 {
		t.Errorf("disconnects %v", r.Disconnects)
	}
}

func TestQuotes_OverTLS_AreDelivered(t *testing.T) {
	s := newTarget(t, socketio.Options{})
	web := httptest.NewTLSServer(s)
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	s.url = web.URL
	stop := s.publish(t, 20, func(ctx context.Context) { s.emit(ctx, "SYM0", "quote:update", 0) })
	defer stop()
	r := s.run(t, loadtest.Options{Symbols: 1, SymbolsPerClient: 1, InsecureTLS: true})
	wantCounts(t, r, 20, 0, 0)
	if r.Deliveries == 0 || r.LatencyMs == nil {
		t.Errorf("report %s", asJSON(r))
	}
	r, err := loadtest.Run(t.Context(), loadtest.Options{URL: web.URL, Clients: 1, Duration: 100 * time.Millisecond})
	if !errors.Is(err, loadtest.ErrNoClient) {
		t.Errorf("a certificate of nobody is accepted: %v, %v", err, r.Errors)
	}
}
