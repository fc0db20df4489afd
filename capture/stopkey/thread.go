package stopkey

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// errEnded says that a thread returned without having been asked to.
var errEnded = errors.New("the listener ended")

// thread runs one way's loop on a thread of its own and knows whether it is
// alive.
type thread struct {
	born  time.Time
	beats atomic.Int64 // nanoseconds from born to the last sign of life
	done  chan struct{}
	err   error // why the loop ended; read it after done
}

func newThread() *thread { return &thread{born: time.Now(), done: make(chan struct{})} }

// run locks the thread that calls it and calls loop there. The lock is never
// given back, so that the thread ends with the loop.
func (t *thread) run(loop func() error) {
	runtime.LockOSThread()
	defer close(t.done)
	t.err = loop()
}

// beat is a sign of life.
func (t *thread) beat() { t.beats.Store(int64(time.Since(t.born))) }

// silence is how long there was none.
func (t *thread) silence() time.Duration {
	return time.Since(t.born) - time.Duration(t.beats.Load())
}

// ended returns why the loop ended, or nil while it runs.
func (t *thread) ended() error {
	select {
	case <-t.done:
		return errors.Join(errEnded, t.err)
	default:
		return nil
	}
}

// alive returns why the loop no longer works.
func (t *thread) alive() error {
	if err := t.ended(); err != nil {
		return err
	}
	if s := t.silence(); s > deaf {
		return fmt.Errorf("no sign of life for %v", s.Round(time.Second))
	}
	return nil
}

// wait waits for the loop's end, but not for ever.
func (t *thread) wait() error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-t.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("still running after %v", patience)
	}
}
