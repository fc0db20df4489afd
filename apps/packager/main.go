// Command packager is lotse-pack: it turns templates into an organisation's
// branded and signed programs, and reads them back (packaging/README.md). The
// keys for code are opened by lotse-sign alone.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"lotse/packaging/pack"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Who says stop twice means it, whatever is being waited for.
	context.AfterFunc(ctx, cancel)
	code := pack.Main(ctx, os.Args[1:], pack.Std{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	cancel()
	os.Exit(code)
}
