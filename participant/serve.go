package participant

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"lotse/capture/input"
	"lotse/crypto/epoch"
	"lotse/crypto/handshake"
	"lotse/participant/gate"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/relay/wire"
)

// earlyDepth is how many records of an epoch that has not arrived yet are
// kept. The Welcome is on its way with them; at 30 updates a second this is
// two seconds.
const earlyDepth = 64

// inputRefused is what the log says of input that was not carried out.
const inputRefused = "input refused"

// serve takes part until the session ends (errOver) or the connection breaks
// (errLost).
func (r *run) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	way, shut := r.openWay(ctx)
	frames := link.Frames(ctx, way)
	defer func() {
		cancel()
		for range frames { // nobody reads from the way any more
		}
		shut()
	}()
	if err := r.serveHeld(ctx); err != nil {
		return err
	}
	return r.turns(ctx, frames, nil)
}

// serveHeld takes what came before the connection was ours to serve.
func (r *run) serveHeld(ctx context.Context) error {
	came := r.came
	r.came = arrived{}
	if came.first != nil {
		if err := r.fromMaster(ctx, *came.first); err != nil {
			return err
		}
	}
	for _, f := range came.held {
		if err := r.frame(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// frame takes one frame. Its error ends the connection or the session.
func (r *run) frame(ctx context.Context, f wire.Frame) error {
	switch f.Type {
	case wire.Notice:
		return r.notice(ctx, f.Payload)
	case wire.Record:
		return r.record(ctx, f)
	case wire.Handshake:
		return r.lobby(ctx, f)
	case wire.Stage1, wire.Ping, wire.Pong: // the connection's own business
	}
	return nil
}

func (r *run) notice(ctx context.Context, payload []byte) error {
	notice, err := wire.ParseNotice(payload)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	if d, ok := notice.(wire.Dropped); ok {
		r.cfg.Log.Debug("relay dropped", "updates", d.Updates, "reason", string(d.Reason))
		return nil
	}
	err = parting(payload)
	if join, ok := errors.AsType[*joinError](err); ok {
		switch {
		case r.standby.crossing(): // the master stays where it was
			return fmt.Errorf("%w: %w", errLost, join)
		case join.reason == session.ReasonConnectionLost: // it stays, and wants new keys
			r.standby.stop()
			return fmt.Errorf("%w: %w", errLost, join)
		}
		r.finish(ctx, join.reason)
		return nil
	}
	return err
}

// lobby reads what the master says before admission.
func (r *run) lobby(ctx context.Context, f wire.Frame) error {
	record, ok := handshake.UnwrapSealed(f.Payload)
	if !ok || f.Channel != wire.MasterConn {
		return nil
	}
	f.Type, f.Flags, f.Payload = wire.Record, link.ControlFlags, record
	return r.record(ctx, f)
}

func (r *run) record(ctx context.Context, f wire.Frame) error {
	kid, err := epoch.PeekKID(f.Payload)
	if err != nil {
		return r.refuse(f, err)
	}
	if link.OfPair(kid.Stream) {
		if f.Channel != wire.MasterConn {
			return r.refuse(f, link.ErrForged)
		}
		got, err := r.pair.Open(f)
		if kid.Stream == epoch.PairInput && (err == nil || errors.Is(err, message.ErrUnknown)) {
			r.inputs++
		}
		if err != nil {
			return r.refuse(f, err)
		}
		return r.fromMaster(ctx, got)
	}
	return r.fromRoom(f)
}

// refuse drops a record that is not what it should be. A gap in an ordered
// stream can't be mended, so the connection is made anew.
func (r *run) refuse(f wire.Frame, err error) error {
	if errors.Is(err, epoch.ErrReplay) { // what was on a path when that ended comes twice
		r.cfg.Log.Debug("record seen before", "channel", f.Channel)
		return nil
	}
	r.cfg.Log.Warn("record refused", "channel", f.Channel, "error", err)
	if errors.Is(err, epoch.ErrGap) || errors.Is(err, message.ErrUnknownCritical) {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}

// fromMaster takes a message of the pair channel.
func (r *run) fromMaster(ctx context.Context, got link.Received) error {
	if got.Stream == epoch.PairInput {
		if err := r.input(ctx, got.Message); err != nil {
			r.cfg.Log.Debug(inputRefused, "error", err)
		}
		return nil
	}
	switch m := got.Message.(type) {
	case message.Welcome:
		return r.welcome(ctx, m)
	case message.Bye:
		r.ended = true
		r.steer.stop()
		r.sharing.stop()
		r.reason = mastersReason(m.Reason)
		r.apply(ctx, session.Finished{At: r.now(), Reason: r.reason})
	case message.Ask:
		r.warning = session.ReasonNone
		r.apply(ctx, session.Asked{
			At: r.now(), ID: m.ID, Grants: m.Grants, Why: m.Why,
			Countdown: r.cfg.countdown(), YesAtZero: r.cfg.Profile.StartAtZero,
		})
	case message.Standby:
		r.standby.follow(ctx, m)
	case message.Withdraw:
		r.apply(ctx, session.Withdrawn{At: r.now(), ID: m.ID})
	case message.GiveBack:
		r.apply(ctx, session.GaveBack{At: r.now(), Grants: m.Grants})
	case message.Clip, message.ClipPicture, message.ClipPiece, message.ClipTaken, message.ClipDrop:
		if err := r.clip.heard(ctx, m); err != nil {
			r.cfg.Log.Debug(inputRefused, "error", err)
		}
	case message.Direct, message.Candidate:
		if w := r.way.Load(); w != nil {
			w.Heard(wire.MasterConn, m)
		}
	case message.Ping:
		r.sendPair(ctx, message.Pong(m))
	default:
		r.cfg.Log.Debug("message has no place here", "kind", int(m.Kind()))
	}
	return nil
}

// input carries out what the master points at, types or clicks, or says why
// not.
func (r *run) input(ctx context.Context, m message.Message) error {
	switch m.(type) {
	case message.Mark:
		if r.steer.asks.Load() {
			return gate.ErrDenied
		}
		return r.point.handle(ctx, m)
	case message.Wipe:
		return r.point.handle(ctx, m)
	default:
		err := r.steer.handle(m, r.now())
		if errors.Is(err, input.ErrRefused) {
			r.front.refused(ctx)
		}
		return err
	}
}

// mastersReason is what a master may say about the end. Everything else would
// put words into our own person's mouth.
func mastersReason(why session.Reason) session.Reason {
	theirs := []session.Reason{
		session.ReasonRemoved, session.ReasonRefused, session.ReasonConnectionLost, session.ReasonTampered,
	}
	if slices.Contains(theirs, why) {
		return why
	}
	return session.ReasonEndedByMaster
}

// fromRoom takes a record that everybody in the room gets.
func (r *run) fromRoom(f wire.Frame) error {
	if r.group == nil {
		return nil
	}
	got, done, err := r.group.Open(f)
	switch {
	case errors.Is(err, link.ErrNotYet):
		if len(r.early) < earlyDepth {
			r.early = append(r.early, f)
		}
		return nil
	case err != nil:
		return r.refuse(f, err)
	case !done:
		return nil
	}
	r.fromMember(got)
	return nil
}

// fromMember takes what a member says to the room.
func (r *run) fromMember(got link.Received) {
	switch m := got.Message.(type) {
	case message.Refresh:
		if m.Member == r.self {
			r.sharing.ask()
		}
	case message.Ack:
		if m.Member == r.self {
			r.sharing.acked(got.Member, m.Number)
		}
	case message.Wish:
		if m.Member == r.self {
			r.sharing.wish(got.Member, m)
		}
	case message.Look:
		if m.Member == r.self {
			r.sharing.scene.lookAt(m.Display)
		}
	default: // other members' pictures: this program shows none
	}
}

// welcome begins an epoch: the roster must follow the one before and be
// signed by the master that the handshake proved.
func (r *run) welcome(ctx context.Context, m message.Welcome) error {
	roster, err := r.follow(m)
	if err != nil {
		return &joinError{reason: session.ReasonTampered, err: err}
	}
	if roster.Epoch <= r.usedUp {
		return &joinError{reason: session.ReasonTampered, err: fmt.Errorf("epoch %d was used before", roster.Epoch)}
	}
	r.roster, r.signed = slices.Clone(m.Roster), slices.Clone(m.Signature)
	first := r.group == nil
	if first {
		r.self, r.group = m.Member, link.NewGroup(m.Member, r.signing)
	}
	hash := epoch.RosterHash(m.Roster)
	err = r.group.Install(epoch.Params{
		Session: roster.Session, Number: roster.Epoch, RosterHash: hash, PolicyHash: roster.Policy,
		ProfileHash: r.profile, RelayKey: r.client.RelayKey(), Secret: m.Secret.Bytes,
	}, roster)
	if err != nil {
		return fmt.Errorf("welcome: %w", err)
	}
	r.alone(roster)
	sig := epoch.SignReady(r.signing, roster.Session, roster.Epoch, hash)
	r.ready = message.Ready{Epoch: roster.Epoch, Signature: sig}
	r.sayReady(ctx)
	r.told = message.Status{}
	r.arrived(ctx, first)
	return r.late()
}

// sayReady says which epoch we use, and how much input has arrived.
func (r *run) sayReady(ctx context.Context) {
	r.ready.Inputs = r.inputs
	r.sendPair(ctx, r.ready)
}

// follow checks a roster and our own place in it.
func (r *run) follow(m message.Welcome) (epoch.Roster, error) {
	if r.chain == nil {
		first, err := epoch.ParseRoster(m.Roster)
		if err != nil {
			return epoch.Roster{}, err
		}
		if r.chain, err = epoch.NewChain(first.Session, r.master); err != nil {
			return epoch.Roster{}, err
		}
	}
	next := r.chain.Next
	if r.rejoin {
		next = r.chain.Rejoin
	}
	roster, err := next(m.Roster, m.Signature)
	if err != nil {
		return epoch.Roster{}, err
	}
	r.rejoin = false
	me, ok := roster.Member(m.Member)
	if !ok || !r.signingKeyIs(me.SigKey) || (r.self != 0 && r.self != m.Member) {
		return epoch.Roster{}, errors.New("roster has another one in our place")
	}
	if sha256.Sum256(m.Policy) != roster.Policy {
		return epoch.Roster{}, errors.New("policy is not the roster's")
	}
	return roster, nil
}

func (r *run) signingKeyIs(key [32]byte) bool {
	return [32]byte(r.signing.Public().(ed25519.PublicKey)) == key //nolint:forcetypeassert,errcheck // an ed25519 key has no other
}

// arrived brings the session along: into the room, back into it, or on in it.
func (r *run) arrived(ctx context.Context, first bool) {
	switch {
	case first:
		r.apply(ctx, session.Admitted{At: r.now()})
	case r.phase() == session.Lost:
		r.apply(ctx, session.LinkBack{At: r.now()})
	default:
		r.sharing.refresh()
		r.report(ctx)
	}
}

// late opens the records that came before their epoch.
func (r *run) late() error {
	early := r.early
	r.early = nil
	for _, f := range early {
		if err := r.fromRoom(f); err != nil {
			return err
		}
	}
	return nil
}
