package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"tradewind/socketio"
)

// socketMetrics reads the counters of the Socket.IO server when it is asked.
type socketMetrics struct {
	read func() socketio.Stats

	connections, websockets, sockets, rooms, queued, backlog *prometheus.Desc
	messagesIn, messagesOut, keyedOut, conflated, dropped    *prometheus.Desc
	bytesIn, bytesOut, writes, closed, refused               *prometheus.Desc
}

var _ prometheus.Collector = (*socketMetrics)(nil)

func newSocketMetrics(read func() socketio.Stats) *socketMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tradewind_socketio_"+name, help, labels, nil)
	}
	return &socketMetrics{
		read:        read,
		connections: desc("connections", "Open connections."),
		websockets:  desc("websockets", "Open connections on WebSocket; the others poll."),
		sockets:     desc("sockets", "Connected sockets."),
		rooms:       desc("rooms", "Rooms with members, over all shards."),
		queued:      desc("queued_bytes", "Bytes that wait in outboxes."),
		backlog:     desc("shard_backlog", "Tasks that wait for the shards."),
		messagesIn:  desc("messages_in_total", "Messages received."),
		messagesOut: desc("messages_out_total", "Messages sent, heartbeats left out."),
		keyedOut:    desc("keyed_messages_out_total", "Messages sent of which a newer one could have taken the place."),
		conflated:   desc("conflated_total", "Queued messages that a newer one took the place of."),
		dropped:     desc("dropped_total", "Messages that were thrown away because their connection ended."),
		bytesIn:     desc("in_bytes_total", "Bytes received."),
		bytesOut:    desc("out_bytes_total", "Bytes sent."),
		writes:      desc("writes_total", "Write calls and polling answers."),
		closed:      desc("closed_total", "Connections that ended, by reason.", "reason"),
		refused:     desc("refused_handshakes_total", "Handshakes refused at HTTP level."),
	}
}

// Describe implements prometheus.Collector.
func (m *socketMetrics) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, out) }

// Collect implements prometheus.Collector.
func (m *socketMetrics) Collect(out chan<- prometheus.Metric) {
	s := m.read()
	gauge := func(d *prometheus.Desc, v int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(m.connections, s.Connections)
	gauge(m.websockets, s.WebSockets)
	gauge(m.sockets, s.Sockets)
	gauge(m.rooms, s.Rooms)
	gauge(m.queued, s.QueuedBytes)
	gauge(m.backlog, s.ShardBacklog)
	counter(m.messagesIn, s.MessagesIn)
	counter(m.messagesOut, s.MessagesOut)
	counter(m.keyedOut, s.LatestOut)
	counter(m.conflated, s.Conflated)
	counter(m.dropped, s.Dropped)
	counter(m.bytesIn, s.BytesIn)
	counter(m.bytesOut, s.BytesOut)
	counter(m.writes, s.Writes)
	counter(m.refused, s.RefusedHandshake)
	for reason, n := range s.ClosedByReason {
		counter(m.closed, n, string(reason))
	}
}
