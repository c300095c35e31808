package main

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"
)

// parser reads values of variables and collects a sentence for each wrong one.
// What it returns for a wrong value is not to be used.
type parser struct {
	errs []error
}

func (p *parser) add(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

func (p *parser) wrong(name, value, what, allowed string) {
	p.add("%s: %q %s; allowed are %s", name, value, what, allowed)
}

// count reads a whole number from least to most.
func (p *parser) count(name, text string, least, most int) int {
	allowed := fmt.Sprintf("%d to %d", least, most)
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		p.wrong(name, text, "is not a whole number", allowed)
	case n < least || n > most:
		p.wrong(name, text, "is out of range", allowed)
	}
	return n
}

// duration reads a time such as 250ms, 24h or 30d.
func (p *parser) duration(name, text string, least, most time.Duration) time.Duration {
	allowed := fmt.Sprintf("%s to %s", shortDuration(least), shortDuration(most))
	d, ok := parseDuration(text)
	switch {
	case !ok:
		p.wrong(name, text, "is not a time such as 250ms, 15s, 24h or 30d", allowed)
	case d < least || d > most:
		p.wrong(name, text, "is out of range", allowed)
	}
	return d
}

// day is a unit that time.ParseDuration does not know.
const day = 24 * time.Hour

func parseDuration(text string) (time.Duration, bool) {
	if number, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.ParseUint(number, 10, 16)
		return time.Duration(days) * day, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

func shortDuration(d time.Duration) string {
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	text = strings.TrimSuffix(text, "m0s")
	if len(text) < len(d.String()) {
		return text + "m"
	}
	return text
}

// sizeUnits are longest first, so that KB is not read as B.
var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"B", 1}, {"", 1}}

// size reads a number of bytes such as 65536, 64KB or 1MB.
func (p *parser) size(name, text string, least, most int64) int {
	allowed := fmt.Sprintf("%s to %s", shortSize(least), shortSize(most))
	n, ok := parseSize(text)
	switch {
	case !ok:
		p.wrong(name, text, "is not a size such as 65536, 64KB or 1MB", allowed)
	case n < least || n > most:
		p.wrong(name, text, "is out of range", allowed)
	}
	return int(n)
}

func parseSize(text string) (int64, bool) {
	upper := strings.ToUpper(strings.TrimSpace(text))
	for _, unit := range sizeUnits {
		number, ok := strings.CutSuffix(upper, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit.bytes {
			return 0, false
		}
		return n * unit.bytes, true
	}
	return 0, false
}

func shortSize(n int64) string {
	for _, unit := range []struct {
		suffix string
		bytes  int64
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n >= unit.bytes && n%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", n/unit.bytes, unit.suffix)
		}
	}
	return strconv.FormatInt(n, 10)
}

// address reads HOST:PORT, or off, which gives the empty string.
func (p *parser) address(name, text string) string {
	if text == "off" {
		return ""
	}
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		p.wrong(name, text, "is not an address", "HOST:PORT such as 127.0.0.1:9090, and off")
	}
	return text
}

// production reads APP_ENV; NODE_ENV=production makes production of anything.
func (p *parser) production(s storeSettings) bool {
	switch s.AppEnv {
	case "", "development":
		return s.NodeEnv == "production"
	case "production":
		return true
	}
	p.wrong("APP_ENV", s.AppEnv, "is no environment", "development and production")
	return false
}

// list splits at commas; empty parts are left out.
func list(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
