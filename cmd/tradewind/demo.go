package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tradewind/internal/session"
	"tradewind/internal/trading"
)

// demoHoldings are what the demo user begins with, bought a while ago.
var demoHoldings = []holding{
	{"AAPL", "40", "9840.00"},
	{"MSFT", "15", "7312.50"},
	{"NVDA", "60", "9930.00"},
	{"SPY", "10", "6455.00"},
}

// errDemoUser is why a server does not start in production.
var errDemoUser = fmt.Errorf("DATA_DIR: the store has the user %[1]s with the password everybody knows, which is refused in production; allowed is a store without: see tradewind user passwd %[1]s and tradewind user remove %[1]s", session.DemoName)

// refuseDemoUser finds the demo user that a trial left in the store.
func refuseDemoUser(ctx context.Context, s store) error {
	user, err := s.UserByName(ctx, session.DemoName)
	switch {
	case errors.Is(err, trading.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("look for the demo user: %w", err)
	case session.IsDemo(user):
		return errDemoUser
	}
	return nil
}

// addDemoUser adds the demo user, whose password everybody knows, where it is missing.
func addDemoUser(ctx context.Context, s store) error {
	_, err := s.UserByName(ctx, session.DemoName)
	if err == nil {
		return nil
	}
	if !errors.Is(err, trading.ErrNotFound) {
		return fmt.Errorf("look for the demo user: %w", err)
	}
	hash, err := session.HashPassword(session.DemoPassword)
	if err != nil {
		return fmt.Errorf("hash the demo password: %w", err)
	}
	cash, err := trading.ParseDecimal("100000")
	if err != nil {
		return err
	}
	seed, err := newSeed(session.DemoName, hash, brokerPaper, cash, demoHoldings, time.Now())
	if err != nil {
		return err
	}
	if err := s.AddSeeds(ctx, []trading.Seed{seed}); err != nil && !errors.Is(err, trading.ErrNameTaken) {
		return fmt.Errorf("add the demo user: %w", err)
	}
	return nil
}
