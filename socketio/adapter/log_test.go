package adapter

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// Whatever is appended, saved and taken, at whatever time: the log keeps, replays and
// loses what the model does, and is never larger than it may be.
func TestLogBehavesLikeItsModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // time goes by when the test sleeps, and only then
		rapid.Check(bubbled{t}, logBehavesLikeItsModel)
	})
}

// bubbled keeps rapid from asking for a deadline, which is not there in a bubble.
type bubbled struct{ *testing.T }

// pair is a log and its model.
type pair struct {
	*rapid.T
	log   *log
	model *model
	odd   []string // offsets that are none
}

var (
	modelRooms = []Room{"r0", "r1", "r2", "me", "other"}
	modelPIDs  = []string{"p0", "p1", "p2", "p3", "p4", "p5"}
)

const me = "me"

func logBehavesLikeItsModel(t *rapid.T) {
	o := LogOptions{
		MaxDisconnection: time.Minute, NoticeAfter: 10 * time.Second,
		MaxBytes:    rapid.SampledFrom([]int{1, 1000, 5000, 40_000}).Draw(t, "bytes"),
		MaxSessions: rapid.IntRange(1, 4).Draw(t, "sessions"),
	}
	p := &pair{log: newLog(o), model: &model{options: o}}
	foreign := newLog(o)
	p.odd = []string{"", "odd", foreign.append(&Broadcast{}).Offset, p.log.name, p.log.name + ".", p.log.name + ".zzzzzz", p.log.name + ".-1"}
	t.Repeat(map[string]func(*rapid.T){
		"append": func(t *rapid.T) { p.T = t; p.append() },
		"sleep":  func(t *rapid.T) { time.Sleep(time.Duration(rapid.IntRange(1, 40).Draw(t, "seconds")) * time.Second) },
		"save":   func(t *rapid.T) { p.T = t; p.save() },
		"take":   func(t *rapid.T) { p.T = t; p.take(false) },
		"return": func(t *rapid.T) { p.T = t; p.take(true) },
		"missed": func(t *rapid.T) { p.T = t; p.missed() },
		"":       func(t *rapid.T) { p.T = t; p.check() },
	})
}

// append adds some alike, so that what is gone becomes worth compacting.
func (p *pair) append() {
	rooms := rapid.SliceOfN(rapid.SampledFrom(modelRooms), 0, 2)
	b := Broadcast{
		Payload:   Payload{Data: data(rapid.IntRange(0, 500).Draw(p.T, "size"))},
		Selection: Selection{Rooms: rooms.Draw(p.T, "rooms"), Except: rooms.Draw(p.T, "except")},
		Key:       rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(p.T, "key"),
	}
	if rapid.Bool().Draw(p.T, "binary") {
		b.Attachments = [][]byte{data(100), nil}
	}
	for range rapid.SampledFrom([]int{1, 1, 2, 50}).Draw(p.T, "times") {
		sent := b
		logged := p.log.append(&sent)
		p.model.append(&sent, time.Now())
		if sent.Offset != "" || logged.Offset != p.log.offset(p.model.last) || p.log.newest() != logged.Offset {
			p.Fatalf("offset %q of event %d, newest is %q", logged.Offset, p.model.last, p.log.newest())
		}
	}
}

// position draws one that there was, or 0.
func (p *pair) position(label string) uint64 {
	oldest := p.model.last - min(p.model.last, 20)
	if rapid.Bool().Draw(p.T, label+" is none") {
		return 0
	}
	return rapid.Uint64Range(oldest, p.model.last).Draw(p.T, label)
}

// session draws one, and an offset that its client comes back with.
func (p *pair) session() (*Session, interest, string) {
	i := interest{since: p.position("since"), sent: p.position("sent"), left: p.position("left"), seen: p.position("seen"), rooms: map[Room]uint64{}}
	s := &Session{
		PID: rapid.SampledFrom(modelPIDs).Draw(p.T, "pid"), ID: me,
		Since: p.log.offset(i.since), Sent: p.log.offset(i.sent), Left: p.log.offset(i.left),
	}
	for _, r := range modelRooms[:3] {
		if rapid.Bool().Draw(p.T, "in "+string(r)) {
			i.rooms[r] = p.position("joined")
			s.Rooms = append(s.Rooms, JoinedRoom{r, p.log.offset(i.rooms[r])})
		}
	}
	offset := p.log.offset(i.seen)
	if i.seen == 0 {
		offset = rapid.SampledFrom(p.odd).Draw(p.T, "odd offset")
	}
	return s, i, offset
}

func (p *pair) save() {
	s, _, _ := p.session()
	if rapid.Bool().Draw(p.T, "again") { // with the time that is left
		s.Until = time.Now().Add(time.Duration(rapid.IntRange(-10, 60).Draw(p.T, "seconds left")) * time.Second)
	}
	again := *s
	p.log.save(s)
	p.model.save(&again, time.Now())
	if !s.Until.Equal(again.Until) {
		p.Fatalf("is given up at %v, want %v", s.Until, again.Until)
	}
}

// take takes a session, and gives it back when it is to be taken again.
func (p *pair) take(again bool) {
	pid := rapid.SampledFrom(modelPIDs).Draw(p.T, "pid")
	seen := p.position("seen")
	var needs uint64
	if i := slices.IndexFunc(p.model.sessions, func(s *Session) bool { return s.PID == pid }); i >= 0 {
		s := p.model.sessions[i]
		needs = interest{since: p.log.at(s.Since), sent: p.log.at(s.Sent), left: p.log.at(s.Left), seen: seen}.needs()
	}
	got, want := p.log.take(pid, p.log.offset(seen)), p.model.take(pid, needs, time.Now())
	if (got == nil) != (want == nil) || got != nil && (got.PID != want.PID || got.Since != want.Since || !got.Until.Equal(want.Until)) {
		p.Fatalf("session %s is %+v, want %+v", pid, got, want)
	}
	if again && got != nil {
		p.log.save(got)
		p.model.save(want, time.Now())
	}
}

func (p *pair) missed() {
	s, i, offset := p.session()
	maxBytes := rapid.SampledFrom([]int{0, 600, 3000, 1 << 30}).Draw(p.T, "most")
	got, err := p.log.missed(s, offset, maxBytes)
	want, lost := p.model.missed(i, me, maxBytes)
	if lost {
		if !errors.Is(err, ErrLost) || got != nil {
			p.Fatalf("missed %d events, %v, want ErrLost", len(got), err)
		}
		return
	}
	var positions []uint64
	for _, b := range got {
		positions = append(positions, p.log.at(b.Offset))
	}
	if err != nil || !slices.Equal(positions, want) {
		p.Fatalf("%+v behind %q missed %v, %v, want %v", s, offset, positions, err, want)
	}
}

// check holds the log to its bounds.
func (p *pair) check() {
	if p.log == nil {
		return
	}
	l, m := p.log, p.model
	live := len(m.kept)
	switch {
	case l.bytes != m.bytes() || l.bytes > max(0, l.options.MaxBytes):
		p.Fatalf("%d bytes, want %d of at most %d", l.bytes, m.bytes(), l.options.MaxBytes)
	case len(l.entries)-l.head-l.holes != live:
		p.Fatalf("%d entries less %d at the head less %d holes, want %d", len(l.entries), l.head, l.holes, live)
	case len(l.entries) > max(live+minGarbage, 2*live):
		p.Fatalf("%d entries, of which %d are kept", len(l.entries), live)
	case len(l.latest) != m.keys():
		p.Fatalf("%d newest values, want %d", len(l.latest), m.keys())
	case l.lost != m.lost || l.last != m.last:
		p.Fatalf("%d of %d are lost, want %d of %d", l.lost, l.last, m.lost, m.last)
	case len(l.sessions) != len(m.sessions) || len(l.sessions) > l.options.MaxSessions:
		p.Fatalf("%d sessions, want %d of at most %d", len(l.sessions), len(m.sessions), l.options.MaxSessions)
	case len(l.queue) > max(minGarbage, 2*len(l.sessions))+1:
		p.Fatalf("%d sessions in the queue, of which %d wait", len(l.queue), len(l.sessions))
	}
}

// A session may be asked for until its time is over, and what was sent while its
// broken connection was not noticed is there until then.
func TestLogKeepsSessionsAndEventsForTheirTime(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		found bool
	}{
		"at the last moment":   {2 * time.Minute, true},
		"one instant too late": {2*time.Minute + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLog(LogOptions{}.withDefaults())
				l.append(&Broadcast{Payload: Payload{Data: []byte(`["e"]`)}}) // and the connection breaks
				time.Sleep(45 * time.Second)                                  // until that is noticed
				l.save(&Session{PID: "pid", ID: me})
				time.Sleep(c.after)
				l.append(&Broadcast{})
				s := l.take("pid", "")
				if (s != nil) != c.found {
					t.Fatalf("the session is %+v", s)
				}
				if s == nil {
					return
				}
				if missed, err := l.missed(s, "", 1<<20); err != nil || len(missed) != 2 {
					t.Errorf("missed %d events, %v", len(missed), err)
				}
			})
		})
	}
}

// A session that is older than all that is kept, and missed nothing of it, is not lost.
func TestLogLosesNothingOfAQuietTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog(LogOptions{}.withDefaults())
		for range 1000 {
			l.append(&Broadcast{Payload: Payload{Data: data(100)}})
		}
		newest := l.newest()
		time.Sleep(24 * time.Hour)
		l.save(&Session{PID: "pid", ID: me, Sent: newest, Left: newest})
		if l.bytes != 0 {
			t.Errorf("%d bytes of yesterday are kept", l.bytes)
		}
		if s := l.take("pid", newest); s == nil {
			t.Error("the session is lost")
		}
	})
}

// The rooms of events and the sessions that were taken count, too: their memory has a bound.
func TestLogCountsNamesAndForgetsWhoCameBack(t *testing.T) {
	l := newLog(LogOptions{MaxBytes: 100_000, MaxSessions: 10}.withDefaults())
	rooms := make([]Room, 1000)
	for i := range rooms {
		rooms[i] = Room(data(i % 100))
	}
	for range 10 {
		l.append(&Broadcast{Selection: Selection{Except: rooms}})
	}
	if kept := len(l.entries) - l.head; kept > 1 {
		t.Errorf("%d events with %d long names are kept in 100 kB", kept, len(rooms))
	}
	l.save(&Session{PID: "waits", ID: me})
	for range 10_000 {
		l.save(&Session{PID: "new", ID: me})
		l.take("new", "")
	}
	l.save(&Session{PID: "returned", ID: me, Since: l.newest()})
	for range 10_000 { // by one who is not let in, say, and tries again
		l.save(l.take("returned", ""))
	}
	l.take("returned", "")
	if len(l.queue) > minGarbage+1 || len(l.sessions) != 1 {
		t.Errorf("%d sessions in the queue, of which %d wait", len(l.queue), len(l.sessions))
	}
}

// What an encoder left room for is not kept: the log's bound counts the bytes that there are.
func TestLogKeepsNoRoomBehindPayloads(t *testing.T) {
	l := newLog(LogOptions{MaxDisconnection: time.Minute, NoticeAfter: time.Second, MaxBytes: 1 << 20, MaxSessions: 1})
	for _, room := range []int{0, overhead, 4 << 10} {
		data := append(make([]byte, 0, len(`["e"]`)+room), `["e"]`...)
		logged := l.append(&Broadcast{Payload: Payload{Data: data}})
		if string(logged.Data) != `["e"]` || cap(logged.Data)-len(logged.Data) > overhead {
			t.Errorf("with room for %d more: %q with room for %d", room, logged.Data, cap(logged.Data))
		}
	}
}
