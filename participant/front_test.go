package participant

import (
	"image"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/elevation"
	"lotse/capture/input"
	"lotse/capture/stopkey"
	"lotse/packaging/profile"
	"lotse/participant/message"
	"lotse/participant/session"
)

// deaf is a keyboard that the system does not listen to.
type deaf struct{ keys }

func (*deaf) Text(string) error      { return input.ErrRefused }
func (*deaf) Move(image.Point) error { return nil }

// TestRefusedEventIsReasonToLook counts looks: two a second, and sooner, but
// not for each event, when the system refuses one.
func TestRefusedEventIsReasonToLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks, front := 0, elevation.Ordinary
		m, err := New(Config{Profile: &profile.Profile{}, Edge: Edge{
			Input:   func() (input.Injector, error) { return &deaf{}, nil },
			StopKey: func(stopkey.Press) (StopKey, error) { return listening{}, nil },
			Front: func() (elevation.Front, error) {
				looks++
				return front, nil
			},
		}})
		if err != nil {
			t.Fatal(err)
		}
		r := newRun(m, session.Code{})
		defer r.close()
		now := time.Now()
		for _, e := range []session.Event{
			session.Dialled{At: now},
			session.Reached{At: now},
			session.Proven{At: now},
			session.Admitted{At: now},
			session.Changed{At: now, Grants: session.Control},
		} {
			if err := r.session.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		r.settle(t.Context())
		var got []int
		step := func(do func()) {
			do()
			got = append(got, looks)
			<-time.After(60 * time.Millisecond)
		}
		tick := func() { r.tick(t.Context()) }
		text := func() { _ = r.input(t.Context(), message.Text{Text: "x"}) }
		for _, do := range []func(){tick, tick, text, text, text, text, tick} {
			step(do)
		}
		if want := []int{1, 1, 2, 2, 3, 3, 3}; !slices.Equal(got, want) {
			t.Errorf("got %v looks, want %v", got, want)
		}
		front = elevation.Secure
		text()
		if got, want := r.trouble(), session.ReasonSecureDesktop; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		<-time.After(frontEvery)
		front = elevation.Ordinary
		tick()
		if got := r.trouble(); got != session.ReasonNone {
			t.Errorf("got %q, want nothing", got)
		}
	})
}

func TestWhatKeepsInputAwayComesAfterWhatStandsAnyway(t *testing.T) {
	for _, c := range []struct {
		front   elevation.Front
		warning session.Reason
		want    session.Reason
	}{
		{elevation.Ordinary, session.ReasonNone, session.ReasonNone},
		{elevation.Ordinary, session.ReasonWindowHidden, session.ReasonWindowHidden},
		{elevation.Raised, session.ReasonNone, session.ReasonRaisedWindow},
		{elevation.Raised, session.ReasonWindowHidden, session.ReasonWindowHidden},
		{elevation.Secure, session.ReasonNone, session.ReasonSecureDesktop},
		{elevation.Secure, session.ReasonScreenLocked, session.ReasonSecureDesktop},
		{elevation.Secure, session.ReasonNoInput, session.ReasonNoInput},
	} {
		r := &run{warning: c.warning}
		r.front = &front{r: r, now: c.front}
		if got := r.trouble(); got != c.want {
			t.Errorf("%d and %q: got %q, want %q", c.front, c.warning, got, c.want)
		}
	}
}
