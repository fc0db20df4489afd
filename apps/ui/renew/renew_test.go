package renew

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"lotse/apps/ui/words"
	"lotse/packaging/update"
)

// begin runs r until the test's bubble ends.
func begin(t *testing.T, r *Renewal) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Run(ctx) // it ends when it is told to
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func TestNothingHappensThatNobodyPressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		r := New(func(context.Context, func(update.Step)) error { ran++; return nil })
		begin(t, r)
		synctest.Wait()
		if ran != 0 || r.State() != (State{}) {
			t.Fatalf("got %d runs, %+v", ran, r.State())
		}
		r.Press()
		synctest.Wait()
		r.Press() // it is done
		synctest.Wait()
		if got := r.State(); ran != 1 || got.Phase != Done {
			t.Errorf("got %d runs, %+v, want one that is done", ran, got)
		}
	})
}

func TestSecondPressCallsOffAndThirdBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		r := New(func(ctx context.Context, tell func(update.Step)) error {
			ran++
			tell(update.Step{Phase: update.Loading, Done: 1, Total: 2})
			<-ctx.Done()
			tell(update.Step{Phase: update.Proving})
			return ctx.Err()
		})
		begin(t, r)
		r.Press()
		synctest.Wait()
		if got, want := r.State(), (State{Phase: Running, Step: update.Step{Phase: update.Loading, Done: 1, Total: 2}}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		r.Press()
		synctest.Wait()
		if got := r.State(); got != (State{Phase: CalledOff}) {
			t.Errorf("got %+v, want called off", got)
		}
		r.Press()
		r.Press() // before it began
		r.Press()
		synctest.Wait()
		if got := r.State(); got.Phase != Running || ran != 2 {
			t.Errorf("got %+v in run %d, want the second one running", got, ran)
		}
	})
}

func TestEveryFailureHasItsOwnWords(t *testing.T) {
	seen := map[string]bool{}
	for _, err := range []error{
		update.ErrNone, update.ErrTooOld, update.ErrUnreachable, update.ErrListOver, update.ErrList, update.ErrPublisher, update.ErrPlace, update.ErrGone, errors.New("else"),
	} {
		for _, lang := range []words.Lang{words.English, words.German} {
			synctest.Test(t, func(t *testing.T) {
				r := New(func(context.Context, func(update.Step)) error { return fmt.Errorf("%w: x", err) })
				begin(t, r)
				r.Press()
				synctest.Wait()
				w := words.In(lang)
				said := r.Says(w)
				if seen[said] || said == "" || r.Button(w) != w.Text(words.UpdateNow) {
					t.Errorf("%v: got %q and %q", err, said, r.Button(w))
				}
				seen[said] = true
			})
		}
	}
}

func TestWithoutRenewalNothingIsOffered(t *testing.T) {
	var r *Renewal
	r.Press()
	w := words.In(words.German)
	if r.Button(w)+r.Says(w) != "" || r.State() != (State{}) || r.Run(t.Context()) != nil {
		t.Error("got something, want nothing")
	}
}

func TestProgressIsInMegabytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0.0 MB", 99_999: "0.0 MB", 1_250_000: "1.2 MB", 30_000_000: "30.0 MB"} {
		if got := megabytes(words.In(words.English), n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	if got, want := megabytes(words.In(words.German), 1_250_000), "1,2 MB"; got != want {
		t.Errorf("German: got %s, want %s", got, want)
	}
}
