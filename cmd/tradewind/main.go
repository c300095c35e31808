package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"tradewind/internal/memory"
)

// version is set by the linker.
var version = "dev"

func main() {
	untune := memory.Tune(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the second one has its default effect: it ends the process at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], world{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv})
	stop()
	untune()
	os.Exit(code)
}

// world is what a command may touch of its surroundings.
type world struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string
}

// commands is the command line.
type commands struct {
	Serve       serveCommand       `cmd:"" help:"Run the server."`
	User        userCommands       `cmd:"" help:"Manage users."`
	Backup      backupCommand      `cmd:"" help:"Copy the database to a file while the server runs."`
	Restore     restoreCommand     `cmd:"" help:"Put a backup in place of the database. The server must be stopped."`
	Loadtest    loadtestCommand    `cmd:"" help:"Load a running server with many clients and report what it did."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running server whether it is healthy; for containers."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// command is what every command of the tree implements.
type command interface {
	Run(ctx context.Context, w world) error
}

// exited carries the exit code that the flag parser asked for, as after --help.
type exited int

// run executes one command line and returns the exit code: 0, 1 for a failure, 2 for wrong usage.
func run(ctx context.Context, args []string, w world) (code int) {
	defer func() {
		if e, ok := recover().(exited); ok {
			code = int(e)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("tradewind"),
		kong.Description("Real-time infrastructure for trading dashboards."),
		kong.Writers(w.out, w.err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "net", Title: "Network:"}, {Key: "market", Title: "Market:"}, {Key: "limits", Title: "Intervals and limits:"},
			{Key: "sessions", Title: "Sessions:"}, {Key: "logs", Title: "Logs:"},
			{Key: "load", Title: "Load:"}, {Key: "report", Title: "Report:"},
		}),
	)
	if err != nil {
		complain(w.err, err)
		return 1
	}
	selected, err := parser.Parse(args)
	if err != nil {
		complain(w.err, err)
		return 2
	}
	chosen, ok := selected.Selected().Target.Addr().Interface().(command)
	if !ok {
		complain(w.err, fmt.Errorf("%s is not a command by itself", selected.Command()))
		return 2
	}
	if err := chosen.Run(ctx, w); err != nil {
		complain(w.err, err)
		var wrong usageError
		if errors.As(err, &wrong) {
			return 2
		}
		return 1
	}
	return 0
}

// usageError is a mistake of whoever wrote the command line or the environment.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// complain prints an error, a line for each sentence of a joined one.
func complain(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(w, "tradewind:", line)
	}
}
