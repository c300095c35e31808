package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/broker/paper"
	"tradewind/internal/candles"
	"tradewind/internal/executor"
	"tradewind/internal/feed/sim"
	"tradewind/internal/feed/watchdog"
	"tradewind/internal/gateway"
	"tradewind/internal/httpapi"
	"tradewind/internal/session"
	"tradewind/internal/trading"
	"tradewind/internal/valuation"
	"tradewind/socketio"
	"tradewind/web/dashboard"
)

// wire makes the parts and connects them. The order of registrations matters:
// the gateway hears of a ledger entry before valuation does, so that no portfolio
// overtakes the entry it contains.
func (p *Program) wire(registry *prometheus.Registry) error {
	feed, board := p.market(registry)

	var brokers []trading.Broker
	if p.cfg.Broker == brokerPaper {
		brokers = append(brokers, paper.New(p.store, board, paper.Options{Logger: p.log}))
	}
	orders := executor.New(p.store, p.store, board, brokers, executor.Options{
		Logger: p.log, OnAppend: newAppendMetrics(registry),
	})
	registry.MustRegister(newExecutorMetrics(orders.Stats))
	values := valuation.New(orders, p.store, board, valuation.Options{
		Interval: p.cfg.PortfolioInterval, History: p.store, Logger: p.log,
	})
	registerValuationMetrics(registry, values.Stats)
	history := candles.New(board, candles.Options{History: feed})
	sessions := session.New(p.store, p.store, session.Options{
		TTL: p.cfg.SessionTTL, MaxAge: p.cfg.SessionMaxAge, Logger: p.log,
	})

	p.io = socketio.NewServer(p.socketOptions())
	registry.MustRegister(newSocketMetrics(p.io.Stats))
	gate := gateway.New(p.io, gateway.Deps{
		Sessions: sessions, Users: p.store, Ledgers: orders, Store: p.store, Values: values, Board: board, Rules: p.cfg.Rules,
	}, gateway.Options{
		MaxPerUser: p.cfg.MaxConnectionsPerUser, QuoteInterval: p.cfg.QuoteInterval, Metrics: registry, Logger: p.log,
	})
	values.Listen() // after the gateway

	api := httpapi.New(httpapi.Deps{
		Sessions: sessions, Users: p.store, Orders: orders, Ledger: p.store, Values: values, History: p.store,
		Profiles: p.store, Board: board, Candles: history, Rules: p.cfg.Rules,
		Ready: []httpapi.ReadyCheck{
			{Name: "server", Check: p.notDraining},
			{Name: "store", Check: p.storeAnswers},
		},
	}, httpapi.Options{Logger: p.log, Metrics: registry, CookieMaxAge: p.cfg.SessionMaxAge, Demo: p.cfg.Demo})
	if err := p.routes(api); err != nil {
		return err
	}
	p.parts = append(p.parts,
		part{"executor", orders.Run},
		part{"valuation", values.Run},
		part{"sessions", sessions.Run},
		part{"gateway", gate.Run},
	)
	if feed != nil {
		p.parts = append(p.parts, part{"feed", func(ctx context.Context) error { return feed.Run(ctx, board) }})
	}
	return nil
}

// market makes the feed, if there is one, and the board for its instruments.
func (p *Program) market(registry *prometheus.Registry) (*watchdog.Feed, *trading.Board) {
	if p.cfg.Feed == nil {
		return nil, trading.NewBoard(nil)
	}
	feed := watchdog.New(sim.New(*p.cfg.Feed), watchdog.Options{Logger: p.log})
	board := trading.NewBoard(feed.Instruments())
	registerFeedMetrics(registry, board)
	return feed, board
}

// What one connection may send; beyond it the connection is closed as flooding.
const (
	floodPackets = 50
	floodBytes   = 256 << 10
	floodBurst   = 3
)

// drainSpread is how long closing all sockets takes on a full server.
const drainSpread = 20 * time.Second

func (p *Program) socketOptions() socketio.Options {
	most := p.cfg.MaxConnections
	if most == 0 {
		most = connectionsFor(descriptorLimit())
	}
	return socketio.Options{
		PingInterval: p.cfg.PingInterval, PingTimeout: p.cfg.PingTimeout,
		MaxPayload: p.cfg.MaxMessageBytes, MaxConnections: most,
		Flood:          socketio.Flood{PacketsPerSecond: floodPackets, BytesPerSecond: floodBytes, Burst: floodBurst},
		DrainPerSecond: max(500, most/int(drainSpread/time.Second)),
		AllowOrigin:    p.cfg.Rules.AllowedOrigin,
		RemoteAddr:     func(r *http.Request) string { return p.cfg.Rules.ClientAddr(r).String() },
		Logger:         p.log,
	}
}

// socketPath is where clients of Socket.IO connect.
const socketPath = "/socket.io/"

// routes puts sockets, REST and dashboard on one port.
func (p *Program) routes(api http.Handler) error {
	pages, err := httpapi.Dashboard(dashboard.FS())
	if err != nil {
		return fmt.Errorf("read the dashboard: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle(socketPath, p.io)
	mux.Handle("/api/", api)
	mux.Handle("/healthz", api)
	mux.Handle("/readyz", api)
	mux.Handle("/", pages)
	p.web = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	return nil
}

var errDraining = errors.New("draining")

// notDraining takes a server that is about to end out of its load balancer.
func (p *Program) notDraining(context.Context) error {
	if p.draining.Load() {
		return errDraining
	}
	return nil
}

// storeAnswers asks the store for something that is not there.
func (p *Program) storeAnswers(ctx context.Context) error {
	_, err := p.store.User(ctx, "nobody")
	if errors.Is(err, trading.ErrNotFound) {
		return nil
	}
	return err
}
