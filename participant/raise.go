package participant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lotse/participant/session"
)

// Raise is where running this program again as administrator stands.
type Raise uint8

// The steps of it.
const (
	// Unraised means that there is nothing to offer.
	Unraised Raise = iota
	// RaiseOffered means that it would help, and the person can be asked.
	RaiseOffered
	// RaiseAsked means that the program's own question is open. Nothing from
	// afar is let in meanwhile, as for any question.
	RaiseAsked
	// Raising means that the person said yes: the system asks, and the other
	// run of the program comes.
	Raising
)

const (
	// raiseTime is how long the own question stays open. Silence is no.
	raiseTime = 30 * time.Second
	// raiseSettle is how long it takes no answer: what was pressed before it
	// came, from afar perhaps, must not give one.
	raiseSettle = 500 * time.Millisecond
	// raisePatience is how long the other run may take to come, after the
	// system let it, and to take the session.
	raisePatience = 20 * time.Second
)

// raiser lets another run of this program, with more rights, go on with the
// session. The run's goroutine owns it.
type raiser struct {
	r     *run
	step  Raise
	since time.Time
	able  bool
	// pipe leads to the other run once that has said that it is there.
	pipe io.ReadWriteCloser
	// end calls off what is under way.
	end context.CancelFunc
}

func newRaiser(r *run) *raiser { return &raiser{r: r, able: r.cfg.Edge.Raisable()} }

// AskRaise opens the program's own question whether it shall run again as
// administrator, or closes it.
func (m *Member) AskRaise(open bool) {
	m.do(func(ctx context.Context, r *run) { r.raiser.ask(ctx, open) })
}

// Raise is the person's yes to that question: the system asks for permission,
// and another run of this program goes on with the session, with the rights
// that were given and no others. Without that permission everything goes on
// here.
func (m *Member) Raise() {
	m.do(func(ctx context.Context, r *run) { r.raiser.yes(ctx) })
}

// stands is what the window shows.
func (a *raiser) stands() Raise {
	if a.step == Unraised && a.able && a.r.front.met && a.holds() {
		return RaiseOffered
	}
	return a.step
}

// holds reports whether the session is one to go on with: joined, nothing
// asked, and control given, which alone is worth it.
func (a *raiser) holds() bool {
	var ok bool
	a.r.session.Look(func(s *session.Session) {
		_, open := s.Question()
		ok = s.Phase() == session.Joined && !open && s.Grants().Has(session.Control)
	})
	return ok
}

func (a *raiser) ask(ctx context.Context, open bool) {
	switch {
	case open && a.stands() == RaiseOffered:
		a.r.clearWarning(session.ReasonNotRaised)
		a.to(ctx, RaiseAsked)
	case !open && a.step == RaiseAsked:
		a.to(ctx, Unraised)
	}
}

// to takes a step, after which input is let in or not.
func (a *raiser) to(ctx context.Context, step Raise) {
	a.step, a.since = step, a.r.now()
	a.r.steer.asks.Store(step == RaiseAsked)
	a.r.settle(ctx)
	a.r.publish()
}

// tick closes the own question when nobody answers, or when the session has
// become another.
func (a *raiser) tick(ctx context.Context) {
	if a.step == RaiseAsked && (!a.holds() || a.r.now().Sub(a.since) > raiseTime) {
		a.to(ctx, Unraised)
	}
}

func (a *raiser) yes(ctx context.Context) {
	if a.step != RaiseAsked || a.r.now().Sub(a.since) < raiseSettle || !a.holds() {
		return
	}
	a.to(ctx, Raising)
	// The line may break meanwhile, and the system asks on.
	ctx, a.end = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		pipe, err := a.call(ctx)
		told := a.r.tell(ctx, func(ctx context.Context) { a.came(ctx, pipe, err) })
		if err == nil && !told { // the session is over
			a.r.cfg.Log.Debug("raise", "error", pipe.Close())
		}
	}()
}

// call has the system start the other run and hears from it that it is there
// and serves the same profile.
func (a *raiser) call(ctx context.Context) (io.ReadWriteCloser, error) {
	pipe, err := a.r.cfg.Edge.Raise(ctx, raisePatience)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, raisePatience)
	defer cancel()
	var hello [helloSize]byte
	err = during(ctx, pipe, func() error {
		_, err := io.ReadFull(pipe, hello[:])
		return err
	})
	if err == nil && hello != greeting(a.r.cfg) {
		err = errHanded
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("participant: hello: %w", err), pipe.Close())
	}
	return pipe, nil
}

// came is told how the call went. With the other run there, the connection is
// closed: from then on it is as after a broken line, and the way back begins
// with handing over.
func (a *raiser) came(ctx context.Context, pipe io.ReadWriteCloser, err error) {
	a.end()
	a.to(ctx, Unraised)
	if err != nil {
		a.r.cfg.Log.Info("not raised", "error", err)
		a.r.sharing.warn(ctx, session.ReasonNotRaised)
		return
	}
	if a.r.phase() != session.Joined {
		a.r.cfg.Log.Debug("raise", "error", pipe.Close())
		return
	}
	a.r.steer.pause()
	a.pipe = pipe
	a.r.drop()
}

// close calls off what is under way.
func (a *raiser) close() {
	if a.end != nil {
		a.end()
	}
	if a.pipe != nil {
		a.r.cfg.Log.Debug("raise", "error", a.pipe.Close())
		a.pipe = nil
	}
}

// during runs do, which uses the pipe, and closes the pipe when ctx ends before.
func during(ctx context.Context, pipe io.Closer, do func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = pipe.Close() })
	err := do()
	if !stop() && err != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return err
}

// helloSize is the version of what is handed over and the profile's hash.
const helloSize = 1 + 32

// greeting is what the other run says first. The pipe has made sure that both
// are the same file.
func greeting(c Config) (hello [helloSize]byte) {
	hash := c.Profile.Hash()
	hello[0] = handedVersion
	copy(hello[1:], hash[:])
	return hello
}
