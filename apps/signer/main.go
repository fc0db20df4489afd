// Command signer is lotse-sign: it opens one key and signs one thing, as
// lotse-pack asks on its standard input (packaging/signer), answers on its
// standard output, and ends. It takes no arguments, so that no password can be
// among them, and it is the only program with a signing library in it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"lotse/packaging/sign"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "lotse-sign: it takes no arguments; lotse-pack sign uses it")
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := sign.Serve(ctx, os.Stdin, os.Stdout)
	cancel()
	if err != nil {
		os.Exit(1)
	}
}
