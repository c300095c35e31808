package sim

import (
	"time"

	"tradewind/internal/trading"
)

const day = 24 * time.Hour

// octave is noise of one length: a random height every period, straight lines between.
type octave struct {
	period    int64 // ms
	amplitude int64 // largest height: parts per billion for prices, ms for volumes
}

// Each octave of prices is four times as long and twice as high as the one
// before, which is how far a random walk gets in that time. The longest is seven
// weeks; all heights together are 19 % of the usual price, times the symbol's
// volatility of at most two.
var priceOctaves = func() (all [13]octave) {
	o := octave{period: 250, amplitude: 23_400}
	for n := range all {
		all[n] = o
		o = octave{o.period * 4, o.amplitude * 2}
	}
	return all
}()

// Trading is faster in some minutes and hours than in others. The slopes add up
// to 0.9 at most, so time, as volume feels it, never runs backwards.
var volumeOctaves = [...]octave{
	{period: 64_000, amplitude: 14_400},
	{period: 4_096_000, amplitude: 921_600},
}

// model is the price and volume of one symbol as functions of time. It is
// arithmetic on integers, so it is the same on every machine.
type model struct {
	key        uint64 // of seed and symbol
	base       int64  // cents
	volatility int64  // percent
	perSecond  int64
}

func newModel(t ticker, seed uint64) model {
	return model{
		key:        mix(name(t.symbol) ^ mix(seed)),
		base:       t.dollars * 100,
		volatility: t.volatility,
		perSecond:  t.perSecond,
	}
}

// cents is the price at a time.
func (m model) cents(t time.Time) int64 {
	ms := t.UnixMilli()
	var ppb int64
	for n, o := range priceOctaves {
		ppb += o.at(ms, m.key+uint64(n)<<56)
	}
	const one = 1_000_000_000
	return m.base * (one + ppb*m.volatility/100) / one
}

// volume is how many shares were traded since 00:00 UTC.
func (m model) volume(t time.Time) int64 {
	ms, midnight := t.UnixMilli(), t.UTC().Truncate(day).UnixMilli()
	felt := ms - midnight
	for n, o := range volumeOctaves {
		key := ^m.key + uint64(n)<<56
		felt += o.at(ms, key) - o.at(midnight, key)
	}
	return felt * m.perSecond / 1000
}

// size is how many shares are quoted at a time, by side; at least 100.
func (m model) size(t time.Time, side uint64) int64 {
	return 100 * int64(1+mix(m.key^uint64(t.UnixMilli())<<1^side)%20)
}

// at is the height of the noise at a time.
func (o octave) at(ms int64, key uint64) int64 {
	n := ms / o.period
	left, right := o.height(n, key), o.height(n+1, key)
	return left + (right-left)*(ms%o.period)/o.period
}

// height is a number from -amplitude to amplitude that key and n decide.
func (o octave) height(n int64, key uint64) int64 {
	return int64(mix(key+uint64(n)*0x9e3779b97f4a7c15)%uint64(2*o.amplitude+1)) - o.amplitude
}

// mix scatters the bits of a number (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// name turns a symbol into a number (FNV-1a).
func name(s trading.Symbol) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, c := range []byte(s) {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return h
}
