package session

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// LimiterOptions are the options of NewLoginLimiter.
type LimiterOptions struct {
	// PerUser is how many sign-ins of a name from one address may fail in a window. Default 10.
	PerUser int
	// PerAddress is how many sign-ins from an address may fail in a window. Default 50.
	PerAddress int
	// Window begins with a first failure. Default a minute.
	Window time.Duration
	// MaxTracked bounds the memory: beyond it the oldest failures are forgotten. Default 100,000.
	MaxTracked int
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// LoginLimiter counts failed sign-ins per name and address together, and per
// address. Successes count nothing. IPv6 addresses count by their /64, which is
// what one customer has. All methods may be called concurrently.
type LoginLimiter struct {
	o LimiterOptions

	mu      sync.Mutex
	windows map[attemptKey]*attempts
	oldest  []attemptKey // of windows, in the order in which they began, hence end
}

// attemptKey is a name and an address, or an address alone.
type attemptKey struct{ name, address string }

type attempts struct {
	began  time.Time
	failed int
}

// NewLoginLimiter makes a limiter that has seen no failure.
func NewLoginLimiter(o LimiterOptions) *LoginLimiter {
	setDefault(&o.PerUser, 10)
	setDefault(&o.PerAddress, 50)
	setDefault(&o.Window, time.Minute)
	setDefault(&o.MaxTracked, 100_000)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &LoginLimiter{o: o, windows: make(map[attemptKey]*attempts)}
}

// Wait returns how long a sign-in has to wait, zero if it may be tried now.
func (l *LoginLimiter) Wait(name, address string) time.Duration {
	pair, alone := attemptKeys(name, address)
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.waitLocked(pair, l.o.PerUser), l.waitLocked(alone, l.o.PerAddress))
}

func (l *LoginLimiter) waitLocked(key attemptKey, limit int) time.Duration {
	a, ok := l.windows[key]
	if !ok || a.failed < limit {
		return 0
	}
	return max(0, a.began.Add(l.o.Window).Sub(l.o.Now()))
}

// Failed counts a failure.
func (l *LoginLimiter) Failed(name, address string) {
	pair, alone := attemptKeys(name, address)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.o.Now()
	l.forgetLocked(now)
	l.countLocked(pair, now)
	l.countLocked(alone, now)
}

func (l *LoginLimiter) countLocked(key attemptKey, now time.Time) {
	a, ok := l.windows[key]
	if !ok {
		a = &attempts{began: now}
		l.windows[key] = a
		l.oldest = append(l.oldest, key)
	}
	a.failed++
}

// forgetLocked drops the windows that are over, and as many more as make room for two.
func (l *LoginLimiter) forgetLocked(now time.Time) {
	for len(l.oldest) > 0 {
		key := l.oldest[0]
		if l.windows[key].began.Add(l.o.Window).After(now) && len(l.oldest) <= l.o.MaxTracked-2 {
			return
		}
		delete(l.windows, key)
		l.oldest = l.oldest[1:]
	}
}

// maxKeyName bounds what one attempt can make the limiter remember.
const maxKeyName = 4 * MaxNameLength

func attemptKeys(name, address string) (pair, alone attemptKey) {
	network := networkOf(address)
	if len(name) > maxKeyName {
		name = name[:maxKeyName]
	}
	return attemptKey{name: "=" + strings.ToLower(strings.ToUpper(name)), address: network}, attemptKey{address: network}
}

// networkOf is what an address is counted under.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
