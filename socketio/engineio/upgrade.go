package engineio

import (
	"time"

	"tradewind/socketio/engineio/packet"
)

// noopEvery is how often a polling request that waits during an upgrade is
// released. Once is not enough: the client may have started another one.
const noopEvery = 100 * time.Millisecond

// startProbe takes a WebSocket that a polling client wants to upgrade to
// (Engine.IO 4, "Upgrade"). One at a time, and none after it.
func (c *Conn) startProbe(w *websocket) {
	if err := w.stream.start(); err != nil {
		w.end()
		return
	}
	if c.closed || c.poll == nil || c.probe != nil {
		w.finish(nil, ReplacedByClient)
		return
	}
	c.probe = w
	w.timer.Fire = func() { c.endProbe(TransportError) }
	c.shard.Arm(&w.timer, c.server.options.UpgradeTimeout)
}

// probePacket handles what comes on a probing WebSocket: the probe, then the upgrade. Anything else ends the probe.
func (c *Conn) probePacket(p packet.Packet) {
	switch {
	case p.Type == packet.Ping && string(p.Data) == "probe":
		c.shard.Disarm(&c.heartbeat) // a ping would make the client poll again
		c.sendOn(c.probe, textMessage(packet.Pong, "probe"))
		if c.probe != nil {
			c.releasePolling()
		}
	case p.Type == packet.Upgrade:
		c.upgrade()
	default:
		c.endProbe(TransportError)
	}
}

// releasePolling answers the waiting GET and goes on doing so until the upgrade is over.
func (c *Conn) releasePolling() {
	c.poll.noop(c)
	c.poll.timer.Fire = c.releasePolling
	c.shard.Arm(&c.poll.timer, noopEvery)
}

// upgrade makes the probing WebSocket the transport.
func (c *Conn) upgrade() {
	w, p := c.probe, c.poll
	if p.post != nil { // a client upgrades when its requests are answered; what is left of this one has no order against the WebSocket
		c.Close(TransportError)
		return
	}
	c.probe = nil
	c.shard.Disarm(&w.timer)
	c.shard.Disarm(&p.timer)
	p.noop(c)
	c.poll, c.ws = nil, w
	c.shard.local.webSockets++
	if c.paused {
		w.stream.pause()
	}
	c.rearm()
	if !c.closed {
		c.shard.mark(c)
	}
}

// endProbe gives an upgrade up; the session stays on polling.
func (c *Conn) endProbe(r Reason) {
	w := c.probe
	c.probe = nil
	c.shard.Disarm(&w.timer)
	c.shard.Disarm(&c.poll.timer)
	w.finish(nil, r)
	if !c.closed {
		c.rearm()
	}
}
