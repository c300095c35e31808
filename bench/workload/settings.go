package workload

import (
	"fmt"
	"strconv"
	"time"
)

// Kind names what a server publishes.
type Kind string

// The workloads.
const (
	Idle      Kind = "idle"      // nothing: connections and their heartbeat
	Storm     Kind = "storm"     // nothing: connecting is what is measured
	Quotes    Kind = "quotes"    // every symbol to those who watch it
	Slow      Kind = "slow"      // as quotes, to clients some of which do not read
	Broadcast Kind = "broadcast" // one notice to all
	Unicast   Kind = "unicast"   // a portfolio of its own to every user
)

// Settings are what the driver tells a server through its environment.
type Settings struct {
	Addr         string        // PORT on loopback, default 3000
	Kind         Kind          // WORKLOAD, default idle
	Clients      int           // N: nothing is published before so many are connected; default 0
	Rate         float64       // R: publishes a second, and of each symbol for quotes; default 1
	Symbols      int           // S, default 100
	Size         int           // SIZE: bytes of a notice, 40 to 60,000; default 185
	PingInterval time.Duration // PING in milliseconds, default 25 s
	Spread       bool          // SPREAD=1: quotes one by one in random order instead of all at one tick
}

// FromEnv reads the settings.
func FromEnv(getenv func(string) string) (Settings, error) {
	text := func(name, fallback string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return fallback
	}
	s := Settings{
		Addr:   "127.0.0.1:" + text("PORT", "3000"),
		Kind:   Kind(text("WORKLOAD", string(Idle))),
		Spread: getenv("SPREAD") == "1",
	}
	switch s.Kind {
	case Idle, Storm, Quotes, Slow, Broadcast, Unicast:
	default:
		return s, fmt.Errorf("environment: WORKLOAD=%q is none", s.Kind)
	}
	var err error
	if s.Clients, err = strconv.Atoi(text("N", "0")); err != nil || s.Clients < 0 {
		return s, fmt.Errorf("environment: N=%q is not a number of clients", getenv("N"))
	}
	// A server that publishes nothing is told a rate of 0.
	if s.Rate, err = strconv.ParseFloat(text("R", "1"), 64); err != nil || s.Rate < 0 || s.Rate > 1e6 {
		return s, fmt.Errorf("environment: R=%q is not a rate", getenv("R"))
	}
	if s.Symbols, err = strconv.Atoi(text("S", "100")); err != nil || s.Symbols < 1 {
		return s, fmt.Errorf("environment: S=%q is not a number of symbols", getenv("S"))
	}
	if s.Size, err = strconv.Atoi(text("SIZE", strconv.Itoa(defaultSize))); err != nil || s.Size < leastSize || s.Size > mostSize {
		return s, fmt.Errorf("environment: SIZE=%q is not a number of bytes from %d to %d", getenv("SIZE"), leastSize, mostSize)
	}
	ms, err := strconv.Atoi(text("PING", "25000"))
	if err != nil || ms < 1 {
		return s, fmt.Errorf("environment: PING=%q is not a number of milliseconds", getenv("PING"))
	}
	s.PingInterval = time.Duration(ms) * time.Millisecond
	return s, nil
}

// Publishes reports whether there is anything to publish.
func (s Settings) Publishes() bool {
	return s.Kind != Idle && s.Kind != Storm && s.Rate > 0
}
