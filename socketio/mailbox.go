package socketio

import (
	"context"
	"sync"
	"time"

	"tradewind/socketio/packet"
)

// maxQueuedBytes bounds the payloads that wait for one socket's handlers, beside Options.HandlerQueue.
const maxQueuedBytes = 256 << 10

// mailbox is what waits for a socket's handlers. A goroutine works through it
// while there is something and ends when there is nothing: an idle socket has none.
type mailbox struct {
	box     sync.Mutex
	queue   []job
	bytes   int
	running bool
	full    bool // relief is due when half of it is done

	choking bool // this socket keeps its connection from being read; owned by the shard
	passed  bool // all middlewares; owned by the mailbox's goroutine
}

// job is one thing to do for a socket: an event to handle, or a step of its life.
type job struct {
	event *Event
	run   func(ctx context.Context)
	size  int
}

// receive queues an event of the client. On the shard.
func (s *Socket) receive(ackID int64, data []byte, sent *binary) {
	name, rest, _ := packet.EventName(data)
	s.enqueue(job{event: &Event{Name: name, Args: Args{rest, sent}, socket: s, ackID: ackID}, size: len(data)})
}

// enqueue adds a job and, when the handlers are too far behind, stops reading the connection. On the shard.
func (s *Socket) enqueue(j job) {
	s.box.Lock()
	s.queue = append(s.queue, j)
	s.bytes += j.size
	if !s.running {
		s.running = true
		s.ns.server.running.Go(s.work) // the server's; ends when the queue is empty
	}
	s.full = s.full || len(s.queue) >= s.ns.server.options.HandlerQueue || s.bytes >= maxQueuedBytes
	full := s.full
	s.box.Unlock()
	if full && !s.choking && !s.ended {
		s.choking = true
		s.client.choke()
	}
}

// close adds the last job. What came before it is still handled.
func (s *Socket) close(last job) { s.enqueue(last) }

// work does the jobs in order until there are none.
func (s *Socket) work() {
	ctx := s.Context()
	for {
		s.box.Lock()
		if len(s.queue) == 0 {
			s.queue, s.running = nil, false
			s.box.Unlock()
			return
		}
		j := s.queue[0]
		s.queue[0] = job{}
		s.queue = s.queue[1:]
		s.bytes -= j.size
		relief := s.full && len(s.queue) <= s.ns.server.options.HandlerQueue/2 && s.bytes <= maxQueuedBytes/2
		if relief {
			s.full = false
		}
		s.box.Unlock()
		if relief {
			_ = s.post(context.Background(), s.relieve) // fails only when there is no connection left to read
		}
		if j.event != nil {
			s.handle(ctx, j.event)
		} else {
			j.run(ctx)
		}
	}
}

func (s *Socket) relieve() {
	if s.choking {
		s.choking = false
		s.client.unchoke()
	}
}

// handle gives an event to its handler.
func (s *Socket) handle(ctx context.Context, ev *Event) {
	for _, f := range s.ns.onAny {
		s.run(func() { f(ctx, s, ev) })
	}
	h := s.ns.events[ev.Name]
	observe := s.ns.server.options.Metrics.Handled
	var begin time.Time
	if observe != nil {
		begin = time.Now()
	}
	err := s.guard(func() error {
		for _, middleware := range s.ns.eventMiddlewares {
			if err := middleware(ctx, s, ev); err != nil {
				return err
			}
		}
		switch {
		case h != nil:
			return h(ctx, s, ev)
		case s.ns.onUnknown != nil:
			s.ns.onUnknown(ctx, s, ev)
		}
		return nil
	})
	if observe != nil {
		name := ev.Name
		if h == nil {
			name = ""
		}
		s.run(func() { observe(s, name, time.Since(begin), err) })
	}
	if err != nil {
		s.run(func() { s.ns.onError(ctx, s, ev, err) })
	}
}
