package loadtest

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// sharesEach is how many symbols a user holds a share of, so that the portfolio
// changes with their prices.
const sharesEach = 3

// buyShares gives every user of a portfolio test something to hold: an account
// without positions never changes. Clients without a session have no account.
func (r *run) buyShares(ctx context.Context) {
	if r.o.Scenario != Portfolio || !r.tradewind() {
		return
	}
	r.course.enter("buying shares")
	var g errgroup.Group
	g.SetLimit(mostRequests)
	for i, c := range r.clients[:min(len(r.clients), len(r.o.Sessions))] {
		if c.link == nil {
			continue
		}
		for j := range sharesEach {
			if ctx.Err() != nil {
				break
			}
			symbol := r.symbols[(i+j)%len(r.symbols)]
			id := fmt.Sprintf("%s-%d-%d", r.orders.name, i, j)
			g.Go(func() error {
				if err := r.orders.post(ctx, c.session(), orderBody(symbol, "buy", id)); err != nil {
					r.tally.problem("order: " + describe(err))
				}
				return nil
			})
		}
	}
	_ = g.Wait() // has no errors: they are counted
}
