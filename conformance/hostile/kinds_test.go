package hostile_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tradewind/conformance/hostile"
)

// A seed makes the same bytes again, or no failure could be repeated.
func TestKindsAreMadeFromTheirSeed(t *testing.T) {
	same(t, hostile.Packets, func(m []hostile.Message) any { return m })
	same(t, hostile.Frames, func(b []byte) any { return b })
	same(t, hostile.Payloads, func(b []byte) any { return b })
	same(t, hostile.Requests, func(f func(hostile.Session) []hostile.Request) any {
		return f(hostile.Session{Host: "127.0.0.1:1", Path: path, SID: "sid"})
	})
}

func same[T any](t *testing.T, kinds []hostile.Kind[T], open func(T) any) {
	t.Helper()
	names := map[string]bool{}
	for _, k := range kinds {
		if k.Name == "" || names[k.Name] {
			t.Errorf("name %q is empty or there twice", k.Name)
		}
		names[k.Name] = true
		for n := range uint64(20) {
			a, b := hostile.Rand(1, n), hostile.Rand(1, n)
			if d := cmp.Diff(open(k.Make(a, hostile.Size(a, 2000))), open(k.Make(b, hostile.Size(b, 2000)))); d != "" {
				t.Errorf("%s: two of the same seed differ: %s", k.Name, d)
			}
		}
	}
}

// A kind is about as large as it is asked to be: too large it would be refused by
// its length, and what it is about would not be looked at.
func TestPacketsFitIntoThePayload(t *testing.T) {
	for _, k := range hostile.Packets {
		for _, m := range k.Make(hostile.Rand(1, 1), megabyte) {
			if len(m.Data) > maxPayload-1 {
				t.Errorf("%s: %d bytes, the server takes %d", k.Name, len(m.Data), maxPayload)
			}
		}
	}
}

func TestSizeIsWithinItsLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	large := 0
	for range 100_000 {
		n := hostile.Size(r, maxPayload)
		if n < 1 || n > maxPayload {
			t.Fatalf("size %d", n)
		}
		if n > maxPayload/2 {
			large++
		}
	}
	if large == 0 {
		t.Error("nothing large in 100,000 sizes")
	}
}
