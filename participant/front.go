package participant

import (
	"context"
	"errors"
	"time"

	"lotse/capture/elevation"
	"lotse/participant/session"
)

const (
	// frontEvery is how often it is looked at what is in front while this
	// computer may be controlled.
	frontEvery = time.Second / 2
	// frontAgain is how soon it is looked again when the system refused an
	// event: a peer that sends without end costs little.
	frontAgain = time.Second / 10
)

// front knows whether what is typed and clicked from afar arrives. The run's
// goroutine owns it.
type front struct {
	r   *run
	now elevation.Front
	// met says that a window with more rights was in front in this session.
	met    bool
	looked time.Time
	// blind says that this system keeps nothing away.
	blind bool
}

// tick looks when it is time to. Who may not control misses nothing.
func (f *front) tick(ctx context.Context) {
	if !f.r.session.Allows(session.Control) {
		f.set(ctx, elevation.Ordinary)
		return
	}
	f.look(ctx, frontEvery)
}

// refused looks because the system did not take an event.
func (f *front) refused(ctx context.Context) { f.look(ctx, frontAgain) }

func (f *front) look(ctx context.Context, after time.Duration) {
	if f.blind || f.r.now().Sub(f.looked) < after {
		return
	}
	f.looked = f.r.now()
	now, err := f.r.cfg.Edge.Front()
	f.blind = errors.Is(err, elevation.ErrUnsupported)
	if err != nil {
		f.r.cfg.Log.Debug("window in front", "error", err)
		now = elevation.Ordinary
	}
	f.set(ctx, now)
}

func (f *front) set(ctx context.Context, now elevation.Front) {
	if now == f.now {
		return
	}
	f.now = now
	f.met = f.met || now == elevation.Raised
	f.r.report(ctx)
	f.r.publish()
}

// trouble is what both sides are told that limits this computer now: what
// keeps input away comes after what stands anyway, but it knows better why a
// screen is dark.
func (r *run) trouble() session.Reason {
	switch {
	case r.front.now == elevation.Secure && (r.warning == session.ReasonNone || r.warning == session.ReasonScreenLocked):
		return session.ReasonSecureDesktop
	case r.front.now == elevation.Raised && r.warning == session.ReasonNone:
		return session.ReasonRaisedWindow
	}
	return r.warning
}
