package participant

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/participant/link"
	"lotse/participant/link/direct"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/turn"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// errLost says that the connection to the master broke and may be resumed.
var errLost = errors.New("connection lost")

// run is one session. The goroutine of Member.Run owns it; what others touch
// is behind session.Shared, the guard and the channels.
type run struct {
	m       *Member
	cfg     Config
	code    session.Code
	session session.Shared
	signing ed25519.PrivateKey
	news    turn.Queue
	ended   bool // the session is over and everybody was told

	// what the window shows beside the session
	attemptsLeft int
	retryAfter   time.Duration
	reason       session.Reason
	warning      session.Reason
	words        string

	// the way to the master
	client  *dial.Client
	way     atomic.Pointer[direct.Switch] // over it and past it, while the session is served
	hangUp  func()
	relay   string // the address of the last one
	pair    *link.Pair
	group   *link.Group
	chain   *epoch.Chain
	rejoin  bool // the next roster may skip those that we missed
	master  ed25519.PublicKey
	profile [32]byte // the master's
	self    uint8
	early   []wire.Frame
	told    message.Status
	// resumeKeys are the newest resume key and the one before.
	resumeKeys []secret.Bytes
	// licence, roster and signed are what the master proved itself with: its
	// licence, and the newest roster with its signature.
	licence, roster, signed []byte
	// usedUp is the newest epoch of another run of this program, whose keys
	// must not be used again.
	usedUp uint64
	// inputs is how many messages of input have arrived in this session.
	inputs uint64

	steer   *steer
	drill   *drill
	veil    *veil
	point   *pointing
	clip    *clip
	sharing *sharing
	front   *front
	raiser  *raiser
	standby *standby
	came    arrived // on client before it was ours to serve
	ready   message.Ready

	// control keeps sealing and sending on the room's control stream together.
	control sync.Mutex
}

// tickEvery is how often countdowns and health are looked at.
const tickEvery = 200 * time.Millisecond

func newRun(m *Member, code session.Code) *run {
	r := &run{m: m, cfg: m.cfg, code: code, news: make(turn.Queue, commandDepth)}
	r.steer = newSteer(m, &r.session)
	r.point, r.clip, r.drill = newPointing(r), newClip(r), &drill{r: r}
	r.veil = newVeil(m, &r.session)
	r.sharing, r.front = newSharing(r), &front{r: r}
	r.raiser, r.standby = newRaiser(r), &standby{r: r}
	if err := r.session.Forbid(r.cfg.never()); err != nil { // of a session that has not begun: it can't
		r.cfg.Log.Error("nothing is forbidden", "error", err)
	}
	return r
}

func (r *run) now() time.Time { return r.cfg.Now() }

// all runs the session from the first dial to the end.
func (r *run) all(ctx context.Context) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	r.signing = key
	r.apply(ctx, session.Dialled{At: r.now()})
	return r.on(ctx, r.await(ctx, r.join))
}

// on takes part from when err is nil to the end.
func (r *run) on(ctx context.Context, err error) error {
	for err == nil {
		err = r.serve(ctx)
		if errors.Is(err, errLost) && r.wasIn(ctx) {
			err = r.await(ctx, r.back)
		}
	}
	switch {
	case errors.Is(err, errOver):
		return nil
	case errors.Is(err, ErrHandedOver):
		return err
	}
	r.reasonFrom(err)
	r.finish(context.WithoutCancel(ctx), r.reason) // goodbye, also when the program ends
	return err
}

// wasIn reports whether a connection that broke was one into the room: it may be
// lost again before the master has said welcome.
func (r *run) wasIn(ctx context.Context) bool {
	if r.phase() == session.Joined {
		r.apply(ctx, session.LinkLost{At: r.now()})
	}
	return r.phase() == session.Lost
}

// errOver ends the loops of a session that has ended in an orderly way.
var errOver = errors.New("session over")

// close gives everything back to the system.
func (r *run) close() {
	r.raiser.close()
	r.standby.stop()
	r.sharing.stop()
	r.steer.close()
	r.point.close()
	r.clip.close()
	r.drop()
	r.clip.wait()
}

// await runs work beside the commands of the person and the clock.
func (r *run) await(ctx context.Context, work func(context.Context) error) error {
	return turn.Beside(ctx, work, func(ctx context.Context, done <-chan struct{}) error { return r.turns(ctx, nil, done) })
}

// turns takes what comes, one at a time, until work is done (nil), the session
// ends (errOver) or the connection breaks (errLost). It waits for frames or for
// work, and the other is nil.
func (r *run) turns(ctx context.Context, frames <-chan wire.Frame, done <-chan struct{}) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for r.phase() != session.Ended {
		select {
		case f, ok := <-frames:
			if !ok {
				return errLost
			}
			if err := r.frame(ctx, f); err != nil {
				return err
			}
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case f := <-r.news:
			f(ctx)
		case c := <-r.m.commands:
			c(ctx, r)
		case p := <-r.steer.pressed:
			r.stopped(ctx, p)
		case <-tick.C:
			r.tick(ctx)
		}
	}
	return errOver
}

// tell runs f in the session's goroutine and waits for it, and reports whether it
// ran (turn.Queue); for others than that goroutine.
func (r *run) tell(ctx context.Context, f func(context.Context)) bool { return r.news.Do(ctx, f) }

func (r *run) phase() session.Phase {
	var p session.Phase
	r.session.Look(func(s *session.Session) { p = s.Phase() })
	return p
}

// tick lets time pass.
func (r *run) tick(ctx context.Context) {
	before := r.phase()
	r.unasked(ctx)
	r.drill.tick(r.now())
	r.raiser.tick(ctx)
	r.standby.tick()
	r.apply(ctx, session.Tick{At: r.now()})
	if before == session.Joined {
		r.sharing.retry(ctx)
		r.checkStopKey(ctx)
		r.front.tick(ctx)
		r.clip.tick(ctx)
	}
}

// apply moves the session and brings everything that depends on it in line. An
// event that does not fit is dropped: it came too late.
func (r *run) apply(ctx context.Context, e session.Event) {
	if err := r.session.Apply(e); err != nil {
		r.cfg.Log.Debug("event dropped", "error", err)
		return
	}
	r.settle(ctx)
	r.publish()
}

// settle makes the computer follow what the session now allows: stopping
// comes before everything else.
func (r *run) settle(ctx context.Context) {
	if !r.session.Allows(session.Control) || r.steer.asks.Load() {
		r.steer.pause()
	}
	r.drill.settle()
	r.veil.kick()
	r.sharing.follow(ctx, r.session.Allows(session.See))
	r.point.follow(r.session.Allows(session.Point))
	r.followControl(ctx)
	r.clip.settle(ctx)
	r.report(ctx)
}

// followControl arms the stop key as soon as control is asked for and lets
// input in when it is allowed. Without a stop key there is no control.
func (r *run) followControl(ctx context.Context) {
	var wanted session.Grants
	r.session.Look(func(s *session.Session) {
		q, _ := s.Question()
		wanted = s.Grants() | q.Grants
	})
	if !wanted.Has(session.Control) || r.phase() != session.Joined {
		return
	}
	if why := r.steer.arm(); why != session.ReasonNone {
		r.refuseControl(ctx, why)
		return
	}
	if r.session.Allows(session.Control) {
		r.steer.begin()
	}
}

// refuseControl takes control back because this computer can't offer it
// safely.
func (r *run) refuseControl(ctx context.Context, why session.Reason) {
	r.warning = why
	var grants session.Grants
	r.session.Look(func(s *session.Session) { grants = s.Grants() })
	if grants.Has(session.Control) {
		r.apply(ctx, session.Changed{At: r.now(), Grants: grants &^ session.Control})
	}
}

// checkStopKey looks after the stop key while control is allowed.
func (r *run) checkStopKey(ctx context.Context) {
	if !r.session.Allows(session.Control) {
		return
	}
	if why := r.steer.healthy(); why != session.ReasonNone {
		r.steer.pause()
		r.refuseControl(ctx, why)
	}
}

// stopped ends everything after F11 or STOP; whoever heard of it has stopped
// the input before.
func (r *run) stopped(ctx context.Context, p pressed) {
	r.cfg.Log.Info("stopped", "reason", string(p.why), "stopped_after_us", p.took.Microseconds(), "stopped_unix_us", p.at.UnixMicro())
	r.halt(ctx, p.why)
}

// halt is F11 and STOP: input first, then everything
// else.
func (r *run) halt(ctx context.Context, why session.Reason) {
	r.steer.stop()
	r.finish(ctx, why)
}

// finish ends the session and tells the master why.
func (r *run) finish(ctx context.Context, why session.Reason) {
	if r.ended {
		return
	}
	r.ended = true
	r.steer.stop()
	r.sharing.stop()
	r.sendPair(ctx, message.Bye{Reason: told(why)})
	r.reason = why
	r.apply(ctx, session.Finished{At: r.now(), Reason: why})
	if w := r.way.Load(); w != nil {
		w.Flush(ctx)
	}
	if r.client != nil {
		r.client.Flush(ctx)
	}
}

// told is what the master hears of why the session ended. Whoever calls people
// who expect nobody must not learn that it was noticed: the person may still
// be on the phone with them.
func told(why session.Reason) session.Reason {
	if why == session.ReasonUnexpectedCall {
		return session.ReasonLeft
	}
	return why
}

// endings returns when the rights of a session end by themselves.
func endings(s *session.Session) map[session.Grants]time.Time {
	all := make(map[session.Grants]time.Time)
	for _, right := range s.Grants().Each() {
		if end := s.Until(right); !end.IsZero() {
			all[right] = end
		}
	}
	return all
}

// publish hands a new State to the window.
func (r *run) publish() {
	s := State{
		Reason: r.reason, AttemptsLeft: r.attemptsLeft, RetryAfter: r.retryAfter,
		Number: r.code.Number, Words: r.words, Warning: r.trouble(),
		Sharing: r.sharing.on(), Steered: r.steer.busy(r.now()), StopWays: r.steer.ways(),
	}
	target, now := r.sharing.scene.shown()
	s.Target, s.Shown, s.ShownName = target, now.target, now.name
	if r.client != nil {
		s.Relay, s.Region, s.BuiltIn = r.client.Addr(), r.client.Region(), r.code.Address != ""
		s.Direct = r.directly()
	}
	if r.standby.at != nil {
		s.Standby = r.standby.at.client.Addr()
	}
	s.Rehearsal, s.Raise = r.drill.stands(), r.raiser.stands()
	r.session.Look(func(v *session.Session) {
		s.Ends = endings(v)
		s.Phase, s.Peer, s.Grants = v.Phase(), v.Peer(), v.Grants()
		s.ResumeUntil, s.Ledger = v.ResumeUntil(), v.Ledger()
		if q, open := v.Question(); open {
			s.Question = &q
		}
	})
	r.cfg.OnChange(s)
}
