// Command relay is lotse-relay: it passes sealed records between the members
// of sessions, and keeps the licences that open them. One static program; its
// keys and its database lie in the state folder. It cannot read what it
// carries.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes besides 0.
const (
	exitFailed = 1 // it could not run, or ended with an error
	exitUsage  = 2 // the arguments make no sense
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], std{os.Stdin, os.Stdout, os.Stderr})
	cancel()
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "lotse-relay: "+err.Error())
		os.Exit(exitUsage)
	default:
		fmt.Fprintln(os.Stderr, "lotse-relay: "+err.Error())
		os.Exit(exitFailed)
	}
}
