package engineio

// Inside the package: the outbox, the wheel and the frame reader are the parts
// that no client sees one by one, and each has a simple model to be held against.

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"pgregory.net/rapid"
)

// sent is a message as the model knows it.
type sent struct {
	n       int
	key     string
	behind  bool
	message *Message
}

func TestOutboxKeepsOrderAndTheNewestOfEveryKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var box outbox
		var spare spareQueues
		byMessage := map[*Message]sent{}
		var got []sent
		newest := map[string]int{} // key to the newest pushed
		keys := rapid.IntRange(1, 80).Draw(t, "keys")
		for n := range rapid.IntRange(1, 400).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1:
				if m := box.peek(); m != nil {
					got = append(got, byMessage[m])
					box.pop(&spare)
				}
			case 2, 3:
				s := sent{n: n, message: NewMessage(func(dst []byte) []byte { return fmt.Append(dst, n) })}
				byMessage[s.message] = s
				box.push(s.message, &spare)
			default:
				key := fmt.Sprint("k", rapid.IntRange(0, keys-1).Draw(t, "key"))
				behind := key[len(key)-1]%2 == 0
				m := NewMessage(func(dst []byte) []byte { return fmt.Append(dst, n) })
				if behind {
					m.LatestInOrder(key)
				} else {
					m.Latest(key)
				}
				byMessage[m] = sent{n: n, key: key, behind: behind, message: m}
				box.push(m, &spare)
				newest[key] = n
			}
			checkBytes(t, &box)
		}
		for m := box.peek(); m != nil; m = box.peek() {
			got = append(got, byMessage[m])
			box.pop(&spare)
		}
		checkOrder(t, got, newest)
		if box.bytes != 0 || box.queue != nil {
			t.Fatalf("an empty outbox holds %d bytes and %v", box.bytes, box.queue)
		}
	})
}

func checkBytes(t *rapid.T, box *outbox) {
	bytes := 0
	for _, m := range box.queue[box.head:] {
		if m != nil {
			bytes += m.Size()
		}
	}
	if bytes != box.bytes {
		t.Fatalf("outbox counts %d bytes, holds %d", box.bytes, bytes)
	}
}

func checkOrder(t *rapid.T, got []sent, newest map[string]int) {
	lastOrdered, last := -1, map[string]int{}
	ordered := 0
	for _, s := range got {
		if s.key == "" {
			if s.n <= lastOrdered {
				t.Fatalf("ordered message %d came after %d", s.n, lastOrdered)
			}
			lastOrdered = s.n
			ordered++
			continue
		}
		if before, ok := last[s.key]; ok && s.n <= before {
			t.Fatalf("key %s went back from %d to %d", s.key, before, s.n)
		}
		last[s.key] = s.n
	}
	for key, n := range newest {
		if last[key] != n {
			t.Fatalf("the newest of key %s is %d, the last delivered %d", key, n, last[key])
		}
	}
	for i, s := range got { // nothing in order overtakes what was sent before it
		if !s.behind {
			continue
		}
		for _, later := range got[i+1:] {
			if later.key == "" && later.n < s.n {
				t.Fatalf("value %d of %s overtook ordered message %d", s.n, s.key, later.n)
			}
		}
	}
}

func TestOutboxReplacesInPlaceSoThatAHotKeyIsNotStarved(t *testing.T) {
	var box outbox
	var spare spareQueues
	push := func(key string) *Message {
		m := NewMessage(func(dst []byte) []byte { return append(dst, key...) }).Latest(key)
		box.push(m, &spare)
		return m
	}
	push("hot")
	push("cold")
	hot := push("hot")
	if box.peek() != hot {
		t.Error("the hot key lost its place to the cold one")
	}
}

func TestOutboxFindsKeysInALongQueue(t *testing.T) {
	var box outbox
	var spare spareQueues
	for round := range 3 {
		for i := range 1000 {
			box.push(NewMessage(func(dst []byte) []byte { return fmt.Append(dst, round) }).Latest(fmt.Sprint(i)), &spare)
		}
	}
	if n := len(box.queue) - box.head; n != 1000 {
		t.Errorf("queue has %d places for 1000 keys", n)
	}
}

func TestWheelFiresEachTimerOnceAboutWhenItIsDue(t *testing.T) {
	const tick = 10 * time.Millisecond
	start := time.Now()
	w := newWheel(tick, start)
	type expectation struct {
		timer *Timer
		due   time.Duration
		fired []time.Duration
	}
	var now time.Duration
	var all []*expectation
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		e := &expectation{timer: &Timer{}, due: time.Duration(r.IntN(10_000)) * time.Millisecond}
		e.timer.Fire = func() { e.fired = append(e.fired, now) }
		w.arm(e.timer, start, e.due)
		all = append(all, e)
	}
	disarmed := all[:100]
	for _, e := range disarmed {
		w.disarm(e.timer)
		w.disarm(e.timer)
	}
	for now < 11*time.Second {
		now += time.Duration(1+r.IntN(30)) * time.Millisecond
		w.advance(start.Add(now))
	}
	for i, e := range all {
		switch {
		case i < len(disarmed):
			if len(e.fired) != 0 {
				t.Fatalf("a disarmed timer fired")
			}
		case len(e.fired) != 1 || e.fired[0] < e.due-tick || e.fired[0] > e.due+40*time.Millisecond:
			t.Fatalf("timer due at %v fired at %v", e.due, e.fired)
		}
	}
	if w.armed != 0 {
		t.Errorf("%d timers left", w.armed)
	}
}

func TestWheelSurvivesASleepLongerThanItsSpan(t *testing.T) {
	start := time.Now()
	w := newWheel(time.Millisecond, start)
	fired := 0
	for i := range 1000 {
		w.arm(&Timer{Fire: func() { fired++ }}, start, time.Duration(i)*time.Millisecond)
	}
	w.advance(start.Add(time.Hour))
	if fired != 1000 {
		t.Errorf("%d of 1000 timers fired", fired)
	}
}

func TestATimerMayArmAndDisarmOthersWhileItFires(t *testing.T) {
	start := time.Now()
	w := newWheel(time.Millisecond, start)
	var log []string
	victim := &Timer{Fire: func() { log = append(log, "victim") }}
	again := &Timer{}
	again.Fire = func() {
		log = append(log, "again")
		w.disarm(victim)
		if len(log) < 3 {
			w.arm(again, start.Add(5*time.Millisecond), time.Millisecond)
		}
	}
	w.arm(again, start, 3*time.Millisecond)
	w.arm(victim, start, 3*time.Millisecond)
	for i := range 20 {
		w.advance(start.Add(time.Duration(i) * time.Millisecond))
	}
	if !slices.Equal(log, []string{"again", "again", "again"}) {
		t.Errorf("got %v", log)
	}
}

// clientFrame is a frame as a client sends it.
func clientFrame(op ws.OpCode, fin bool, payload []byte) []byte {
	f := ws.NewFrame(op, fin, slices.Clone(payload))
	b, err := ws.CompileFrame(ws.MaskFrame(f))
	if err != nil {
		panic(err)
	}
	return b
}

func TestFramesAreCutWhereverTheNetworkSplitsThem(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 100_000} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(i)
		}
		whole := clientFrame(ws.OpBinary, true, payload)
		for _, cut := range []int{0, 1, 2, 5, 6, 9, 13, len(whole) - 1} {
			if cut >= len(whole) {
				continue
			}
			if _, n, err := cutFrame(slices.Clone(whole[:cut]), 1<<20); n != 0 || err != nil {
				t.Fatalf("size %d: %d bytes of %d gave n=%d, %v", size, cut, len(whole), n, err)
			}
		}
		f, n, err := cutFrame(append(slices.Clone(whole), 0xff), 1<<20)
		if err != nil || n != len(whole) || !slices.Equal(f.payload, payload) || !f.fin || f.op != ws.OpBinary {
			t.Fatalf("size %d: n=%d of %d, %v", size, n, len(whole), err)
		}
	}
}

func TestFramesAgainstTheRulesAreRefused(t *testing.T) {
	unmasked := []byte{0x81, 1, 'x'}
	reserved := clientFrame(ws.OpText, true, []byte("x"))
	reserved[0] |= 0x20
	for name, b := range map[string][]byte{
		"unmasked":           unmasked,
		"reserved bit":       reserved,
		"unknown opcode":     clientFrame(3, true, nil),
		"fragmented control": clientFrame(ws.OpPing, false, nil),
		"long control":       {0x89, 0x80 | 126, 0, 126, 0, 0, 0, 0},
	} {
		if _, _, err := cutFrame(b, 1000); err != errProtocol {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, _, err := cutFrame(clientFrame(ws.OpText, true, make([]byte, 1001)), 1000); err != errTooLarge {
		t.Errorf("too large: got %v", err)
	}
	if _, _, err := cutFrame([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 1000); err != errTooLarge {
		t.Errorf("2^64 bytes: got %v", err)
	}
}

func FuzzCutFrame(f *testing.F) {
	f.Add(clientFrame(ws.OpText, true, []byte("40")), 3)
	f.Add(clientFrame(ws.OpBinary, false, make([]byte, 300)), 7)
	f.Add([]byte{0x88, 0x82, 1, 2, 3, 4, 5, 6}, 1)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole, n, err := cutFrame(slices.Clone(b), 1<<16)
		if n > len(b) || n < 0 || len(whole.payload) > 1<<16 {
			t.Fatalf("n=%d of %d", n, len(b))
		}
		if err != nil || n == 0 || cut < 0 || cut >= n {
			return
		}
		if _, m, err := cutFrame(slices.Clone(b[:cut]), 1<<16); m != 0 || err != nil {
			t.Fatalf("a part of a frame gave n=%d, %v", m, err)
		}
	})
}
