package relaytest

import (
	"context"
	"net"
	"sync"
	"testing"
)

// accept serves who calls, each in a goroutine, until the test ends. Then it
// hangs up and waits for them.
func accept(tb testing.TB, l net.Listener, serve func(context.Context, net.Conn)) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { _ = c.Close() })
			all.Go(func() { serve(ctx, c) })
		}
	})
	tb.Cleanup(func() {
		cancel()
		_ = l.Close() // nothing is left to save
		all.Wait()
	})
}
