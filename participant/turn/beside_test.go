package turn

import (
	"context"
	"errors"
	"testing"
)

func TestBesideReturnsHowWorkEnded(t *testing.T) {
	failed := errors.New("failed")
	for _, want := range []error{nil, failed} {
		err := Beside(t.Context(), func(context.Context) error { return want },
			func(_ context.Context, done <-chan struct{}) error { <-done; return nil })
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestBesideWaitsForWorkThatItCallsOff(t *testing.T) {
	over, failed := errors.New("over"), errors.New("failed")
	for _, result := range []error{nil, failed} {
		ended := false
		err := Beside(t.Context(), func(ctx context.Context) error { <-ctx.Done(); ended = true; return result },
			func(context.Context, <-chan struct{}) error { return over })
		if !ended || !errors.Is(err, over) || errors.Is(err, failed) {
			t.Errorf("ended %v, got %v, want %v and nothing of how work ended", ended, err, over)
		}
	}
}
