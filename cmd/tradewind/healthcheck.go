package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"
)

// healthcheckCommand is the probe of a container that has no curl.
type healthcheckCommand struct {
	Port        string `env:"PORT" default:"5000" placeholder:"N" help:"Port of the server on this machine."`
	TLSCertFile string `env:"TLS_CERT_FILE" name:"tls-cert-file" placeholder:"FILE" help:"Set when the server speaks TLS."`
	URL         string `name:"url" placeholder:"URL" help:"Asks this address instead, such as http://127.0.0.1:5000/readyz."`
}

// healthcheckTimeout is shorter than what container runtimes give a probe.
const healthcheckTimeout = 5 * time.Second

func (c *healthcheckCommand) Run(ctx context.Context, w world) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	url := c.URL
	if url == "" {
		scheme := "http"
		if c.TLSCertFile != "" {
			scheme = "https"
		}
		port := c.Port
		if port == "" {
			port = "5000"
		}
		url = scheme + "://127.0.0.1:" + port + "/healthz"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return usageError{err}
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		// The certificate is for the public name, and this asks over loopback whether the server lives.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	fmt.Fprintln(w.out, "healthy")
	return nil
}

// versionCommand prints what is running.
type versionCommand struct{}

func (c *versionCommand) Run(_ context.Context, w world) error {
	fmt.Fprintln(w.out, "tradewind", version)
	return nil
}
