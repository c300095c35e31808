package loadtest

import (
	"sync"
	"time"
)

// Progress is how a run goes.
type Progress struct {
	Phase      string        // connecting, settling, measuring, …
	Elapsed    time.Duration // in this phase
	Clients    int           // as asked for
	Connected  int           // clients that got in
	Present    int           // of those, still connected
	Failed     int
	Deliveries float64       // a second, lately
	P50, P99   time.Duration // latency, lately
}

// Point is a part of the measured time.
type Point struct {
	Seconds    float64 `json:"seconds"` // since the beginning, at the end of the part
	Deliveries float64 `json:"deliveriesPerSecond"`
	P50        float64 `json:"p50"` // ms
	P99        float64 `json:"p99"` // ms
	Max        float64 `json:"max"` // ms
}

// How often figures are sampled: a run has at most mostPoints points.
const (
	leastStep    = 250 * time.Millisecond
	mostPoints   = 300
	progressStep = time.Second
)

// course samples the figures while a run goes on and tells how it goes. Its one
// goroutine lives from begin to stop.
type course struct {
	run  *run
	quit chan struct{}
	done chan struct{}

	mu      sync.Mutex // taken before those of figures
	phase   string
	since   time.Time // the phase began
	sampled time.Time // the last point ended
	told    time.Time // of the progress
	points  []Point
	closed  bool // the window is over
}

func (c *course) begin(r *run) {
	c.run, c.quit, c.done = r, make(chan struct{}), make(chan struct{})
	step := max(leastStep, r.o.Duration/mostPoints)
	go func() { // ends with stop
		defer close(c.done)
		ticker := time.NewTicker(step)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				c.tick()
			case <-c.quit:
				return
			}
		}
	}()
}

func (c *course) stop() {
	close(c.quit)
	<-c.done
}

// enter begins a phase.
func (c *course) enter(phase string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.since = phase, time.Now()
	c.sampled = c.since
}

func (c *course) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lately Point
	if c.run.counting.Load() {
		lately = c.sampleLocked()
	}
	if c.run.o.Progress == nil || time.Since(c.told) < progressStep-leastStep/2 {
		return
	}
	c.told = time.Now()
	connected, failed, present := c.run.tally.now()
	c.run.o.Progress(Progress{
		Phase: c.phase, Elapsed: time.Since(c.since), Clients: c.run.o.Clients, Connected: connected, Present: present, Failed: failed,
		Deliveries: lately.Deliveries, P50: fromMs(lately.P50), P99: fromMs(lately.P99),
	})
}

// closeWindow takes the last sample: what comes later is not counted.
func (c *course) closeWindow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sampleLocked()
	c.closed = true
}

// sampleLocked makes a point of what came since the last one.
func (c *course) sampleLocked() Point {
	if c.closed {
		return Point{}
	}
	now := time.Now()
	var recent histogram
	deliveries := int64(0)
	for _, f := range c.run.figures {
		deliveries += f.sample(&recent)
	}
	p := Point{Seconds: round(now.Sub(c.since).Seconds()), P50: ms(recent.quantile(0.50)), P99: ms(recent.quantile(0.99)), Max: ms(recent.max)}
	if took := now.Sub(c.sampled).Seconds(); took > 0 {
		p.Deliveries = round(float64(deliveries) / took)
	}
	c.sampled = now
	// A short rest at the end is no part to compare others with.
	if len(c.points) == 0 || p.Seconds-c.points[len(c.points)-1].Seconds > leastStep.Seconds()/2 {
		c.points = append(c.points, p)
	}
	return p
}
