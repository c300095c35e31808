package loadtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tradewind/internal/loadtest"
	"tradewind/socketio"
)

// target is a server to load, on the loopback interface.
type target struct {
	*socketio.Server
	url    string
	joined atomic.Int64
}

// newTarget starts a server. Change may register handlers and routes.
func newTarget(t *testing.T, o socketio.Options, change ...func(*target, *http.ServeMux)) *target {
	t.Helper()
	s := &target{Server: socketio.NewServer(o)}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", s)
	socketio.On(s, "subscribe:watchlist", func(ctx context.Context, c *socketio.Socket, symbols []string) error {
		rooms := make([]socketio.Room, len(symbols))
		for i, symbol := range symbols {
			rooms[i] = socketio.Room(symbol)
		}
		defer s.joined.Add(1)
		return c.Join(ctx, rooms...)
	})
	for _, c := range change {
		c(s, mux)
	}
	web := httptest.NewServer(mux)
	s.url = web.URL
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		web.CloseClientConnections()
		web.Close()
	})
	return s
}

// publish calls emit every 20 ms from the moment that n clients have subscribed
// until the test's load is over.
func (s *target) publish(t *testing.T, n int64, emit func(ctx context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if s.joined.Load() >= n {
					emit(ctx)
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// stamped is an event with its time, in microseconds.
type stamped struct {
	Symbol string `json:"symbol,omitempty"`
	TS     int64  `json:"ts"`
}

func (s *target) emit(ctx context.Context, room, event string, age time.Duration) {
	to := s.To() // nobody
	if room != "" {
		to = s.To(socketio.Room(room))
	}
	// The end of the test ends the emitting too, which is no failure.
	_ = to.Emit(ctx, event, stamped{room, time.Now().Add(-age).UnixMicro()})
}

// run loads the target with options that make it quick.
func (s *target) run(t *testing.T, o loadtest.Options) loadtest.Report {
	t.Helper()
	o.URL = s.url
	if o.Clients == 0 {
		o.Clients = 20
	}
	if o.Duration == 0 {
		o.Duration = 500 * time.Millisecond
	}
	report, err := loadtest.Run(t.Context(), o)
	if err != nil {
		t.Fatalf("run: %v; report %s", err, asJSON(report))
	}
	return report
}

func asJSON(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(text)
}

// wantCounts checks what has to be the same in every run.
func wantCounts(t *testing.T, r loadtest.Report, connected, failed, lost int) {
	t.Helper()
	ends := 0
	for _, n := range r.Disconnects {
		ends += n
	}
	if r.Connected != connected || r.Failed != failed || ends != lost {
		t.Errorf("%d connected, %d failed, %d lost, want %d, %d and %d; errors %v, disconnects %v",
			r.Connected, r.Failed, ends, connected, failed, lost, r.Errors, r.Disconnects)
	}
}
