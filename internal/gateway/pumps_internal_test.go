package gateway

import (
	"slices"
	"sync"
	"testing"
)

func TestPumps_EntriesFirst_ThenWhoWaitsLongest(t *testing.T) {
	tasks := newTasks()
	var mu sync.Mutex
	var order []*stream
	hold, holding := make(chan struct{}), make(chan struct{})
	blocker := &stream{}
	p := &pumps{tasks: tasks, most: 1, empty: func(s *stream) {
		if s == blocker {
			close(holding)
			<-hold
			return
		}
		mu.Lock()
		defer mu.Unlock()
		order = append(order, s)
	}}
	p.add(blocker, false)
	<-holding // the only goroutine is busy: what is added now is ordered by the queues alone
	value, other, entry := &stream{}, &stream{}, &stream{}
	for range 3 { // each is in a queue once
		p.add(value, false)
		p.add(other, false)
		p.add(entry, true)
	}
	p.add(other, true) // now it has entries too
	close(hold)
	tasks.running.Wait()
	if want := []*stream{entry, other, value, other}; !slices.Equal(order, want) {
		t.Errorf("emptied %d streams in another order than wanted", len(order))
	}
	p.add(value, false) // the goroutine has ended: another one comes
	tasks.running.Wait()
	if len(order) != 5 {
		t.Errorf("%d streams emptied, want 5", len(order))
	}
	tasks.stop()
}

func TestPumps_NoMoreGoroutinesThanAllowed(t *testing.T) {
	tasks := newTasks()
	started, hold := make(chan struct{}, 10), make(chan struct{})
	p := &pumps{tasks: tasks, most: 2, empty: func(*stream) { started <- struct{}{}; <-hold }}
	for range 10 {
		p.add(&stream{}, false)
	}
	<-started
	<-started
	p.mu.Lock()
	if p.running != 2 || len(p.values.streams)-p.values.first != 8 {
		t.Errorf("%d goroutines, want 2", p.running)
	}
	p.mu.Unlock()
	close(hold)
	tasks.running.Wait()
	tasks.stop()
}

func TestQueue_StaysAsSmallAsWhatWaits(t *testing.T) {
	var q queue
	for range 10 {
		q.push(&stream{})
	}
	for range 10_000 {
		last := &stream{}
		q.push(last)
		if q.pop() == nil {
			t.Fatal("empty")
		}
	}
	if cap(q.streams) > 64 {
		t.Errorf("room for %d, and never more than 11 waited", cap(q.streams))
	}
}

// BenchmarkPump is a portfolio of each of 2,000 accounts on its way to one socket,
// encoding and sending left out: the hand-over between goroutines.
func BenchmarkPump(b *testing.B) {
	tasks := newTasks()
	var emptied sync.WaitGroup
	p := &pumps{tasks: tasks, most: 2, empty: func(*stream) { emptied.Done() }}
	accounts := make([]stream, 2000)
	b.ReportAllocs()
	for b.Loop() {
		emptied.Add(len(accounts))
		for i := range accounts {
			p.add(&accounts[i], false)
		}
		emptied.Wait()
	}
	tasks.stop()
}
