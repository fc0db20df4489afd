// Command packager is lotse-pack: it turns templates into an organisation's
// branded and signed programs, and reads them back (packaging/README.md). The
// keys for code are opened by lotse-sign alone.
package main

import (
	"context"
	"os"
	"os/signal"

	"lotse/packaging/pack"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	code := pack.Main(ctx, os.Args[1:], pack.Std{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	cancel()
	os.Exit(code)
}
