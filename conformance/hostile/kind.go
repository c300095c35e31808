package hostile

import (
	"bytes"
	"math/rand/v2"
)

// Kind is one way of being hostile. T is what it makes.
type Kind[T any] struct {
	// Name says what it is.
	Name string
	// Known says what it has done to servers of others; empty when that is not known.
	Known string
	// Make makes one. size is about how many bytes it may have; what cannot be made
	// larger or smaller ignores it. The result depends on r and size alone.
	Make func(r *rand.Rand, size int) T
}

// Message is one Engine.IO message: the text of a Socket.IO packet, or an attachment.
type Message struct {
	Binary bool
	Data   []byte
}

// text is one message of text.
func text(parts ...string) []Message {
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString(p)
	}
	return []Message{{Data: b.Bytes()}}
}

// Rand is the random source number n of a seed.
func Rand(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

// Size draws a size up to limit: most are small, one in ten has kilobytes, one in
// a hundred may be as large as the limit.
func Size(r *rand.Rand, limit int) int {
	bound := 512
	switch n := r.IntN(100); {
	case n == 0:
		bound = limit
	case n < 10:
		bound = 16 << 10
	}
	return 1 + r.IntN(min(bound, limit))
}

// fill repeats unit until there are about size bytes.
func fill(unit string, size int) string {
	return string(bytes.Repeat([]byte(unit), max(size/len(unit), 1)))
}

// pick chooses one of several.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// noise is n random bytes.
func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
