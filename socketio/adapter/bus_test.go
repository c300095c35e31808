package adapter

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// quiet is a node that does nothing, after it may go on.
type quiet struct {
	Local // nil: nothing else is called
	begun chan struct{}
	goOn  chan struct{} // nil: at once
}

func (q quiet) Deliver(ctx context.Context, _ *Broadcast) error {
	if q.goOn == nil {
		return nil
	}
	q.begun <- struct{}{}
	select {
	case <-q.goOn:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// A node of a namespace that is far behind waits to join it; it does not keep the
// bus while it waits.
func TestBusNamespaceThatIsBehindKeepsNoOtherFromStarting(t *testing.T) {
	bus := NewBus(BusOptions{Recovery: &LogOptions{}})
	behind := quiet{begun: make(chan struct{}, 1), goOn: make(chan struct{})}
	first, err := bus.Join("/behind", behind)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	go func() { done <- first.Broadcast(t.Context(), &Broadcast{}) }()
	<-behind.begun
	second := make(chan Adapter, 1)
	go func() {
		a, err := bus.Join("/behind", quiet{})
		second <- a
		done <- err
	}()
	for entered := false; !entered; { // until it has begun to wait
		if bus.mu.TryLock() {
			entered = bus.namespaces["/behind"].entered == 2
			bus.mu.Unlock()
		}
	}
	other := make(chan struct{})
	go func() {
		defer close(other)
		a, err := bus.Join("/other", quiet{})
		if err == nil {
			err = a.Close()
		}
		if err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-other:
	case <-time.After(10 * time.Second):
		t.Fatal("another namespace does not start")
	}
	if err := first.Close(); err != nil { // the namespace has the second one all the same
		t.Error(err)
	}
	close(behind.goOn)
	a := <-second
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if n := len(bus.namespaces); n != 0 {
		t.Errorf("%d namespaces without nodes are kept", n)
	}
}

// Broadcasts that are not logged allocate nothing, whether there could be a log or not.
func TestBroadcastWithoutLogAllocatesNothing(t *testing.T) {
	alone, err := Memory("/", quiet{})
	if err != nil {
		t.Fatal(err)
	}
	bus, logging := NewBus(BusOptions{}), NewBus(BusOptions{Recovery: &LogOptions{}})
	adapters := map[string]Adapter{"alone": alone}
	for i := range 2 {
		for name, b := range map[string]*Bus{"bus": bus, "volatile with a log": logging} {
			a, err := b.Join("/", quiet{})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			adapters[fmt.Sprint(name, " node ", i)] = a
		}
	}
	b := &Broadcast{Payload: Payload{Data: data(100)}, Volatile: true}
	for name, a := range adapters {
		if n := testing.AllocsPerRun(100, func() { _ = a.Broadcast(t.Context(), b) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
