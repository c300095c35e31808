package adapter

import (
	"fmt"
	"testing"
)

// What one more event costs when the log is full, so that an older one goes.
func BenchmarkLogAppend(b *testing.B) {
	for _, keys := range []int{0, 1, 1000} {
		b.Run(fmt.Sprintf("%d keys", keys), func(b *testing.B) {
			l := newLog(LogOptions{MaxBytes: 1 << 20}.withDefaults())
			events := make([]Broadcast, max(keys, 1))
			for i := range events {
				events[i] = Broadcast{Payload: Payload{Data: data(100)}, Selection: Selection{Rooms: []Room{"room"}}}
				if keys > 0 {
					events[i].Key = fmt.Sprint("key", i)
				}
			}
			for i := range 10_000 {
				l.append(&events[i%len(events)])
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				l.append(&events[i%len(events)])
				i++
			}
		})
	}
}

// What it costs that a session is saved, taken and told what it missed, of as many
// events of which one in ten was for it.
func BenchmarkLogRestore(b *testing.B) {
	for _, events := range []int{0, 100, 10_000} {
		b.Run(fmt.Sprintf("%d events", events), func(b *testing.B) {
			l := newLog(LogOptions{}.withDefaults())
			for i := range events {
				l.append(&Broadcast{Payload: Payload{Data: data(100)}, Selection: Selection{Rooms: []Room{Room(fmt.Sprint("room", i%10))}}})
			}
			s := &Session{PID: "pid", ID: "id", Rooms: []JoinedRoom{{Room: "room0"}, {Room: "elsewhere"}}}
			b.ReportAllocs()
			for b.Loop() {
				l.save(s)
				missed, err := l.missed(l.take("pid", ""), "", 1<<30)
				if err != nil || len(missed) != events/10 {
					b.Fatalf("%d events, %v", len(missed), err)
				}
			}
		})
	}
}

// What an adapter adds to a broadcast on one node.
func BenchmarkBroadcast(b *testing.B) {
	for _, c := range []struct {
		name    string
		factory Factory
	}{
		{"alone", Memory},
		{"bus without log", NewBus(BusOptions{}).Join},
		{"bus with log", NewBus(BusOptions{Recovery: &LogOptions{}}).Join},
	} {
		b.Run(c.name, func(b *testing.B) {
			a, err := c.factory("/", quiet{})
			if err != nil {
				b.Fatal(err)
			}
			defer a.Close()
			event := &Broadcast{Payload: Payload{Data: data(100)}}
			b.ReportAllocs()
			for b.Loop() {
				if err := a.Broadcast(b.Context(), event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
