package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

// mostBulkUsers bounds --count; each user is some rows and a line.
const mostBulkUsers = 1_000_000

// bulkBatch is how many users are made and stored at a time.
const bulkBatch = 500

// addMany writes users, accounts and sessions straight into the store. The
// sessions last as long as a new sign-in's would with the default lifetimes.
func (c *userAdd) addMany(ctx context.Context, w world, cash trading.Decimal) (err error) {
	production, err := inProduction(c.storeSettings)
	switch {
	case err != nil:
		return usageError{err}
	case production:
		return usageError{errors.New("user add --count is refused in production: its users have no passwords and their sessions lie in a file")}
	case c.Name != "":
		return usageError{errors.New("user add takes a name or --count, not both")}
	case c.Count < 1 || c.Count > mostBulkUsers:
		return usageError{fmt.Errorf("--count: %d is out of range; allowed are 1 to %d", c.Count, mostBulkUsers)}
	}
	if err := checkName(c.Prefix + "1"); err != nil {
		return err
	}
	if c.Sessions == "" {
		return usageError{errors.New("--count needs --sessions FILE: there is no other way to sign these users in")}
	}
	file, err := os.OpenFile(c.Sessions, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write sessions: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewWriter(file)

	err = withStore(ctx, c.storeSettings, func(s store) error {
		for from := 1; from <= c.Count; from += bulkBatch {
			seeds, err := c.batch(lines, from, min(from+bulkBatch-1, c.Count), cash)
			if err != nil {
				return err
			}
			if err := s.AddSeeds(ctx, seeds); err != nil {
				return fmt.Errorf("add users %s%d and following: %w", c.Prefix, from, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := lines.Flush(); err != nil {
		return fmt.Errorf("write sessions: %w", err)
	}
	fmt.Fprintf(w.out, "added %d users, their sessions are in %s\n", c.Count, c.Sessions)
	return nil
}

// batch makes the users from..to and writes their lines.
func (c *userAdd) batch(lines *bufio.Writer, from, to int, cash trading.Decimal) ([]trading.Seed, error) {
	now := time.Now()
	seeds := make([]trading.Seed, 0, to-from+1)
	for i := from; i <= to; i++ {
		seed, err := newSeed(fmt.Sprintf("%s%d", c.Prefix, i), "", brokerPaper, cash, nil, now)
		if err != nil {
			return nil, err
		}
		id, signIn := session.Mint(seed.User.ID, now)
		seed.Sessions = []trading.Session{signIn}
		if _, err := fmt.Fprintln(lines, seed.User.Name, id); err != nil {
			return nil, fmt.Errorf("write sessions: %w", err)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}
