package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// curve is how costs grow with one thing while all others stay as they are. Each
// point is a case.
type curve struct {
	name   string
	title  string // what stays as it is
	column string // what grows
	points []int
	at     func(n int) benchCase // workload and parameters
	more   []figure              // beside growthFigures
}

// growthFigures are of every point.
var growthFigures = []figure{cpuDelivery, latency99}

const (
	growthReps    = 3      // at most
	growthRate    = 20_000 // deliveries a second of all clients, where they stay the same
	growthClients = 2000
)

var curves = []curve{
	{
		name: "clients", column: "clients",
		title:  "single quotes: 100 a second to 200 clients each, whatever the number of clients",
		points: []int{1000, 2000, 5000, 10_000, 15_000, 19_000}, at: clientsPoint,
		more: []figure{memory},
	},
	{
		name: "symbols", column: "symbols a client",
		title:  "quotes in bursts: 100 symbols twice a second, 1,000 clients",
		points: []int{1, 2, 5, 10, 20, 50, 100}, at: symbolsPoint,
	},
	{
		name: "size", column: "bytes",
		title:  "one room of 1,000 clients, 10 events a second",
		points: []int{50, 200, 1000, 3000, 10_000}, at: sizePoint,
	},
	{
		name: "rooms", column: "rooms",
		title:  "single quotes to random rooms, 2,000 clients, 20,000 deliveries a second",
		points: []int{1, 10, 100, 1000, 10_000, 100_000}, at: roomsPoint,
	},
}

// clientsPoint has as many more symbols as it has clients, so that neither the
// quotes a second nor the clients of a symbol grow with them.
func clientsPoint(n int) benchCase {
	const each = 200 // clients of a symbol
	trim := joining(n) + time.Second
	return benchCase{
		workload: "quotes", spread: true, clients: n, symbols: n * watched / each, watched: watched,
		rate: growthRate / float64(n*watched),
		// Memory is read at the end, without what connecting left behind. A server
		// that connects faster than expected is trimmed before it is measured, too;
		// one that connects more slowly too early.
		trim: trim, settle: trim + time.Second,
	}
}

// symbolsPoint publishes twice a second: with fewer events, CPU time in steps of
// 10 ms says nothing of a single symbol.
func symbolsPoint(n int) benchCase {
	return benchCase{workload: "quotes", clients: 1000, rate: 2, symbols: symbols, watched: n, flush: "10ms"}
}

func sizePoint(n int) benchCase {
	return benchCase{workload: "broadcast", clients: 1000, rate: 10, size: n}
}

// roomsPoint has a symbol for each room. Up to 1,000 every client is in one, and
// rooms get smaller; beyond, two clients are in each, and clients in more of them.
func roomsPoint(n int) benchCase {
	const two = growthClients / 2
	rooms := max(1, n/two) // of one client
	return benchCase{
		workload: "quotes", spread: true, clients: growthClients, symbols: n, watched: rooms,
		rate:  growthRate / float64(growthClients*rooms),
		title: fmt.Sprintf("%s, %s clients in each", thousands(n), thousands(growthClients*rooms/n)),
	}
}

// thousands is a whole number with commas.
func thousands(n int) string { return grouped(strconv.Itoa(n)) }

// cases are the points of a curve.
func (c curve) cases() []benchCase {
	var list []benchCase
	for _, n := range c.points {
		p := c.at(n)
		p.name = fmt.Sprintf("growth-%s-%d", c.name, n)
		if p.title == "" {
			p.title = thousands(n)
		}
		if p.settle == 0 {
			p.settle = settling
		}
		p.duration = measuring
		p.figures = slices.Concat(growthFigures, c.more)
		list = append(list, p)
	}
	return list
}

// chooseGrowth picks curves, and of the servers of the bench ours and the floor
// when no others are named.
func (b *bench) chooseGrowth(o options) (err error) {
	if o.growth == "all" {
		o.growth = ""
	}
	if b.curves, err = choose("curve", o.growth, curves, func(c curve) string { return c.name }); err != nil {
		return err
	}
	for _, c := range b.curves {
		b.cases = append(b.cases, c.cases()...)
	}
	b.reps = min(b.reps, growthReps)
	if o.peers == "" {
		o.peers = own + "," + floor
	}
	playing := slices.DeleteFunc(slices.Clone(peers), func(p peer) bool { return p.name == application })
	b.peers, err = choose("server", o.peers, playing, peerName)
	return err
}
