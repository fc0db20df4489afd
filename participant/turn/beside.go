package turn

import (
	"context"
	"fmt"
)

// Beside runs work in a goroutine of its own while turns takes what else comes,
// until done is closed. It returns how work ended, or why turns ended first;
// then work is called off and waited for, and what it returns is only text.
func Beside(ctx context.Context, work func(context.Context) error, turns func(ctx context.Context, done <-chan struct{}) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = work(ctx)
	}()
	over := turns(ctx, done)
	cancel()
	<-done
	if over == nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w (called off: %v)", over, err) //nolint:errorlint // how that ended decides nothing
	}
	return over
}
