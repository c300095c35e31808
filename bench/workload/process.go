package workload

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"tradewind/internal/memory"
)

// Process prepares this process as every server of the bench is: its context
// ends at SIGINT or SIGTERM, and at SIGUSR2 it collects garbage and gives memory
// back to the system. stop releases both.
func Process() (ctx context.Context, stop func()) {
	untune := memory.Tune(os.Getenv) // as `tradewind serve` does
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	trim := make(chan os.Signal, 1)
	signal.Notify(trim, syscall.SIGUSR2)
	done := make(chan struct{})
	// Owned by stop, which waits for it.
	go func() {
		defer close(done)
		for range trim {
			debug.FreeOSMemory()
		}
	}()
	return ctx, func() {
		cancel()
		untune()
		signal.Stop(trim)
		close(trim)
		<-done
	}
}
