package session

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Bounds of a new password.
const (
	MinPasswordLength = 8    // characters
	MaxPasswordBytes  = 1024 // hashing is the expensive part, but reading has a bound too
)

// Cost is how hard a password is to guess from its hash.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultCost is what OWASP's cheat sheet asks of argon2id at least: 19 MiB, two
// passes, one thread. A check takes some 25 ms.
var DefaultCost = Cost{Memory: 19 << 10, Time: 2, Threads: 1}

// Bounds of the cost of stored hashes: a hash that was tampered with must not take the server down.
const (
	maxMemory = 1 << 20 // KiB: 1 GiB
	maxTime   = 64
)

const (
	saltBytes = 16
	keyBytes  = 32
)

var errBadHash = errors.New("stored password hash is not argon2id in PHC form")

// HashPassword returns the argon2id hash of a password in PHC form, with
// DefaultCost. ErrBadPassword for one that nobody could sign in with: empty or
// too long. Whether it is long enough is for the caller to say.
func HashPassword(password string) (string, error) {
	if password == "" || len(password) > MaxPasswordBytes {
		return "", ErrBadPassword
	}
	return DefaultCost.hash(password), nil
}

func (c Cost) hash(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, keyBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// phc is a hash taken apart.
type phc struct {
	cost      Cost
	salt, key []byte
}

func parsePHC(text string) (phc, error) {
	fields := strings.Split(text, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errBadHash
	}
	var h phc
	n, err := fmt.Sscanf(fields[3]+"\n", "m=%d,t=%d,p=%d\n", &h.cost.Memory, &h.cost.Time, &h.cost.Threads)
	if n != 3 || err != nil || h.cost.Memory == 0 || h.cost.Memory > maxMemory || h.cost.Time == 0 || h.cost.Time > maxTime || h.cost.Threads == 0 {
		return phc{}, errBadHash
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.Strict().DecodeString(fields[4])
	h.key, keyErr = base64.RawStdEncoding.Strict().DecodeString(fields[5])
	if saltErr != nil || keyErr != nil || len(h.salt) < 8 || len(h.key) < 16 || len(h.key) > 128 {
		return phc{}, errBadHash
	}
	return h, nil
}

func (h phc) matches(password string) bool {
	key := argon2.IDKey([]byte(password), h.salt, h.cost.Time, h.cost.Memory, h.cost.Threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// checkPassword refuses new passwords that are too easy to guess or too long to handle.
func checkPassword(password string) error {
	if utf8.RuneCountInString(password) < MinPasswordLength || len(password) > MaxPasswordBytes {
		return ErrBadPassword
	}
	return nil
}

// hashers does the work of hashing, a bounded number at once.
type hashers struct {
	slots chan struct{}
	wait  time.Duration
	cost  Cost
	decoy phc // what unknown users' passwords are compared with, so that they take as long
}

func newHashers(o Options) *hashers {
	decoy := phc{cost: o.Cost, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	rand.Read(decoy.salt)
	rand.Read(decoy.key) // the key of no password that anyone could find
	return &hashers{slots: make(chan struct{}, o.Hashers), wait: o.HashWait, cost: o.Cost, decoy: decoy}
}

// do runs work when it is its turn, or returns ErrBusy.
func (h *hashers) do(ctx context.Context, work func() error) error {
	timeout := time.NewTimer(h.wait)
	defer timeout.Stop()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		return work()
	case <-timeout.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hash makes the hash of a new password.
func (h *hashers) hash(ctx context.Context, password string) (hash string, err error) {
	err = h.do(ctx, func() error {
		hash = h.cost.hash(password)
		return nil
	})
	return hash, err
}

// check compares a password with a stored hash; an empty hash matches nothing and
// takes as long. When the turn has come, allowed may refuse it, and judged is told
// the result before the turn passes on: so at most as many attempts as there are
// turns get past a limit together.
func (h *hashers) check(ctx context.Context, stored, password string, allowed func() error, judged func(matches bool)) error {
	want, usable := h.decoy, false
	if stored != "" {
		var err error
		if want, err = parsePHC(stored); err != nil {
			return err
		}
		usable = true
	}
	return h.do(ctx, func() error {
		if err := allowed(); err != nil {
			return err
		}
		judged(want.matches(password) && usable)
		return nil
	})
}
