package turn

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPausesDoubleUpToTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Pauses{First: time.Second, Longest: 5 * time.Second}
		wait := func() time.Duration {
			began := time.Now()
			if err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		got := []time.Duration{wait(), wait(), wait(), wait(), wait()}
		p.Reset()
		got = append(got, wait())
		if want := []time.Duration{1e9, 2e9, 4e9, 5e9, 5e9, 1e9}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, d := range []time.Duration{0, time.Hour} {
		if err := Pause(ctx, d); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: got %v, want why the context ended", d, err)
		}
	}
}
