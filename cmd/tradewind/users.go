package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

// userCommands are tradewind user …
type userCommands struct {
	Add        userAdd        `cmd:"" help:"Add a user with a paper account, or many for load tests."`
	Passwd     userPasswd     `cmd:"" help:"Set a user's password; ends the user's sessions."`
	List       userList       `cmd:"" help:"List the users."`
	Remove     userRemove     `cmd:"" help:"Remove a user with sessions and settings; ledgers stay."`
	ResetPaper userResetPaper `cmd:"" help:"Give a user a new paper account."`
}

// userAdd adds one user, or with --count many.
type userAdd struct {
	storeSettings
	Name string `arg:"" optional:"" help:"Name to sign in with."`
	Cash string `default:"100000" placeholder:"USD" help:"Opening balance."`

	Count    int    `placeholder:"N" help:"Add this many users that cannot sign in with a password. Refused in production."`
	Prefix   string `placeholder:"P" help:"Their names are P1, P2 and so on."`
	Sessions string `placeholder:"FILE" help:"Write a line for each of them: name, space, session id."`
}

func (c *userAdd) Run(ctx context.Context, w world) error {
	cash, err := parseCash(c.Cash)
	if err != nil {
		return err
	}
	if c.Count != 0 || c.Prefix != "" || c.Sessions != "" {
		return c.addMany(ctx, w, cash)
	}
	if err := checkName(c.Name); err != nil {
		return err
	}
	password, err := readPassword(w, c.Name)
	if err != nil {
		return err
	}
	hash, err := session.HashPassword(password)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	seed, err := newSeed(c.Name, hash, brokerPaper, cash, nil, time.Now())
	if err != nil {
		return err
	}
	err = withStore(ctx, c.storeSettings, func(s store) error { return s.AddSeeds(ctx, []trading.Seed{seed}) })
	if errors.Is(err, trading.ErrNameTaken) {
		return fmt.Errorf("there is a user %s already", c.Name)
	}
	if err != nil {
		return fmt.Errorf("add user %s: %w", c.Name, err)
	}
	fmt.Fprintf(w.out, "added %s with %s %s\n", c.Name, cash, currency)
	return nil
}

// userPasswd sets a password. A running server notices the ended sessions within seconds.
type userPasswd struct {
	storeSettings
	Name string `arg:"" help:"Name of the user."`
}

func (c *userPasswd) Run(ctx context.Context, w world) error {
	return withUser(ctx, c.storeSettings, c.Name, func(s store, u trading.User) error {
		password, err := readPassword(w, c.Name)
		if err != nil {
			return err
		}
		if err := session.New(s, s, session.Options{}).SetPassword(ctx, u.ID, password); err != nil {
			return fmt.Errorf("set password of %s: %w", c.Name, err)
		}
		fmt.Fprintf(w.out, "changed the password of %s and ended the sessions\n", c.Name)
		return nil
	})
}

// userList lists the users.
type userList struct{ storeSettings }

func (c *userList) Run(ctx context.Context, w world) error {
	return withStore(ctx, c.storeSettings, func(s store) error {
		users, err := s.Users(ctx)
		if err != nil {
			return fmt.Errorf("list users: %w", err)
		}
		table := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tBROKER\tACCOUNT\tCREATED")
		for _, u := range users {
			account, err := s.Account(ctx, u.Account)
			if err != nil {
				return fmt.Errorf("find account of %s: %w", u.Name, err)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", u.Name, account.Broker, account.ID, u.CreatedAt.UTC().Format(time.DateTime))
		}
		return table.Flush()
	})
}

// userRemove removes a user.
type userRemove struct {
	storeSettings
	Name string `arg:"" help:"Name of the user."`
}

func (c *userRemove) Run(ctx context.Context, w world) error {
	return withUser(ctx, c.storeSettings, c.Name, func(s store, u trading.User) error {
		if err := session.New(s, s, session.Options{}).RemoveUser(ctx, u.ID); err != nil {
			return fmt.Errorf("remove user %s: %w", c.Name, err)
		}
		fmt.Fprintln(w.out, "removed", c.Name)
		return nil
	})
}

// userResetPaper starts a user over with a new account. The old ledger stays in
// the store. The user is signed out everywhere: what is open still shows the old account.
type userResetPaper struct {
	storeSettings
	Name string `arg:"" help:"Name of the user."`
	Cash string `default:"100000" placeholder:"USD" help:"Opening balance."`
}

func (c *userResetPaper) Run(ctx context.Context, w world) error {
	cash, err := parseCash(c.Cash)
	if err != nil {
		return err
	}
	return withUser(ctx, c.storeSettings, c.Name, func(s store, u trading.User) error {
		now := time.Now().UTC().Truncate(time.Millisecond)
		account := newAccount(u.ID, brokerPaper, now)
		entries, err := openingEntries(account.ID, cash, nil, now)
		if err != nil {
			return err
		}
		// The ledger first: whoever sees the new account sees its money.
		for _, e := range entries {
			if err := s.Append(ctx, e); err != nil {
				return fmt.Errorf("open account for %s: %w", c.Name, err)
			}
		}
		if err := s.SetAccount(ctx, u.ID, account); err != nil {
			return fmt.Errorf("give %s the new account: %w", c.Name, err)
		}
		if err := signOut(ctx, s, u.ID); err != nil {
			return fmt.Errorf("sign %s out: %w", c.Name, err)
		}
		fmt.Fprintf(w.out, "%s has a new account %s with %s %s\n", c.Name, account.ID, cash, currency)
		return nil
	})
}

// signOut ends all sessions of a user. A running server notices within a second.
func signOut(ctx context.Context, s store, user trading.UserID) error {
	sessions, err := s.SessionsOf(ctx, user)
	if err != nil {
		return err
	}
	for _, open := range sessions {
		if err := s.DeleteSession(ctx, open.Hash); err != nil {
			return err
		}
	}
	return nil
}

// withUser opens the store and finds a user by name.
func withUser(ctx context.Context, settings storeSettings, name string, use func(store, trading.User) error) error {
	return withStore(ctx, settings, func(s store) error {
		user, err := s.UserByName(ctx, name)
		if errors.Is(err, trading.ErrNotFound) {
			return fmt.Errorf("there is no user %s", name)
		}
		if err != nil {
			return fmt.Errorf("find user %s: %w", name, err)
		}
		return use(s, user)
	})
}
