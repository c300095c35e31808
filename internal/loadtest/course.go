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

// How often figures are sampled, told, and made into points.
const (
	sampleStep   = 250 * time.Millisecond
	progressStep = time.Second
	mostPoints   = 300 // of a run: a longer one has longer parts
)

// course samples the figures while a run goes on and tells how it goes. Its one
// goroutine lives from begin to stop.
type course struct {
	run  *run
	quit chan struct{}
	done chan struct{}

	mu     sync.Mutex // taken before those of figures
	phase  string
	since  time.Time // the phase began
	part   stretch   // of the next point
	lately stretch   // of the next progress
	points []Point
	closed bool // the measuring is over
}

// stretch is what came in some time.
type stretch struct {
	start      time.Time
	latency    histogram
	deliveries int64
}

func (s *stretch) add(latency *histogram, deliveries int64) {
	s.latency.merge(latency)
	s.deliveries += deliveries
}

// next begins the next stretch, and returns the point of this one without its time.
func (s *stretch) next(now time.Time) Point {
	p := Point{P50: ms(s.latency.quantile(0.50)), P99: ms(s.latency.quantile(0.99)), Max: ms(s.latency.max)}
	if took := now.Sub(s.start).Seconds(); took > 0 {
		p.Deliveries = round(float64(s.deliveries) / took)
	}
	s.start, s.deliveries = now, 0
	s.latency.reset()
	return p
}

func (c *course) begin(r *run) {
	c.run, c.quit, c.done = r, make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(c.done)
		ticker := time.NewTicker(sampleStep)
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
	c.part.next(c.since)
	c.lately.next(c.since)
}

func (c *course) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.run.counting.Load() {
		c.sampleLocked()
		if now.Sub(c.part.start) >= max(sampleStep, c.run.o.Duration/mostPoints)-sampleStep/2 {
			c.pointLocked(now)
		}
	}
	if now.Sub(c.lately.start) < progressStep-sampleStep/2 {
		return
	}
	lately := c.lately.next(now)
	if c.run.o.Progress == nil {
		return
	}
	connected, failed, present := c.run.tally.now()
	c.run.o.Progress(Progress{
		Phase: c.phase, Elapsed: now.Sub(c.since), Clients: c.run.o.Clients, Connected: connected, Present: present, Failed: failed,
		Deliveries: lately.Deliveries, P50: fromMs(lately.P50), P99: fromMs(lately.P99),
	})
}

// closeWindow takes the last sample: what comes later is not counted.
func (c *course) closeWindow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sampleLocked()
	// A short rest at the end is no part to compare others with.
	if now := time.Now(); len(c.points) == 0 || now.Sub(c.part.start) > sampleStep/2 {
		c.pointLocked(now)
	}
	c.closed = true
}

// sampleLocked takes what came since the last sample out of the figures.
func (c *course) sampleLocked() {
	if c.closed {
		return
	}
	var recent histogram
	deliveries := int64(0)
	for _, f := range c.run.figures {
		deliveries += f.sample(&recent)
	}
	c.part.add(&recent, deliveries)
	c.lately.add(&recent, deliveries)
}

func (c *course) pointLocked(now time.Time) {
	p := c.part.next(now)
	p.Seconds = round(now.Sub(c.since).Seconds())
	c.points = append(c.points, p)
}
