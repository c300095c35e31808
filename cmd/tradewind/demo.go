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
