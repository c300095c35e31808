package sim

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tradewind/internal/trading"
)

// Action is what a step of a script does.
type Action string

// The actions.
const (
	Stall Action = "stall" // no quotes
	Halt  Action = "halt"  // one symbol is halted
	Close Action = "close" // the market is closed
	Price Action = "price" // one symbol jumps to a price
)

// MaxScriptPrice is the highest price a script may set.
const MaxScriptPrice = 1_000_000

// Step is one line of a script.
type Step struct {
	At     time.Duration // after the start of Run
	Action Action
	Symbol trading.Symbol  // of Halt and Price
	Price  trading.Decimal // of Price: positive, whole cents
	For    time.Duration   // how long; 0: until the end, and for Price: no longer than a moment
}

// active reports whether a step with a length is going on.
func (s Step) active(elapsed time.Duration) bool {
	return elapsed >= s.At && (s.For == 0 || elapsed < s.At+s.For)
}

// ParseScript reads a script for a feed of the given number of symbols. Errors name the line.
func ParseScript(text string, symbols int) ([]Step, error) {
	known := make(map[trading.Symbol]bool, symbols)
	for _, t := range tickers(symbols) {
		known[t.symbol] = true
	}
	var steps []Step
	line := 0
	for text := range strings.Lines(text) {
		line++
		text, _, _ = strings.Cut(text, "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		step, err := parseStep(words)
		if err == nil && step.Symbol != "" && !known[step.Symbol] {
			err = fmt.Errorf("symbol %.20q is not among the %d simulated ones", step.Symbol, symbols)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func parseStep(words []string) (Step, error) {
	if len(words) < 3 || words[0] != "at" {
		return Step{}, errors.New("a step reads: at TIME stall, halt, close or price and what belongs to it")
	}
	at, err := time.ParseDuration(words[1])
	if err != nil || at < 0 {
		return Step{}, fmt.Errorf("time %.20q is not a duration such as 500ms, 5s or 2m", words[1])
	}
	step := Step{At: at, Action: Action(words[2])}
	rest := words[3:]
	if step.Action == Halt || step.Action == Price {
		if len(rest) == 0 {
			return Step{}, fmt.Errorf("%s needs a symbol", step.Action)
		}
		step.Symbol, rest = trading.Symbol(strings.ToUpper(rest[0])), rest[1:]
	}
	switch step.Action {
	case Stall, Halt, Close:
	case Price:
		if step.Price, rest, err = parsePrice(rest); err != nil {
			return Step{}, err
		}
	default:
		return Step{}, fmt.Errorf("unknown action %.20q: allowed are stall, halt, close and price", step.Action)
	}
	if len(rest) > 0 {
		if step.For, err = time.ParseDuration(rest[0]); err != nil || step.For <= 0 {
			return Step{}, fmt.Errorf("length %.20q is not a duration such as 500ms, 5s or 2m", rest[0])
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return Step{}, fmt.Errorf("%.20q is one word too many", rest[0])
	}
	return step, nil
}

func parsePrice(words []string) (price trading.Decimal, rest []string, err error) {
	if len(words) == 0 {
		return price, nil, errors.New("price needs a price")
	}
	price, err = trading.ParseDecimal(words[0])
	if err != nil || !price.IsPos() || price.Scale() > 2 || cents(price) > MaxScriptPrice*100 {
		return price, nil, fmt.Errorf("price %.20q: allowed are whole cents above zero up to %d", words[0], MaxScriptPrice)
	}
	return price, words[1:], nil
}

// cents is a price with at most two decimals as a whole number.
func cents(price trading.Decimal) int64 {
	whole, frac, _ := price.Int64(2)
	return whole*100 + frac
}
