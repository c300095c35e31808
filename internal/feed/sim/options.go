package sim

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The limits of Options and of the specification that Parse reads.
const (
	DefaultSymbols = 30
	MaxSymbols     = 5000
	DefaultRate    = 2
	MaxRate        = 50
)

// Mode says how the updates of a round are laid out in time.
type Mode string

// The modes.
const (
	// Spread lays the updates of a round evenly over time, in an order that the seed decides.
	Spread Mode = "spread"
	// Burst lets all symbols change in one tick.
	Burst Mode = "burst"
)

// Options say what is simulated. The zero value is FEED=sim.
type Options struct {
	Symbols int    // how many symbols, 0: DefaultSymbols, at most MaxSymbols
	Rate    int    // updates a second of each symbol, 0: DefaultRate, at most MaxRate
	Mode    Mode   // empty: Spread
	Seed    uint64 // of all prices; 0 is a seed like any other
	Script  []Step // what happens when, in any order; from ParseScript
}

// DefaultSeed is the seed of FEED=sim.
const DefaultSeed = 1

func (o Options) withDefaults() Options {
	if o.Symbols == 0 {
		o.Symbols = DefaultSymbols
	}
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if o.Mode == "" {
		o.Mode = Spread
	}
	return o
}

// Parse reads a specification such as sim:symbols=100,rate=5,mode=burst,seed=7,script=FILE,
// every part of which may be left out, and the script if one is named.
func Parse(spec string) (Options, error) {
	o := Options{Seed: DefaultSeed}.withDefaults()
	name, list, given := strings.Cut(spec, ":")
	if name != "sim" {
		return o, fmt.Errorf("%q is not the simulated feed: it is called sim", name)
	}
	if !given {
		return o, nil
	}
	script := ""
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(list, ",") {
		key, value, _ := strings.Cut(part, "=")
		if seen[key] {
			return o, fmt.Errorf("%s is given twice", key)
		}
		seen[key] = true
		var err error
		switch key {
		case "symbols":
			o.Symbols, err = number(key, value, 1, MaxSymbols)
		case "rate":
			o.Rate, err = number(key, value, 1, MaxRate)
		case "mode":
			o.Mode, err = mode(value)
		case "seed":
			o.Seed, err = seed(value)
		case "script":
			script = value
			if value == "" {
				err = errors.New("script needs the name of a file")
			}
		default:
			err = fmt.Errorf("unknown parameter %.40q: allowed are symbols, rate, mode, seed and script", key)
		}
		if err != nil {
			return o, err
		}
	}
	if script == "" {
		return o, nil
	}
	text, err := os.ReadFile(script)
	if err != nil {
		return o, fmt.Errorf("read script: %w", err)
	}
	if o.Script, err = ParseScript(string(text), o.Symbols); err != nil {
		return o, fmt.Errorf("script %s: %w", script, err)
	}
	return o, nil
}

func number(key, value string, low, high int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s is %.40q: allowed are whole numbers from %d to %d", key, value, low, high)
	}
	return n, nil
}

func mode(value string) (Mode, error) {
	switch m := Mode(value); m {
	case Spread, Burst:
		return m, nil
	}
	return "", fmt.Errorf("mode is %.40q: allowed are burst and spread", value)
}

func seed(value string) (uint64, error) {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("seed is %.40q: allowed are whole numbers from 0 to 18446744073709551615", value)
	}
	return n, nil
}
