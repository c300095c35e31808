package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"

	"tradewind/internal/session"
)

// serveCommand runs the server.
type serveCommand struct {
	settings
	Demo bool `help:"Add the user demo (password demo, 100,000 USD, a few positions) where missing. Refused in production."`
}

func (c *serveCommand) Run(ctx context.Context, w world) error {
	if err := refuseUnsupported(w.getenv); err != nil {
		return usageError{err}
	}
	cfg, err := configure(c.settings, c.Demo)
	if err != nil {
		return usageError{err}
	}
	cfg.Logger = newLogger(w.err, cfg)
	program, err := NewProgram(cfg)
	if err != nil {
		return err
	}
	greet(w.out, program, cfg)
	return program.Run(ctx)
}

// greet says where the server is and, in demo mode, how to sign in.
func greet(out io.Writer, p *Program, cfg Config) {
	scheme := "http"
	if cfg.TLSCertFile != "" {
		scheme = "https"
	}
	_, port, _ := net.SplitHostPort(p.Addr().String())
	fmt.Fprintf(out, "Tradewind is on %s://localhost:%s\n", scheme, port)
	if cfg.Demo {
		fmt.Fprintf(out, "Sign in as %s, password %s\n", session.DemoName, session.DemoPassword)
	}
	if admin := p.AdminAddr(); admin != nil {
		fmt.Fprintf(out, "Metrics are on http://%s/metrics\n", admin)
	}
}

func newLogger(out io.Writer, cfg Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogJSON {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}
