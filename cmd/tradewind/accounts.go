package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"tradewind/internal/trading"
)

// currency is what all accounts are kept in.
const currency = "USD"

// holding is a position that an account begins with.
type holding struct {
	symbol   trading.Symbol
	quantity string
	cost     string // of all of it
}

// newSeed makes a user with an account, its opening entries and no session.
func newSeed(name, passwordHash, broker string, cash trading.Decimal, holdings []holding, now time.Time) (trading.Seed, error) {
	now = now.UTC().Truncate(time.Millisecond)
	user := trading.User{
		ID:           trading.UserID(newID("u")),
		Name:         name,
		PasswordHash: passwordHash,
		CreatedAt:    now,
	}
	account := newAccount(user.ID, broker, now)
	user.Account = account.ID
	entries, err := openingEntries(account.ID, cash, holdings, now)
	if err != nil {
		return trading.Seed{}, err
	}
	return trading.Seed{User: user, Account: account, Entries: entries}, nil
}

func newAccount(user trading.UserID, broker string, now time.Time) trading.AccountInfo {
	return trading.AccountInfo{
		ID:        trading.AccountID(newID("a")),
		User:      user,
		Broker:    broker,
		Currency:  currency,
		CreatedAt: now,
	}
}

// openingEntries are the deposits that an account begins with: what it owns has
// to be in its ledger, for that is the only truth.
func openingEntries(account trading.AccountID, cash trading.Decimal, holdings []holding, now time.Time) ([]trading.Entry, error) {
	var entries []trading.Entry
	deposit := func(a trading.Adjustment) {
		a.Kind = trading.Deposit
		entries = append(entries, trading.Entry{
			Account:    account,
			Seq:        trading.Seq(len(entries) + 1),
			Time:       now,
			Kind:       trading.EntryAccount,
			Adjustment: &a,
		})
	}
	if cash.IsPos() {
		deposit(trading.Adjustment{Amount: cash, Reason: "opening balance"})
	}
	for _, h := range holdings {
		quantity, err := trading.ParseDecimal(h.quantity)
		if err != nil {
			return nil, fmt.Errorf("opening position in %s: %w", h.symbol, err)
		}
		cost, err := trading.ParseDecimal(h.cost)
		if err != nil {
			return nil, fmt.Errorf("opening position in %s: %w", h.symbol, err)
		}
		deposit(trading.Adjustment{Symbol: h.symbol, Quantity: quantity, Amount: cost, Reason: "opening position"})
	}
	return entries, nil
}

// newID is an opaque id with 130 bit of chance.
func newID(kind string) string { return kind + "_" + strings.ToLower(rand.Text()) }

// longestName is how long a user name may be, in bytes.
const longestName = 64

// checkName refuses names that could not be typed or told apart in a list.
func checkName(name string) error {
	if name == "" || len(name) > longestName {
		return usageError{fmt.Errorf("a user name has 1 to %d bytes", longestName)}
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r) {
			return usageError{errors.New("a user name has letters, digits and . _ - @ +")}
		}
	}
	return nil
}

// parseCash reads the opening balance of --cash.
func parseCash(text string) (trading.Decimal, error) {
	cash, err := trading.ParseDecimal(text)
	if err == nil && cash.IsNeg() {
		err = errors.New("it is negative")
	}
	if err != nil {
		return cash, usageError{fmt.Errorf("--cash: %w; allowed are amounts such as 100000 or 2500.50", err)}
	}
	return cash, nil
}
