package adapter

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// LogOptions configure recovery in memory. The zero value of each field means its default.
type LogOptions struct {
	// MaxDisconnection is how long a session waits for its client. Default 2 min.
	MaxDisconnection time.Duration
	// NoticeAfter is how long a broken connection may go unnoticed, the interval and
	// the timeout of the heartbeat: events of that time may be missed too. Default 45 s.
	NoticeAfter time.Duration
	// MaxBytes bounds the events kept for one namespace; beyond it the oldest go, and
	// with them the recovery of clients that missed them. Default 16 MiB.
	MaxBytes int
	// MaxSessions bounds the sessions kept for one namespace; beyond it the oldest go. Default 100,000.
	MaxSessions int
}

func (o LogOptions) withDefaults() LogOptions {
	if o.MaxDisconnection <= 0 {
		o.MaxDisconnection = 2 * time.Minute
	}
	if o.NoticeAfter <= 0 {
		o.NoticeAfter = 45 * time.Second
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 16 << 20
	}
	if o.MaxSessions <= 0 {
		o.MaxSessions = 100_000
	}
	return o
}

// log is the newest events of one namespace and the sessions that wait. Positions
// count from 1. An offset is a position behind the name of the log, so that one
// of another log, of before a restart say, is not mistaken for one of this.
//
// Nothing goes because it is old while a session could still ask for it. What
// goes before that, for its size, is remembered in lost: sessions that would need
// it are not recovered, the others are.
type log struct {
	options LogOptions
	name    string

	mu      sync.Mutex
	entries []entry // by position
	head    int     // entries[:head] are gone
	holes   int     // entries behind head that a newer value of their key has replaced
	bytes   int
	last    uint64
	lost    uint64 // the newest position that went before its time
	latest  map[string]uint64

	saves    uint64
	sessions map[string]saved // by PID
	queue    []saved          // by time saved, oldest first; holds some that were taken already
}

// saved is a session, and the number of its saving: it may be taken and saved again.
type saved struct {
	*Session
	number uint64
}

type entry struct {
	at        time.Time
	position  uint64
	broadcast *Broadcast // nil: replaced
	key       string     // in latest
}

const (
	// overhead is what an entry costs beside its payload and its names.
	overhead = 200
	// perName is what the name of a room costs beside its text.
	perName = 16
	// minGarbage is from how many entries on that are gone compacting is worth while.
	minGarbage = 64
)

func newLog(o LogOptions) *log {
	return &log{options: o, name: rand.Text()[:6], latest: map[string]uint64{}, sessions: map[string]saved{}}
}

func (l *log) offset(position uint64) string {
	if position == 0 {
		return ""
	}
	return l.name + "." + strconv.FormatUint(position, 36)
}

// position is that of an offset, or false if it is none of this log.
func (l *log) position(offset string) (uint64, bool) {
	name, digits, _ := strings.Cut(offset, ".")
	position, err := strconv.ParseUint(digits, 36, 64)
	return position, err == nil && name == l.name && position <= l.last
}

// at is the position of an offset that this log has made.
func (l *log) at(offset string) uint64 {
	position, _ := l.position(offset)
	return position
}

// newest is the offset of the newest event.
func (l *log) newest() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.offset(l.last)
}

// append adds b and returns it with its offset. The oldest go where they must.
func (l *log) append(b *Broadcast) *Broadcast {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.last++
	logged := *b
	logged.Offset = l.offset(l.last)
	if cap(b.Data)-len(b.Data) > overhead { // room that its encoder left, and that size does not count
		logged.Data = bytes.Clone(b.Data)
	}
	e := entry{at: now, position: l.last, broadcast: &logged}
	if b.Key != "" {
		e.key = keyOf(b)
		if old, ok := l.latest[e.key]; ok {
			l.replace(old)
		}
		l.latest[e.key] = l.last
	}
	l.entries = append(l.entries, e)
	l.bytes += size(&logged)
	l.trim(now)
	return &logged
}

// keyOf tells values apart that have the same key but go to others.
func keyOf(b *Broadcast) string {
	var key strings.Builder
	for _, part := range [][]Room{{Room(b.Key)}, b.Rooms, b.Except} {
		for _, room := range part {
			key.WriteString(strconv.Itoa(len(room)))
			key.WriteByte(' ')
			key.WriteString(string(room))
		}
		key.WriteByte('|')
	}
	return key.String()
}

// size is what an event costs in memory.
func size(b *Broadcast) int {
	n := overhead + len(b.Data)
	for _, a := range b.Attachments {
		n += len(a)
	}
	names := len(b.Key)
	for _, r := range b.Rooms {
		names += perName + len(r)
	}
	for _, r := range b.Except {
		names += perName + len(r)
	}
	if b.Key != "" { // which holds them once more in latest
		names *= 2
	}
	return n + names
}

// replace empties the entry of an older value.
func (l *log) replace(position uint64) {
	i := l.search(position)
	if i == len(l.entries) || l.entries[i].position != position {
		return
	}
	l.bytes -= size(l.entries[i].broadcast)
	l.entries[i].broadcast = nil
	l.holes++
}

// search is the index of the first entry from position on.
func (l *log) search(position uint64) int {
	i, _ := slices.BinarySearchFunc(l.entries[l.head:], position, func(e entry, p uint64) int {
		switch {
		case e.position < p:
			return -1
		case e.position > p:
			return 1
		}
		return 0
	})
	return l.head + i
}

// trim lets go of what is too old or too much.
func (l *log) trim(now time.Time) {
	keep := l.options.MaxDisconnection + l.options.NoticeAfter
	for l.head < len(l.entries) {
		e := &l.entries[l.head]
		old := now.Sub(e.at) > keep
		if !old && l.bytes <= l.options.MaxBytes {
			break
		}
		if e.broadcast == nil {
			l.holes--
		} else {
			if !old {
				l.lost = e.position
			}
			l.bytes -= size(e.broadcast)
			if e.key != "" {
				delete(l.latest, e.key)
			}
		}
		*e = entry{}
		l.head++
	}
	if garbage := l.head + l.holes; garbage > minGarbage && garbage > len(l.entries)/2 {
		l.compact()
	}
}

// compact gives the memory of what is gone back.
func (l *log) compact() {
	kept := make([]entry, 0, 2*(len(l.entries)-l.head-l.holes))
	for _, e := range l.entries[l.head:] {
		if e.broadcast != nil {
			kept = append(kept, e)
		}
	}
	l.entries, l.head, l.holes = kept, 0, 0
}
