package participant

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync/atomic"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/packaging/profile"
	"lotse/participant/session"
	"lotse/relay/dial"
)

// Member is one person's program in sessions, one after the other.
type Member struct {
	cfg      Config
	commands chan command
	relays   *profile.Book // those of this run of the program
	logins   *dial.Logins  // what its proxies have refused
	running  atomic.Bool
	// steer is that of the running session, so that STOP does not wait for
	// anything.
	steer atomic.Pointer[steer]
	// beat is when the window last gave a sign of life, in nanoseconds after
	// born.
	beat atomic.Int64
	born time.Time
	// own are the program's windows, nil for none.
	own atomic.Pointer[Own]
}

// command is what a person does, carried out by Run's goroutine.
type command func(ctx context.Context, r *run)

// commandDepth is how many commands of a person may wait. A person is never
// this fast; more are dropped.
const commandDepth = 64

// errBusy is returned by a Run beside another one.
var errBusy = errors.New("participant: a session is already running")

// New returns a member. It starts nothing.
func New(cfg Config) (*Member, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Member{
		cfg: cfg, relays: profile.NewBook(cfg.Profile, cfg.Now), logins: new(dial.Logins), commands: make(chan command, commandDepth),
		born: cfg.Now(),
	}, nil
}

// Run joins the session that code names and takes part until it ends, which
// the last State explains. The error is for logs: people read State.Reason.
func (m *Member) Run(ctx context.Context, code session.Code) error {
	return m.session(ctx, code, func(ctx context.Context, r *run) error { return r.all(ctx) })
}

// session is one session; all of it happens in whole.
func (m *Member) session(ctx context.Context, code session.Code, whole func(context.Context, *run) error) error {
	if !m.running.CompareAndSwap(false, true) {
		return errBusy
	}
	defer m.running.Store(false)
	for len(m.commands) > 0 {
		<-m.commands // from before this session
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := newRun(m, code)
	defer r.close()
	defer r.watchWindow(ctx)()
	defer r.hideQuestions(ctx)()
	err := whole(ctx, r)
	if err != nil {
		m.cfg.Log.Info("session over", "reason", string(r.session.Reason()), "error", err)
		return fmt.Errorf("participant: %w", err)
	}
	return nil
}

// Answer is the person's answer to a question: what of it is granted, and for
// how long, where 0 is until the end. Nothing is "no". An answer that comes
// after the countdown counts for nothing.
func (m *Member) Answer(question uint32, granted session.Grants, hold time.Duration) {
	m.do(func(ctx context.Context, r *run) {
		r.apply(ctx, session.Answered{At: r.now(), ID: question, Grants: granted, For: hold})
	})
}

// Touch says that the person has begun to answer a question: silence is no
// yes to it any more.
func (m *Member) Touch(question uint32) {
	m.do(func(ctx context.Context, r *run) { r.apply(ctx, session.Touched{At: r.now(), ID: question}) })
}

// Limit sets anew how long rights hold that are given; 0 is until the end.
// While this computer is controlled it can only make that shorter.
func (m *Member) Limit(g session.Grants, hold time.Duration) {
	m.do(func(ctx context.Context, r *run) {
		r.apply(ctx, session.Limited{At: r.now(), Grants: g, For: hold})
	})
}

// SetGrants narrows or widens what is allowed, at any time.
func (m *Member) SetGrants(g session.Grants) {
	m.do(func(ctx context.Context, r *run) {
		r.apply(ctx, session.Changed{At: r.now(), Grants: g})
	})
}

// Show chooses what is shown from now on, also before it is allowed. Of Kind
// Desktop it is the whole computer, which is what a session begins with. Input
// reaches nothing else, and when it is a narrower choice than before, nothing
// of what was shown is sent any more once it is carried out.
func (m *Member) Show(t screen.Target) {
	m.do(func(ctx context.Context, r *run) { r.sharing.show(ctx, t) })
}

// Displays lists the monitors that can be shown.
func (m *Member) Displays() ([]capture.Display, error) { return m.cfg.Edge.Displays() }

// Windows lists the windows that can be shown, the one in front first. It
// returns screen.ErrUnsupported where a single window can't be.
func (m *Member) Windows() ([]capture.Window, error) { return m.cfg.Edge.Windows() }

// Picture returns the whole computer as it looks now, for its own person to
// choose a part, and where on the desktop its first pixel lies. It leaves this
// computer on no way.
func (m *Member) Picture(ctx context.Context) (*image.RGBA, image.Point, error) {
	source, err := m.cfg.Edge.Screen(screen.Target{Kind: screen.Desktop})
	if err != nil {
		return nil, image.Point{}, fmt.Errorf("participant: %w", err)
	}
	f, err := source.Next(ctx)
	if err != nil {
		return nil, image.Point{}, errors.Join(fmt.Errorf("participant: %w", err), source.Close())
	}
	img := image.NewRGBA(f.Bounds())
	for y := range f.H {
		from, to := f.Pix[y*f.Stride:], img.Pix[y*img.Stride:]
		for i := 0; i < 4*f.W; i += 4 {
			to[i], to[i+1], to[i+2], to[i+3] = from[i+2], from[i+1], from[i], 0xff
		}
	}
	at := f.Origin
	if err := source.Close(); err != nil {
		return nil, image.Point{}, fmt.Errorf("participant: %w", err)
	}
	return img, at, nil
}

// Aside lets go of every key and button that is held from afar and lets none be
// pressed while the person's pointer is over STOP, for asideTime at the most: a
// held Alt would make the window manager take the click.
func (m *Member) Aside(on bool) {
	if s := m.steer.Load(); s != nil {
		s.stepAside(on)
	}
}

// Stop ends everything at once: nothing is injected or shown any more when it
// returns to the person. why is ReasonStopButton or ReasonUnexpectedCall.
func (m *Member) Stop(why session.Reason) {
	if s := m.steer.Load(); s != nil {
		s.press(why, m.cfg.Now())
	}
}

// Leave ends the session politely.
func (m *Member) Leave() {
	m.do(func(ctx context.Context, r *run) { r.finish(ctx, session.ReasonLeft) })
}

func (m *Member) do(c command) {
	select {
	case m.commands <- c:
	default:
		m.cfg.Log.Warn("command dropped: too many wait")
	}
}
