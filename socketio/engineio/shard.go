package engineio

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrClosed says that the server is closed and takes nothing any more.
var ErrClosed = errors.New("engine.io server is closed")

const (
	inboxSize   = 4096
	readBuffer  = 64 << 10
	scratchSize = 64 << 10
	// maxTurn is how long a busy shard works through its inbox before it flushes.
	maxTurn = 2 * time.Millisecond
	// maxLinger is how long a closed WebSocket may take to send its last bytes and to hear the other side's end.
	maxLinger = 2 * time.Second
)

// Shard is one goroutine that owns a part of the connections: their state, their
// outboxes, their timers and all their writes. What runs on a shard needs no lock
// for what the shard owns, and must not block. The layers above keep their own
// per-shard state by Index and touch it on the shard only.
type Shard struct {
	index  int
	server *Server
	inbox  chan func()
	quit   chan struct{} // closed by stop
	done   chan struct{} // closed when run has returned

	streams sync.WaitGroup // goroutines of goroutine streams

	// Owned by the shard's goroutine from here on.
	began   time.Time
	now     time.Time // of this turn of the loop
	wheel   *wheel
	poller  *poller
	conns   []*Conn
	leaving map[*websocket]struct{} // closed, but still sending their last bytes
	dirty   []*Conn                 // have something to be sent
	later   []*Conn                 // wrote less than FlushGap ago
	laterAt time.Time
	gap     flushGap
	slow    []*Conn      // to be closed before the next flush
	unread  []*websocket // stopped reading to let others go first
	spare   spareQueues
	spared  []*Conn // memory of the dirty list
	read    []byte
	scratch []byte
	local   counters // published to stats once a turn
	stats   publishedCounters
}

func newShard(server *Server, index int) (*Shard, error) {
	now := time.Now()
	s := &Shard{
		index: index, server: server,
		inbox: make(chan func(), inboxSize), quit: make(chan struct{}), done: make(chan struct{}),
		began: now, now: now, wheel: newWheel(server.options.tick(), now),
		gap: newFlushGap(server.options), leaving: map[*websocket]struct{}{},
		read: make([]byte, readBuffer), scratch: make([]byte, 0, scratchSize),
	}
	var err error
	s.poller, err = newPoller()
	return s, err
}

// Index is the shard's number, from 0.
func (s *Shard) Index() int { return s.index }

// Done is closed when the shard has ended.
func (s *Shard) Done() <-chan struct{} { return s.done }

// Post runs task on the shard, after everything posted before by the same
// goroutine. It waits while the shard is far behind, bounded by ctx. It must not
// be called on a shard.
func (s *Shard) Post(ctx context.Context, task func()) error {
	select {
	case <-s.done: // the inbox has room, but nobody reads it any more
		return ErrClosed
	default:
	}
	select {
	case s.inbox <- task:
		return nil
	default:
	}
	select {
	case s.inbox <- task:
		return nil
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Do is Post and waits until task has run.
func (s *Shard) Do(ctx context.Context, task func()) error {
	ran := make(chan struct{})
	if err := s.Post(ctx, func() { task(); close(ran) }); err != nil {
		return err
	}
	select {
	case <-ran:
		return nil
	case <-s.done:
		select {
		case <-ran:
			return nil
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Arm sets a timer to fire on the shard after d, moving it if it was armed. To be called on the shard.
func (s *Shard) Arm(t *Timer, d time.Duration) { s.wheel.arm(t, s.now, d) }

// Disarm stops a timer. To be called on the shard.
func (s *Shard) Disarm(t *Timer) { s.wheel.disarm(t) }

// run is the shard. The poll goroutine lives inside this call.
func (s *Shard) run() {
	defer close(s.done)
	ready, polled := make(chan struct{}), make(chan struct{}, 1) // the poll goroutine may have quit before it is answered
	var polling sync.WaitGroup
	if s.poller != nil {
		polling.Go(func() { s.poll(ready, polled) })
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	turn := func() {
		s.now = time.Now()
		s.wheel.advance(s.now)
	}
	woke := func(idle time.Time) {
		turn()
		s.gap.observe(s.now.Sub(s.began), s.now.Sub(idle))
	}
	for {
		s.work(turn, ready, polled)
		s.readOn()
		s.flush()
		s.stats.publish(&s.local, len(s.inbox))
		timer.Reset(s.sleep())
		idle := time.Now()
		select {
		case task := <-s.inbox:
			woke(idle)
			task()
		case <-ready:
			woke(idle)
			s.poller.dispatch(s)
			polled <- struct{}{}
		case <-timer.C:
			woke(idle)
		case <-s.quit:
			s.end()
			polling.Wait()
			return
		}
	}
}

// work takes what is there without waiting, until there is nothing or the turn has lasted long enough.
func (s *Shard) work(turn func(), ready <-chan struct{}, polled chan<- struct{}) {
	for begin := s.now; ; {
		for range 64 {
			select {
			case task := <-s.inbox:
				task()
				continue
			case <-ready:
				s.poller.dispatch(s)
				polled <- struct{}{}
				continue
			default:
				return
			}
		}
		turn()
		if s.now.Sub(begin) > maxTurn {
			return
		}
	}
}

// poll waits for the poller and hands over to the shard, one readiness at a time.
func (s *Shard) poll(ready chan<- struct{}, polled <-chan struct{}) {
	for s.poller.wait() {
		select {
		case ready <- struct{}{}:
		case <-s.quit:
			return
		}
		select {
		case <-polled:
		case <-s.quit:
			return
		}
	}
}

// readOn reads what was put off in an earlier turn; it may be put off again.
func (s *Shard) readOn() {
	due := s.unread
	s.unread = nil
	for _, w := range due {
		w.readOn()
	}
}

// sleep is how long the shard may wait for something to happen.
func (s *Shard) sleep() time.Duration {
	d := time.Hour
	if len(s.unread) > 0 {
		return 0
	}
	if s.wheel.armed > 0 {
		d = s.wheel.tick
	}
	if len(s.later) > 0 {
		d = min(d, max(s.laterAt.Sub(s.now), 0))
	}
	return d
}

// noPlace is the place of a connection that has not started.
const noPlace = -1

// leave takes a connection out of conns; the last one moves into its place.
func (s *Shard) leave(c *Conn) {
	if c.place == noPlace {
		return
	}
	last := len(s.conns) - 1
	s.conns[c.place] = s.conns[last]
	s.conns[c.place].place = c.place
	s.conns[last] = nil
	s.conns = s.conns[:last]
}

// mark puts a connection on the list of those that have something to be sent.
func (s *Shard) mark(c *Conn) {
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

// flush sends what is due: at once on a connection that was quiet, at most every
// flushGap on a busy one, everything that has come together meanwhile in one write.
func (s *Shard) flush() {
	for i, c := range s.slow {
		s.slow[i] = nil
		c.Close(SlowConsumer)
	}
	s.slow = s.slow[:0]
	if len(s.later) > 0 && !s.now.Before(s.laterAt) {
		s.gap.late = max(s.gap.late, s.now.Sub(s.laterAt))
		due := s.later
		s.later = nil
		for i, c := range due {
			due[i] = nil
			c.dirty = false
			c.flush()
		}
		s.later = due[:0]
	}
	if len(s.dirty) == 0 {
		return
	}
	due := s.dirty
	s.dirty = s.spared
	since := s.now.Sub(s.began)
	for i, c := range due {
		due[i] = nil
		if since-c.flushedAt >= s.gap.now {
			c.dirty = false
			c.flush()
			continue
		}
		if len(s.later) == 0 {
			s.laterAt = s.now.Add(s.gap.now)
		}
		s.later = append(s.later, c)
	}
	s.spared = due[:0]
}

// stop ends the shard: connections close, the last bytes get a moment, then run returns.
func (s *Shard) stop() {
	close(s.quit)
	<-s.done
	s.streams.Wait()
}

func (s *Shard) end() {
	// Whoever waits in Post is let in or let go; tasks already here still run, so that nobody waits for ever for what they would have done.
	// One of them may start a connection.
	for more := true; more; {
		s.closeSome(len(s.conns), ServerShutdown)
		select {
		case task := <-s.inbox:
			task()
		default:
			more = false
		}
	}
	for w := range s.leaving {
		w.stream.close()
	}
	if s.poller != nil {
		s.poller.close()
	}
	s.local.connections = 0
	s.stats.publish(&s.local, 0)
}
