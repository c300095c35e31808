package loadtest

import "time"

// What tests outside the package open.
var (
	CutFrame    = cutFrame
	AppendFrame = appendFrame
	StampOf     = stampOf
	RoundUp     = roundUp
	BucketOf    = bucketOf
	BucketStart = bucketStart
)

type (
	Histogram = histogram
	Clock     = clock
)

func (h *histogram) Add(d time.Duration)              { h.add(d) }
func (h *histogram) Merge(o *histogram)               { h.merge(o) }
func (h *histogram) Quantile(q float64) time.Duration { return h.quantile(q) }
func (f frame) Payload() []byte                       { return f.payload }
func (c *clock) Ask(now int64)                        { c.ask(now) }
func (c *clock) Answer(server, now int64)             { c.answer(server, now) }
func (c *clock) Skew() time.Duration                  { return c.skew() }
