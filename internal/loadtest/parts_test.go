package loadtest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"pgregory.net/rapid"

	"tradewind/internal/loadtest"
)

func TestHistogram_Quantile_IsAtMostALittleTooLow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(0, 1<<36-1).Draw(t, "us")
		d := time.Duration(us) * time.Microsecond
		start := loadtest.BucketStart(loadtest.BucketOf(d))
		if start > d || float64(d-start) > float64(d)/64 {
			t.Fatalf("%v is in the bucket from %v", d, start)
		}
	})
}

func TestHistogram_OfAThousand_HasItsQuantiles(t *testing.T) {
	var even, odd loadtest.Histogram
	for i := range 1000 {
		h := &even
		if i%2 == 1 {
			h = &odd
		}
		h.Add(time.Duration(i) * time.Millisecond)
	}
	even.Add(-time.Second) // counts as zero
	even.Merge(&odd)
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond} {
		if got := even.Quantile(q); got < want-want/50 || got > want+time.Millisecond {
			t.Errorf("quantile %v is %v, want %v or 1.6 %% less", q, got, want)
		}
	}
	if got := even.Quantile(0); got != 0 {
		t.Errorf("the least is %v", got)
	}
}

func TestHistogram_TooLong_SharesTheLastBucket(t *testing.T) {
	if a, b := loadtest.BucketOf(20*24*time.Hour), loadtest.BucketOf(200*24*time.Hour); a != b {
		t.Errorf("buckets %d and %d", a, b)
	}
}

func TestAppendFrame_AnySize_IsReadByAnother(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		payload := bytes.Repeat([]byte{'x'}, size)
		in := bytes.NewBuffer(loadtest.AppendFrame(nil, 1, payload))
		h, err := ws.ReadHeader(in)
		if err != nil || !h.Masked || !h.Fin || h.OpCode != ws.OpText || h.Length != int64(size) {
			t.Fatalf("%d bytes: %v, header %+v", size, err, h)
		}
		got := in.Bytes()
		ws.Cipher(got, h.Mask, 0)
		if !bytes.Equal(got, payload) {
			t.Errorf("%d bytes came out differently", size)
		}
	}
}

func TestCutFrame_CutAnywhere_WaitsForTheRest(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		payload := bytes.Repeat([]byte{'x'}, size)
		var whole bytes.Buffer
		if err := ws.WriteFrame(&whole, ws.NewTextFrame(payload)); err != nil {
			t.Fatal(err)
		}
		for _, cut := range []int{0, 1, 2, 3, 9, whole.Len() - 1} {
			if cut >= whole.Len() {
				continue
			}
			if _, rest, ok, err := loadtest.CutFrame(whole.Bytes()[:cut]); ok || err != nil || len(rest) != cut {
				t.Errorf("%d of %d bytes: ok %v, %v, %d left", cut, whole.Len(), ok, err, len(rest))
			}
		}
		f, rest, ok, err := loadtest.CutFrame(append(whole.Bytes(), 0x81))
		if !ok || err != nil || len(rest) != 1 || !bytes.Equal(f.Payload(), payload) {
			t.Errorf("%d bytes: ok %v, %v, %d left", size, ok, err, len(rest))
		}
	}
}

func TestCutFrame_WhatNoServerMaySend_IsAnError(t *testing.T) {
	for name, data := range map[string][]byte{
		"masked":     {0x81, 0x81, 0, 0, 0, 0, 'x'},
		"compressed": {0xc1, 0x01, 'x'},
		"huge":       {0x82, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, _, _, err := loadtest.CutFrame(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzCutFrame feeds what a server might send: cutting never panics, and never
// makes bytes up.
func FuzzCutFrame(f *testing.F) {
	f.Add([]byte{0x81, 0x02, '4', '0'})
	f.Add([]byte{0x81, 126, 0, 2, '4', '0'})
	f.Add([]byte{0x88, 0x02, 0x03, 0xe8})
	f.Fuzz(func(t *testing.T, data []byte) {
		for {
			frame, rest, ok, err := loadtest.CutFrame(data)
			if !ok || err != nil {
				return
			}
			if len(frame.Payload())+len(rest) >= len(data) {
				t.Fatalf("%d bytes became %d and %d", len(data), len(frame.Payload()), len(rest))
			}
			data = rest
		}
	})
}

func TestStampOf_AnyUnitAndField_IsTheTime(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).UnixNano()
	for _, text := range []string{
		`,{"ts":1772452800000000,"price":1}]`, `,{"price":1,"ts":1772452800000}]`, `,{"ts":1772452800}]`, `,{"ts":1772452800000000000}]`,
		`,{"timestamp":1772452800000}]`, `,{"asOf":1772452800000}]`, `,{"asOf":"2026-03-02T12:00:00Z"}]`,
		`,{"timestamp":1,"ts":1772452800000000}]`,
	} {
		if got, ok := loadtest.StampOf([]byte(text)); !ok || got != at {
			t.Errorf("%s: %d, %v, want %d", text, got, ok, at)
		}
	}
	for _, text := range []string{`,{"price":1}]`, `]`, `,{"ts":"soon"}]`, `,{"ts":0}]`} {
		if got, ok := loadtest.StampOf([]byte(text)); ok {
			t.Errorf("%s: found %d", text, got)
		}
	}
}

func TestClock_Skew_IsThatOfTheShortestTrip(t *testing.T) {
	const now = int64(1772452800000) * 1e6
	ahead := int64(5000) // ms
	var c loadtest.Clock
	c.Ask(now)
	c.Answer(now/1e6+ahead+80, now+200e6)
	c.Ask(now)
	c.Answer(now/1e6+ahead+1, now+2e6)
	c.Ask(now)
	c.Answer(now/1e6+ahead+300, now+300e6)
	if got := c.Skew(); got != 5*time.Second {
		t.Errorf("skew %v, want 5s", got)
	}
	var same loadtest.Clock
	same.Ask(now)
	same.Answer(now/1e6, now+400e3)
	if got := same.Skew(); got != 0 {
		t.Errorf("skew %v within the error of the measurement", got)
	}
}

func TestRoundUp_IsOneTwoOrFive(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 0.3: 0.5, 1: 1, 1.1: 2, 7: 10, 2300: 5000} {
		if got := loadtest.RoundUp(v); got != want {
			t.Errorf("%v became %v, want %v", v, got, want)
		}
	}
}
