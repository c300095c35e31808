package hostile_test

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tradewind/conformance/hostile"
	"tradewind/socketio"
)

const (
	megabyte = 1_000_000
	// costRatio is how many times as long as a harmless packet of the same size a
	// hostile one may take, and allocRatio how many times as much it may allocate.
	// What costs more than its bytes are messages that are answered one by one and
	// values that are given back one by one: some 50 and 40 times, on a busy machine.
	// What is quadratic in a megabyte is beyond a thousand times.
	costRatio  = 200
	allocRatio = 100
)

// cost is what one packet took of the process until the server had done with it.
type cost struct {
	took  time.Duration
	alloc uint64
}

// Nothing of a megabyte costs many times what a harmless megabyte costs: not what
// is deep, wide, cut into many pieces, or refers to something again and again.
func TestHostileMegabyteCostsLittleMoreThanAHarmlessOne(t *testing.T) {
	size := megabyte
	if !soak() {
		size /= 4 // the race detector makes seconds of a megabyte
	}
	st := serve(t, socketio.Options{})
	r := seed(t)
	for _, c := range []struct {
		transport string
		harmless  func(size int) shot
		attacks   []attack
	}{
		{"WebSocket", func(n int) shot { return bytesOf(encode(harmless(n)), onTheSocket) }, slices.Concat(packetsOnSocket(), frames())},
		{"polling", func(n int) shot { return bytesOf(hostile.Payload(harmless(n)), asPost) }, slices.Concat(packetsOnPolling(), payloads())},
	} {
		polling := c.transport == "polling"
		always := func(cost) bool { return true }
		small := measure(t, st, polling, c.harmless(1), always)
		large := measure(t, st, polling, c.harmless(size), always)
		t.Logf("%d harmless bytes on %s: %v and %d KiB allocated", size, c.transport, large.took, large.alloc>>10)
		var worst []string
		for _, a := range c.attacks {
			shot := a.prepare(hostile.Rand(r, 0), size)
			base := between(small, large, float64(shot.size)/float64(size))
			got := measure(t, st, polling, shot, base.tooMuch)
			ratio, alloc := base.ratio(got)
			line := fmt.Sprintf("%6.1f times as long, %6.1f times the memory: %s: %d bytes, %v, %d KiB", ratio, alloc, a.name, shot.size, got.took, got.alloc>>10)
			worst = append(worst, line)
			if base.tooMuch(got) {
				t.Errorf("allowed are %d times as long and %d times the memory:\n%s", costRatio, allocRatio, line)
			}
		}
		slices.Sort(worst)
		slices.Reverse(worst)
		t.Logf("the slowest on %s:\n%s", c.transport, strings.Join(worst[:5], "\n"))
	}
}

func harmless(size int) []hostile.Message {
	return packets(`2["sink","` + strings.Repeat("x", size) + `"]`)
}

// between is what a harmless packet costs whose size is that part of a large one's.
// Below the floors it is the machine that is measured.
func between(small, large cost, part float64) cost {
	took := small.took + time.Duration(part*float64(large.took-small.took))
	alloc := float64(small.alloc) + part*(float64(large.alloc)-float64(small.alloc))
	return cost{max(took, time.Millisecond), max(uint64(alloc), 64<<10)}
}

// ratio is how many times the time and the memory of a harmless packet another one takes.
func (c cost) ratio(other cost) (took, alloc float64) {
	return float64(other.took) / float64(c.took), float64(other.alloc) / float64(c.alloc)
}

func (c cost) tooMuch(other cost) bool {
	took, alloc := c.ratio(other)
	return took > costRatio || alloc > allocRatio
}

// measure is one run, or the best of up to five as long as another one is wanted:
// the machine does other things too.
func measure(t *testing.T, st *station, polling bool, s shot, again func(cost) bool) cost {
	t.Helper()
	var best cost
	for run := 0; run == 0 || run < 5 && again(best); run++ {
		v, err := state{name: "joined", enter: packets("0"), joins: 1, deaf: true}.open(st.host, polling)
		if err != nil {
			t.Fatal(err)
		}
		c := once(v, s.send)
		v.leave(true)
		if c.alloc == 0 {
			return c
		}
		if run == 0 {
			best = c
		}
		best = cost{min(best.took, c.took), min(best.alloc, c.alloc)}
	}
	return best
}

// once is one run: until the server has answered an event that was sent behind
// the packet, or has closed the connection. It answers nothing behind a frame
// that is not complete; then it is until all bytes are written, and nothing is known of the memory.
func once(v visitor, send func(visitor) error) cost {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	if send(v) == nil && v.send(packets(`299["message-with-ack"]`)) == nil {
		written := time.Since(began)
		if sock, ok := v.(*socket); ok {
			_ = sock.SetReadDeadline(time.Now().Add(time.Second))
		}
		var late net.Error
		if err := v.await(1, "4399"); errors.As(err, &late) && late.Timeout() {
			return cost{took: written}
		}
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return cost{took, after.TotalAlloc - before.TotalAlloc}
}
