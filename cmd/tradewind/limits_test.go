package main

import (
	"math"
	"testing"
)

func TestConnectionsFor_LeavesRoomForTheRest(t *testing.T) {
	cases := map[string]struct {
		limit uint64
		known bool
		want  int
	}{
		"usual limit":    {20_000, true, 17_936},
		"tiny limit":     {40, true, 1},
		"infinite limit": {math.MaxUint64, true, mostConnections},
		"no limit":       {0, false, mostConnections},
	}
	for name, c := range cases {
		if got := connectionsFor(c.limit, c.known); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestDescriptorLimit_IsKnownHere(t *testing.T) {
	if limit, known := descriptorLimit(); !known || limit < 64 {
		t.Errorf("got %d, %v", limit, known)
	}
}
