package main

import (
	"cmp"
	"time"
)

// What a case has that does not say otherwise.
const (
	symbols = 100 // of a server
	watched = 20  // of them by one client
)

// How long a case of each kind takes.
const (
	measuring = 6 * time.Second
	settling  = 2 * time.Second
	idling    = 60 * time.Second // before memory is read: collectors are done, nothing is warm any more
	trimming  = 40 * time.Second // longer than connecting takes, and over before anything is measured
)

// benchCase is a row of the table: a workload with its parameters.
type benchCase struct {
	name     string
	title    string
	workload string // of the servers and of the load generator
	clients  int
	rate     float64
	rates    map[string][]float64 // a sweep: what each server is asked for, rising; "" for all others
	spread   bool
	symbols  int           // of the server; 0 for 100
	watched  int           // of them by one client; 0 for 20
	size     int           // bytes of a notice; 0: the servers' default
	ping     time.Duration // 0: the server's default
	settle   time.Duration
	duration time.Duration
	trim     time.Duration // after the load began servers are told to free memory; 0 for never
	flush    string        // how the floor writes
	reps     int           // at most so many; 0 for as many as are asked for
	users    int           // of tradewind serve, each with as many of the clients; 0: one of each client
	args     []string
	peers    []string // 0: every server of the bench
	figures  []figure
}

// sweepRates are 200, 400 and 600 thousand deliveries a second to 2,000 clients.
// A server that writes each delivery by itself ends below: it starts at 40
// thousand, the slowest at 20.
var sweepRates = map[string][]float64{
	"":         {5, 10, 15},
	node:       {1, 1.5, 2},
	eiows:      {1, 1.5, 2, 2.5, 3},
	bun:        {1, 1.5, 2, 2.5, 3},
	bunEngine:  {1, 1.5, 2, 2.5, 3},
	zishang520: {0.5, 1, 1.5, 2},
}

var cases = []benchCase{
	{
		name: "idle", title: "15,000 idle connections, a ping every 5 s", workload: "idle",
		clients: 15_000, ping: 5 * time.Second, settle: idling, trim: trimming, duration: 10 * time.Second, reps: 3,
		figures: []figure{memory, cpuPing},
	},
	{
		name: "quotes-1000", title: "quotes in bursts, 1,000 clients, 20 of 100 symbols, once a second", workload: "quotes",
		clients: 1000, rate: 1, settle: settling, duration: measuring, flush: "10ms",
		figures: []figure{cpuDelivery, latency50, latency99},
	},
	{
		name: "quotes-2000", title: "quotes in bursts, 2,000 clients, 20 of 100 symbols, 5 times a second", workload: "quotes",
		clients: 2000, rate: 5, settle: settling, duration: measuring, flush: "10ms",
		figures: []figure{delivered, cpuDelivery, latency50, latency99, lostClients},
	},
	{
		name: "spread-highest", title: "single quotes in random order, 2,000 clients", workload: "quotes",
		clients: 2000, rates: sweepRates, spread: true, settle: settling, duration: measuring, flush: "10ms",
		figures: []figure{highest},
	},
	{
		name: "spread-20k", title: "single quotes, 20,000 deliveries a second, 2,000 clients", workload: "quotes",
		clients: 2000, rate: 0.5, spread: true, settle: settling, duration: measuring,
		figures: []figure{cpuDelivery, latency50, latency99},
	},
	{
		name: "broadcast", title: "one room of 5,000, 4 events a second", workload: "broadcast",
		clients: 5000, rate: 4, settle: settling, duration: measuring,
		figures: []figure{cpuDelivery, complete50, complete99},
	},
	{
		name: "unicast", title: "1.1 KB of its own to each of 2,000 users, 5 times a second", workload: "unicast",
		clients: 2000, rate: 5, settle: settling, duration: measuring,
		figures: []figure{cpuDelivery, latency50, latency99},
	},
	{
		name: "storm", title: "10,000 connects, 200 in flight, a session look-up each", workload: "storm",
		clients: 10_000, duration: time.Second,
		figures: []figure{connectRate, cpuConnect, connect99, lostClients},
	},
	{
		name: "slow", title: "2,000 clients of which 5 % do not read, quotes in bursts, 5 times a second", workload: "slow",
		clients: 2000, rate: 5, settle: settling, duration: measuring, flush: "10ms",
		figures: []figure{delivered, cpuDelivery, latency99, lostClients},
	},
	{
		name: "serve-portfolio", title: "tradewind serve: portfolios of 2,000 users, 5 times a second", workload: "portfolio",
		clients: 2000, settle: settling, duration: measuring, reps: 3, peers: []string{application},
		figures: []figure{delivered, cpuDelivery, latency50, latency99},
	},
	{
		name: "serve-storm", title: "tradewind serve: 10,000 connects of 2,000 users, 200 in flight", workload: "storm",
		clients: 10_000, users: 2000, duration: time.Second, reps: 3, peers: []string{application},
		figures: []figure{connectRate, cpuConnect, connect99, lostClients},
	},
	{
		name: "serve-trades", title: "tradewind serve: 500 orders a second, 2,000 users listening", workload: "trades",
		clients: 2000, settle: settling, duration: measuring, reps: 3, peers: []string{application},
		args:    []string{"--orders-per-second", "500"},
		figures: []figure{trade50, trade99, lostClients},
	},
	{
		name: "serve-slow", title: "tradewind serve: 2,000 clients of which 5 % do not read", workload: "slow",
		clients: 2000, settle: settling, duration: measuring, reps: 3, peers: []string{application},
		figures: []figure{delivered, cpuDelivery, latency99, lostClients},
	},
}

// accounts is how many users tradewind serve needs.
func (c benchCase) accounts() int {
	if c.users > 0 {
		return min(c.users, c.clients)
	}
	return c.clients
}

// ratesFor is what a server is asked for, one run each.
func (c benchCase) ratesFor(peer string) []float64 {
	if c.rates == nil {
		return []float64{c.rate}
	}
	if rates, ok := c.rates[peer]; ok {
		return rates
	}
	return c.rates[""]
}

func (c benchCase) symbolCount() int  { return cmp.Or(c.symbols, symbols) }
func (c benchCase) watchedCount() int { return cmp.Or(c.watched, watched) }

// asked is how many deliveries a second a rate means.
func (c benchCase) asked(rate float64) float64 {
	each := 1 // broadcast and unicast
	if c.workload == "quotes" || c.workload == "slow" {
		each = c.watchedCount()
	}
	return rate * float64(c.clients*each)
}

// repsOf bounds the repetitions that were asked for.
func (c benchCase) repsOf(asked int) int {
	if c.reps > 0 {
		return min(c.reps, asked)
	}
	return asked
}

// connectsPerSecond is how fast clients join, for the estimate.
const connectsPerSecond = 2500

// estimate is how long one run takes about, with start and end of the server.
func (c benchCase) estimate() time.Duration {
	return 2*time.Second + joining(c.clients) + c.settle + c.duration
}

// joining is how long so many clients take about to connect.
func joining(clients int) time.Duration {
	return time.Duration(float64(clients) / connectsPerSecond * float64(time.Second))
}
