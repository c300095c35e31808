package trading

import (
	"context"
	"encoding/json"
	"time"
)

// User is a person who signs in.
type User struct {
	ID           UserID
	Name         string
	PasswordHash string // argon2id in PHC form; empty for a user who cannot sign in with a password
	Account      AccountID
	CreatedAt    time.Time
}

// AccountInfo says whose an account is and which broker executes for it.
type AccountInfo struct {
	ID        AccountID
	User      UserID
	Broker    string // paper, alpaca, none
	Live      bool   // false: paper money
	Currency  string // USD
	CreatedAt time.Time
}

// Session is one sign-in. The id that the client holds is never stored, only its hash.
type Session struct {
	Hash      [32]byte // SHA-256 of the session id
	PublicID  string   // for lists and sign-out by id; tells nothing about the session id
	User      UserID
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	UserAgent string
	Address   string
}

// UserStore keeps users and their accounts. Methods may be called concurrently.
type UserStore interface {
	CreateUser(ctx context.Context, u User, a AccountInfo) error // ErrNameTaken
	UserByName(ctx context.Context, name string) (User, error)   // ErrNotFound; names compare without case
	User(ctx context.Context, id UserID) (User, error)           // ErrNotFound
	Users(ctx context.Context) ([]User, error)
	SetPasswordHash(ctx context.Context, id UserID, hash string) error
	SetAccount(ctx context.Context, id UserID, a AccountInfo) error // a becomes the active account
	Account(ctx context.Context, id AccountID) (AccountInfo, error) // ErrNotFound
	RemoveUser(ctx context.Context, id UserID) error                // with sessions, watchlist and settings; ledgers stay
}

// SessionStore keeps sessions. Methods may be called concurrently.
type SessionStore interface {
	CreateSession(ctx context.Context, s Session) error
	Session(ctx context.Context, hash [32]byte) (Session, error)                    // ErrNotFound
	SessionsByHash(ctx context.Context, hashes [][32]byte) ([]Session, error)       // those that exist, in any order
	SessionsOf(ctx context.Context, user UserID) ([]Session, error)                 // oldest first
	TouchSession(ctx context.Context, hash [32]byte, seen, expires time.Time) error // ErrNotFound
	DeleteSession(ctx context.Context, hash [32]byte) error                         // no error when it is gone already
	DeleteExpired(ctx context.Context, now time.Time) (int, error)
}

// ProfileStore keeps what a user set up. Methods may be called concurrently.
type ProfileStore interface {
	Watchlist(ctx context.Context, user UserID) ([]Symbol, error) // empty when never set
	SetWatchlist(ctx context.Context, user UserID, symbols []Symbol) error
	Settings(ctx context.Context, user UserID) (json.RawMessage, error) // nil when never set
	SetSettings(ctx context.Context, user UserID, settings json.RawMessage) error
}

// ValuePoint is the total value of an account at one minute.
type ValuePoint struct {
	Time  time.Time
	Value Decimal
}

// HistoryStore keeps a point a minute of each account's value.
type HistoryStore interface {
	// AddValuePoints adds a point to each account; a second one in the same minute replaces the first.
	AddValuePoints(ctx context.Context, points map[AccountID]ValuePoint) error
	// ValueHistory returns the newest points at or after since, at most limit (0: all that are kept), oldest first.
	// Old points are thinned out: see the store.
	ValueHistory(ctx context.Context, account AccountID, since time.Time, limit int) ([]ValuePoint, error)
}

// Seed is a user ready to use: the account, the first ledger entries and a session.
type Seed struct {
	User     User
	Account  AccountInfo
	Entries  []Entry   // of Account, from seq 1
	Sessions []Session // of User
}

// Seeder is implemented by stores that can write many users quickly, for load
// tests and imports. A seed is stored whole or not at all; after an error the
// seeds before the failing one may be stored.
type Seeder interface {
	AddSeeds(ctx context.Context, seeds []Seed) error // ErrNameTaken
}
