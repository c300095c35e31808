package engineio

import "time"

// Flood bounds what one connection may send. The zero value means no bound.
type Flood struct {
	PacketsPerSecond int // WebSocket frames and Engine.IO packets, pongs included
	BytesPerSecond   int
	Burst            int // how many seconds' worth may come at once; default 3
}

func (f Flood) enabled() bool { return f.PacketsPerSecond > 0 || f.BytesPerSecond > 0 }

// inflow is the pair of token buckets of one connection. It stores what has been
// used and lets it drain, so that a quiet connection's is all zero.
type inflow struct {
	packets, bytes float32
	at             time.Duration // since the shard began
}

// take counts what came in and reports whether it is within the bound.
func (in *inflow) take(f Flood, now time.Duration, packets, bytes int) bool {
	if !f.enabled() {
		return true
	}
	passed := float32((now - in.at).Seconds())
	in.at = now
	in.packets = max(in.packets-passed*float32(f.PacketsPerSecond), 0) + float32(packets)
	in.bytes = max(in.bytes-passed*float32(f.BytesPerSecond), 0) + float32(bytes)
	return (f.PacketsPerSecond == 0 || in.packets <= float32(f.PacketsPerSecond*f.Burst)) &&
		(f.BytesPerSecond == 0 || in.bytes <= float32(f.BytesPerSecond*f.Burst))
}
