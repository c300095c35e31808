package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"tradewind/internal/trading"
)

// Lifetimes of sessions, unless Options say otherwise.
const (
	DefaultTTL    = 24 * time.Hour
	DefaultMaxAge = 30 * 24 * time.Hour
)

const (
	idBytes       = 32 // 256 bit
	publicIDBytes = 12
)

// idLength is the length of a session id as clients hold it.
var idLength = base64.RawURLEncoding.EncodedLen(idBytes)

// Mint makes a session of a user with the default lifetime: the id for the
// client, and what goes into the store. It stores nothing.
func Mint(user trading.UserID, now time.Time) (id string, s trading.Session) {
	return mint(user, now, min(DefaultTTL, DefaultMaxAge))
}

func mint(user trading.UserID, now time.Time, lifetime time.Duration) (id string, s trading.Session) {
	now = now.UTC().Truncate(time.Millisecond)
	id = randomText(idBytes)
	return id, trading.Session{
		Hash:      sha256.Sum256([]byte(id)),
		PublicID:  randomText(publicIDBytes),
		User:      user,
		CreatedAt: now,
		SeenAt:    now,
		ExpiresAt: now.Add(lifetime),
	}
}

func randomText(bytes int) string {
	raw := make([]byte, bytes)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// hashOf is what the store knows a session id by. What cannot be an id is not even looked up.
func hashOf(id string) (hash [32]byte, ok bool) {
	if len(id) != idLength {
		return hash, false
	}
	return sha256.Sum256([]byte(id)), true
}
