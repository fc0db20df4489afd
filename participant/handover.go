package participant

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/participant/link"
	"lotse/participant/session"
)

// ErrHandedOver is what Run returns when another run of this program goes on
// with the session.
var ErrHandedOver = errors.New("participant: handed over to another run of this program")

// ErrNotTaken is what TakeOver returns when the other run keeps its session.
var ErrNotTaken = errors.New("participant: no session was taken over")

// The words of a handover after the greeting and the session: the one that
// takes it has understood it, the one that gives it leaves it for good. Only
// with the second may the session be resumed there, so that it is never two.
const (
	wordTaken byte = 1
	wordYours byte = 2
)

// takeTime is how long the other run may take to understand a session.
const takeTime = 10 * time.Second

// back brings a lost session on: to another run of this program if that waits
// for it, else to the same master by ourselves.
func (r *run) back(ctx context.Context) error {
	if r.raiser.pipe == nil {
		return r.resume(ctx)
	}
	limited, cancel := context.WithTimeout(ctx, takeTime)
	err := r.give(limited)
	cancel()
	if err == nil {
		return ErrHandedOver
	}
	r.cfg.Log.Warn("not handed over", "error", err)
	r.tell(ctx, func(ctx context.Context) {
		r.raiser.close()
		r.sharing.warn(ctx, session.ReasonNotRaised)
	})
	return r.resume(ctx)
}

// give hands the session over.
func (r *run) give(ctx context.Context) error {
	var h handed
	err := errNotLost
	if r.tell(ctx, func(context.Context) { h, err = r.hand() }); err != nil {
		return err
	}
	defer h.wipe()
	pipe := r.raiser.pipe
	var word [1]byte
	err = during(ctx, pipe, func() error {
		out := h.encode()
		defer clear(out)
		if _, err := pipe.Write(out); err != nil {
			return err
		}
		_, err := io.ReadFull(pipe, word[:])
		return err
	})
	if err == nil && word[0] != wordTaken {
		err = errHanded
	}
	if err != nil {
		return fmt.Errorf("give: %w", err)
	}
	err = errNotLost
	r.tell(ctx, func(ctx context.Context) { err = r.leaveTo(ctx, h) })
	return err
}

// errNotLost says that the session ended, or became another, on the way.
var errNotLost = errors.New("session changed meanwhile")

// hand makes what the other run gets.
func (r *run) hand() (handed, error) {
	var v session.Saved
	var err error
	r.session.Look(func(s *session.Session) { v, err = s.Save() })
	if err != nil {
		return handed{}, err
	}
	target, _ := r.sharing.scene.shown()
	h := handed{
		Version: handedVersion, Number: r.code.Number, Address: r.code.Address, Words: r.words, Self: r.self,
		Master: [32]byte(r.master), Profile: r.profile, Licence: r.licence, Seed: r.signing.Seed(),
		Roster: r.roster, Signed: r.signed, Target: handTarget(target), Session: handRights(v), Inputs: r.inputs,
	}
	for _, k := range r.resumeKeys[:min(len(r.resumeKeys), 2)] {
		h.Resume = append(h.Resume, append([]byte(nil), k.Reveal()...))
	}
	return h, h.check()
}

// leaveTo gives the session away for good, unless it is another by now or the
// person has stopped it. The stop key is given back before: the other run
// needs it.
func (r *run) leaveTo(ctx context.Context, h handed) error {
	now, err := r.hand()
	if err != nil {
		return err
	}
	defer now.wipe()
	if !reflect.DeepEqual(now, h) {
		return errNotLost
	}
	r.steer.disarm()
	select {
	case p := <-r.steer.pressed:
		r.stopped(ctx, p)
	default:
		if r.steer.over.Load() { // F11, which nobody has carried out yet
			r.halt(ctx, session.ReasonStopKey)
		}
	}
	if r.phase() != session.Lost {
		return errNotLost
	}
	if _, err := r.raiser.pipe.Write([]byte{wordYours}); err != nil {
		return fmt.Errorf("give: %w", err)
	}
	r.ended = true // for us: nobody says goodbye
	for _, k := range r.resumeKeys {
		clear(k.Reveal())
	}
	clear(r.signing)
	r.resumeKeys = nil
	return nil
}

// TakeOver goes on with the session that another run of this program hands
// over through pipe, and takes part until it ends, which the last State
// explains. It closes the pipe. Nobody is asked again, and nothing is allowed
// that was not allowed there.
func (m *Member) TakeOver(ctx context.Context, pipe io.ReadWriteCloser) error {
	return m.session(ctx, session.Code{}, func(ctx context.Context, r *run) error {
		m.cfg.OnChange(State{Phase: session.Connecting})
		err := r.take(ctx, pipe)
		err = errors.Join(err, pipe.Close())
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotTaken, err)
		}
		r.takeKey()
		return r.on(ctx, r.await(ctx, r.resume))
	})
}

// take receives a session. It is ours when take returns nil.
func (r *run) take(ctx context.Context, pipe io.ReadWriteCloser) error {
	ctx, cancel := context.WithTimeout(ctx, raisePatience)
	defer cancel()
	return during(ctx, pipe, func() error {
		hello := greeting(r.cfg)
		if _, err := pipe.Write(hello[:]); err != nil {
			return err
		}
		h, err := readHanded(pipe)
		if err != nil {
			return err
		}
		if err := r.adopt(h); err != nil {
			return err
		}
		if _, err := pipe.Write([]byte{wordTaken}); err != nil {
			return err
		}
		var word [1]byte
		if _, err := io.ReadFull(pipe, word[:]); err != nil {
			return err
		}
		if word[0] != wordYours {
			return errHanded
		}
		return nil
	})
}

// adopt makes the session ours but for the connection. Who is on the other
// side is proven once more, by the licence: a roster that this master has not
// signed will not be followed.
func (r *run) adopt(h handed) error {
	r.code = session.Code{Number: h.Number, Address: h.Address}
	r.words, r.self, r.profile, r.licence = h.Words, h.Self, h.Profile, h.Licence
	r.master = ed25519.PublicKey(h.Master[:])
	r.signing = ed25519.NewKeyFromSeed(h.Seed)
	for _, k := range h.Resume {
		r.resumeKeys = append(r.resumeKeys, secret.Bytes(k))
	}
	clear(h.Seed)
	r.inputs = h.Inputs
	peer, err := r.identify(&handshake.Result{Licence: h.Licence, MasterKey: r.master})
	if err != nil {
		return err
	}
	if err := r.followFrom(h.Roster, h.Signed); err != nil {
		return err
	}
	r.sharing.scene.choose(h.Target.target())
	r.front.met = true
	r.steer.rehearsal.never()
	return r.session.Restore(h.Session.saved(peer))
}

// followFrom begins where the other run stood. Its epoch is over: the master
// makes a new one for whoever comes back, and to use the old one's keys a
// second time would tell what they hide.
func (r *run) followFrom(roster, sig []byte) error {
	first, err := epoch.ParseRoster(roster)
	if err != nil {
		return err
	}
	if r.chain, err = epoch.NewChain(first.Session, r.master); err != nil {
		return err
	}
	if _, err := r.chain.Next(roster, sig); err != nil {
		return err
	}
	me, ok := first.Member(r.self)
	if !ok || !r.signingKeyIs(me.SigKey) {
		return errors.New("roster has another one in our place")
	}
	r.usedUp, r.group = first.Epoch, link.NewGroup(r.self, r.signing)
	return nil
}

// takeKey takes up the stop key before anything can be let in.
func (r *run) takeKey() {
	var grants session.Grants
	r.session.Look(func(s *session.Session) { grants = s.Grants() })
	if grants.Has(session.Control) {
		if why := r.steer.armKey(); why != session.ReasonNone {
			r.warning = why // followControl takes the right back
		}
	}
	r.publish()
}
