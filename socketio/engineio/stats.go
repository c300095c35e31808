package engineio

import "sync/atomic"

// Stats are counters since the start and gauges of now, over all shards.
type Stats struct {
	Connections      int64 // open sessions
	WebSockets       int64 // of these, on WebSocket
	MessagesIn       int64
	MessagesOut      int64 // handed to the kernel or to a polling response
	LatestOut        int64 // of these, messages with a key
	Conflated        int64 // messages with a key that were replaced by a newer one
	Dropped          int64 // messages thrown away because their connection ended
	VolatileDropped  int64 // volatile messages thrown away because their connection was behind
	BytesIn          int64
	BytesOut         int64
	Writes           int64 // write calls and polling responses
	QueuedBytes      int64 // in outboxes
	ShardBacklog     int64 // tasks waiting for the shards
	ClosedByReason   map[Reason]int64
	RefusedHandshake int64 // HTTP level: errors, AllowRequest, full, draining
}

// counters belong to one shard's goroutine.
type counters struct {
	connections, webSockets, messagesIn, messagesOut, latestOut, conflated, dropped, bytesIn, bytesOut, writes, queuedBytes, volatileDropped int64
	closed                                                                                                                                   map[Reason]int64
}

// publishedCounters are the copy that others read.
type publishedCounters struct {
	values  [12]atomic.Int64
	backlog atomic.Int64
	closed  [16]atomic.Int64 // by position in Reasons
}

func (c *counters) list() [12]*int64 {
	return [12]*int64{&c.connections, &c.webSockets, &c.messagesIn, &c.messagesOut, &c.latestOut, &c.conflated,
		&c.dropped, &c.bytesIn, &c.bytesOut, &c.writes, &c.queuedBytes, &c.volatileDropped}
}

func (p *publishedCounters) publish(c *counters, backlog int) {
	for i, v := range c.list() {
		if p.values[i].Load() != *v {
			p.values[i].Store(*v)
		}
	}
	p.backlog.Store(int64(backlog))
	if len(c.closed) > 0 {
		for i, r := range Reasons() {
			p.closed[i].Add(c.closed[r])
		}
		clear(c.closed)
	}
}

func (p *publishedCounters) addTo(s *Stats) {
	var sum counters
	for i, v := range sum.list() {
		*v = p.values[i].Load()
	}
	s.Connections += sum.connections
	s.WebSockets += sum.webSockets
	s.MessagesIn += sum.messagesIn
	s.MessagesOut += sum.messagesOut
	s.LatestOut += sum.latestOut
	s.Conflated += sum.conflated
	s.Dropped += sum.dropped
	s.BytesIn += sum.bytesIn
	s.BytesOut += sum.bytesOut
	s.Writes += sum.writes
	s.QueuedBytes += sum.queuedBytes
	s.VolatileDropped += sum.volatileDropped
	s.ShardBacklog += p.backlog.Load()
	for i, r := range Reasons() {
		s.ClosedByReason[r] += p.closed[i].Load()
	}
}
