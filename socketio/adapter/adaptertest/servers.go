package adaptertest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tradewind/socketio/adapter"
)

func payload(format string, args ...any) adapter.Payload {
	return adapter.Payload{Data: fmt.Appendf(nil, format, args...)}
}

// answersAlways makes a node answer server calls with its name.
func (l *local) answersAlways(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = func(adapter.Payload) adapter.Payload { return payload(`[%q]`, name) }
}

func serverEventsInOrder(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	other := join(t, nodes[0].factory, namespace+"s")
	const events = 50
	for k, from := range nodes {
		for i := range events {
			must(t, from.ServerEmit(soon(t), payload(`["x",%d,%d,{"ü":[null]}]`, k, i)))
		}
		for j, n := range nodes {
			for i := 0; i < events && n != from; i++ {
				got := receive(t, n.events, "a server event")
				if want := fmt.Sprintf(`["x",%d,%d,{"ü":[null]}]`, k, i); !sameJSON(got.Data, []byte(want)) || got.ack != nil {
					t.Fatalf("node %d was given %s instead of %s, or is asked for an answer", j, got.Data, want)
				}
			}
		}
	}
	settled(t, nodes[0], nodes)
	for i, n := range append(slices.Clone(nodes), other) {
		if len(n.events) > 0 || len(n.got) > 0 {
			t.Errorf("node %d was given something of its own, twice, or of another namespace", i)
		}
	}
}

func serverCallAnswers(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	for i, n := range nodes {
		n.answersAlways(fmt.Sprint("server", i))
	}
	for k, from := range nodes {
		for range 10 {
			answers, err := from.ServerCall(soon(t), payload(`["who"]`))
			must(t, err)
			var got, want []string
			for _, a := range answers {
				got = append(got, string(a.Data))
			}
			for i := range nodes {
				if i != k {
					want = append(want, fmt.Sprintf(`["server%d"]`, i))
				}
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Fatalf("answers are %v, want %v", got, want)
			}
		}
	}
	for i, n := range nodes {
		for range 10 * (len(nodes) - 1) {
			if got := receive(t, n.events, "a server event"); string(got.Data) != `["who"]` || got.ack == nil {
				t.Errorf("node %d was given %s, or is not asked for an answer", i, got.Data)
			}
		}
	}
}

func serverCallNamesSilentNodes(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	if len(nodes) == 1 {
		t.Skip("the adapter has no cluster")
	}
	nodes[0].answersAlways("first")
	silent := func() {
		t.Helper()
		withinLonger(t, func(ctx context.Context) bool {
			answers, err := last(nodes).ServerCall(ctx, payload(`["who"]`))
			if missingNodes(t, err) > 1 {
				return false
			}
			if len(answers) != 1 || string(answers[0].Data) != `["first"]` {
				t.Errorf("answers are %v", answers)
			}
			return true
		})
	}
	silent() // nodes[1] takes it and says nothing
	nodes[1].mu.Lock()
	nodes[1].refuses = true
	nodes[1].mu.Unlock()
	silent()
}

func serverCallIgnoresLateAnswers(t *testing.T, setup Setup) {
	nodes := cluster(t, setup)
	if len(nodes) == 1 {
		t.Skip("the adapter has no cluster")
	}
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { // ends with the call
			_, err := nodes[0].ServerCall(ctx, payload(`["who"]`))
			ended <- err
		}()
		var late []serverEvent
		for _, n := range nodes[1:] {
			late = append(late, receive(t, n.events, "a server event"))
		}
		cancel()
		if n := missingNodes(t, receive(t, ended, "the end of the call")); n != len(nodes)-1 {
			t.Errorf("%d nodes are missing", n)
		}
		promptly(t, "an answer that comes late", func() {
			for _, ev := range late {
				ev.ack(payload(`["late"]`))
			}
		})
	}
	for i, n := range nodes {
		n.answersAlways(fmt.Sprint("server", i))
	}
	answers, err := nodes[0].ServerCall(soon(t), payload(`["who"]`))
	must(t, err)
	for _, a := range answers {
		if string(a.Data) == `["late"]` {
			t.Error("an answer to an older call was taken for one to this")
		}
	}
}
