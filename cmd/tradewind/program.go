package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tradewind/internal/store/sqlite"
	"tradewind/socketio"
)

// Program is the whole server as a value: a store, two listeners and everything
// between them. Make one with NewProgram and run it once.
type Program struct {
	cfg   Config
	log   *slog.Logger
	store store

	unlock func() error
	public net.Listener
	admin  net.Listener // nil: none

	io       *socketio.Server
	web      *http.Server
	adminWeb *http.Server
	parts    []part // in the background, in the order of their dependence
	draining atomic.Bool
}

// NewProgram opens the store, listens on both addresses and puts the parts
// together. Nothing is served before Run, which also closes what was opened; a
// Program that is not run is closed with Close.
func NewProgram(cfg Config) (_ *Program, err error) {
	p := &Program{cfg: cfg, log: cfg.Logger}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.unlock, err = lockData(cfg.DataDir); err != nil {
		return nil, err
	}
	registry := newRegistry()
	commits := newCommitMetrics(registry)
	ctx := context.Background()
	db, err := sqlite.Open(ctx, cfg.DataDir, sqlite.Options{Logger: p.log, OnCommit: commits.committed})
	if err != nil {
		return nil, fmt.Errorf("open the store in DATA_DIR %s: %w", cfg.DataDir, err)
	}
	p.store = db
	if cfg.Production {
		if err := refuseDemoUser(ctx, p.store); err != nil {
			return nil, err
		}
	} else if cfg.Demo {
		if err := addDemoUser(ctx, p.store); err != nil {
			return nil, err
		}
	}
	if err := p.wire(registry); err != nil {
		return nil, err
	}
	return p, p.listen(registry)
}

// listen opens the public and the admin listener.
func (p *Program) listen(registry *prometheus.Registry) (err error) {
	if p.public, err = listenOn("PORT", p.cfg.Addr); err != nil {
		return err
	}
	if p.cfg.TLSCertFile != "" {
		cert, err := tls.LoadX509KeyPair(p.cfg.TLSCertFile, p.cfg.TLSKeyFile)
		if err != nil {
			return fmt.Errorf("TLS_CERT_FILE and TLS_KEY_FILE: %w; allowed are a certificate chain and its key, both PEM", err)
		}
		// HTTP/2 has no upgrade to WebSocket that clients use, so it is not offered.
		p.public = tls.NewListener(p.public, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	}
	public, err := socketio.NewUpgradeListener(p.public, socketPath, p.web.Handler)
	if err != nil {
		return fmt.Errorf("PORT: %w", err)
	}
	p.public = public
	if p.cfg.AdminAddr == "" {
		return nil
	}
	if p.admin, err = listenOn("ADMIN_ADDR", p.cfg.AdminAddr); err != nil {
		return err
	}
	p.adminWeb = adminServer(registry)
	return nil
}

func listenOn(variable, addr string) (net.Listener, error) {
	listen := net.ListenConfig{KeepAlive: -1} // heartbeats and HTTP's timeouts find out who is gone
	l, err := listen.Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: %s is in use by another program; allowed is a free one, or 0 to take any", variable, addr)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return l, nil
}

// Addr is where the program listens.
func (p *Program) Addr() net.Addr { return p.public.Addr() }

// AdminAddr is where metrics and profiles are, nil if they are off.
func (p *Program) AdminAddr() net.Addr {
	if p.admin == nil {
		return nil
	}
	return p.admin.Addr()
}

// Close releases what NewProgram opened. Run does it at its end.
func (p *Program) Close() error {
	var errs []error
	for _, l := range []net.Listener{p.public, p.admin} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if p.io != nil {
		errs = append(errs, p.io.Close())
	}
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	if p.unlock != nil {
		if err := p.unlock(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Run serves until ctx ends, then drains: handshakes are refused, requests
// finish, sockets are closed at a steady pace, and only then what they were fed
// from ends. It returns when all of it is over, with an error if something
// ended that should not have.
func (p *Program) Run(ctx context.Context) error {
	// The parts outlive ctx: orders and sockets need them while the server drains.
	background := context.WithoutCancel(ctx)
	parts := startParts(background, p.log, p.parts)
	servers := startParts(background, p.log, p.servers())
	p.log.Info("serving", "version", version, "config", p.cfg)

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-parts.failed:
	case failure = <-servers.failed:
	}
	p.drain(background)
	servers.stop()
	parts.stop()
	return errors.Join(failure, p.Close())
}

// servers are the two HTTP servers as parts: they end when drain shuts them down.
func (p *Program) servers() []part {
	serve := func(s *http.Server, l net.Listener) func(context.Context) error {
		return func(ctx context.Context) error {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			<-ctx.Done()
			return nil
		}
	}
	servers := []part{{"http server", serve(p.web, p.public)}}
	if p.admin != nil {
		servers = append(servers, part{"admin server", serve(p.adminWeb, p.admin)})
	}
	return servers
}

// drainTimeout is how long clients get to leave. It is a little under the 30 s
// after which orchestrators end a process that was told to stop.
const drainTimeout = 25 * time.Second

// drain empties the server. What is still there after drainTimeout is cut off.
func (p *Program) drain(ctx context.Context) {
	p.draining.Store(true)
	p.log.Info("draining", "connections", p.io.Stats().Connections)
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	// Sockets first: while they leave, their clients are refused with 503 by a listener that still answers.
	if err := p.io.Shutdown(ctx); err != nil {
		p.log.Warn("sockets cut off", "error", err)
	}
	if err := p.web.Shutdown(ctx); err != nil {
		p.log.Warn("requests cut off", "error", err)
		p.web.Close()
	}
	if p.adminWeb != nil {
		p.adminWeb.Close()
	}
	p.log.Info("drained")
}
