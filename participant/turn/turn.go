// Package turn has work done by the one goroutine that owns some state, and
// waits before work is tried again.
package turn

import (
	"context"
	"sync/atomic"
)

// Queue is work for a goroutine, which takes it out and calls it.
type Queue chan func(context.Context)

// Do has the goroutine call f, and waits for it; for others than that goroutine.
// It reports whether f was called. Once ctx has ended f is called no more: what
// it writes may be read when Do returns true, and nobody writes it when Do
// returns false.
func (q Queue) Do(ctx context.Context, f func(context.Context)) bool {
	done := make(chan struct{})
	var begun atomic.Bool // by the goroutine, or given up by us
	work := func(ctx context.Context) {
		defer close(done)
		if begun.CompareAndSwap(false, true) {
			f(ctx)
		}
	}
	select {
	case q <- work:
	case <-ctx.Done():
		return false
	}
	select {
	case <-done:
		return true
	case <-ctx.Done():
		if begun.CompareAndSwap(false, true) {
			return false
		}
		<-done // it is at it
		return true
	}
}
