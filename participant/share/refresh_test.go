package share

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/capturetest"
	"lotse/participant/message"
)

// wholes notes when whole pictures leave, and acknowledges everything.
type wholes struct {
	room
	begun time.Time
	to    *Sharer
	at    []string
}

func (w *wholes) Update(_ context.Context, u message.Update, refresh bool) error {
	if refresh {
		w.at = append(w.at, time.Since(w.begun).Round(100*time.Millisecond).String())
	}
	w.to.Acked(1, u.Number, time.Now())
	return nil
}

// whole shares a screen that always changes, and says when whole pictures left.
func whole(t *testing.T, length time.Duration, with func(s *Sharer)) string {
	t.Helper()
	w := &wholes{begun: time.Now()}
	s, err := New(capturetest.Play("scroll", 320, 240, 200), "test", always{}, w)
	if err != nil {
		t.Fatal(err)
	}
	w.to = s
	with(s)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	synctest.Wait()
	return fmt.Sprint(w.at)
}

func TestWholePicturesThatViewersAskForAreASecondApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := whole(t, 3500*time.Millisecond, func(s *Sharer) {
			for d := 100 * time.Millisecond; d < 2500*time.Millisecond; d += 50 * time.Millisecond {
				time.AfterFunc(d, s.Ask)
			}
		})
		if want := "[0s 1s 2s 3s]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestWhoJoinsGetsAWholePictureAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := whole(t, 3500*time.Millisecond, func(s *Sharer) {
			time.AfterFunc(200*time.Millisecond, s.Ask) // the next one is for both
			time.AfterFunc(500*time.Millisecond, s.Refresh)
			time.AfterFunc(800*time.Millisecond, s.Ask)
		})
		if want := "[0s 500ms 1.5s]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
