package participant

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/turn"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// The times of standing by.
const (
	// standbyPause is how long to wait before trying again to stand by, doubled
	// each time up to longestStandby: nobody misses it meanwhile.
	standbyPause   = time.Second
	longestStandby = 30 * time.Second
	// crossTime is how long a master may take to come to the other relay before
	// we look for it everywhere: as long as a relay lets somebody wait for it.
	crossTime = 2 * time.Second
)

// standby keeps a second way to the master ready, through a relay that the
// master names and our own list has: dialled, joined and with keys of its own,
// so that going over to it takes no more than the word that we did. There is
// never more than one. The session's goroutine owns the fields.
type standby struct {
	r       *run
	target  message.Standby
	cancel  context.CancelFunc // of keep; nil when it does not run
	done    chan struct{}      // closed when keep has ended
	at      *stood
	crossed time.Time // when we went over; zero once the master did, too
}

// stood is a place where we stand by.
type stood struct {
	client *dial.Client
	hangUp func()
	again  again
	came   arrived // keep owns it until it has ended
}

// arrived is what came where we stand by: the master's first word, which proves
// that it is the master's, and frames since.
type arrived struct {
	first *link.Received
	held  []wire.Frame
}

// maxHeld is how many frames are kept that come where we stand by: after the
// first one we are on our way there.
const maxHeld = 64

// follow stands by where the master says, if our own list has that relay.
func (s *standby) follow(ctx context.Context, m message.Standby) {
	if s.cancel != nil && bytes.Equal(m.Relay, s.target.Relay) && bytes.Equal(m.Handle, s.target.Handle) {
		return
	}
	s.stop()
	if s.r.code.Address != "" {
		return // the master's own relay is the only one
	}
	servers := dial.WithPin(dial.Without(s.r.m.relays.Servers(), s.r.relay), [32]byte(m.Relay))
	if len(servers) == 0 {
		return
	}
	keeping, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.target, s.cancel, s.done = m, cancel, make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		s.keep(keeping, m, servers[:1])
	}(s.done)
}

// stop gives the second way up.
func (s *standby) stop() {
	if at := s.end(); at != nil {
		at.hangUp()
	}
}

// end ends keep and returns the place that it had.
func (s *standby) end() *stood {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	<-s.done
	at := s.at
	s.cancel, s.at = nil, nil
	if s.r.client != nil {
		s.r.client.Beside(nil)
	}
	return at
}

// crossing reports whether we went over and wait for the master.
func (s *standby) crossing() bool { return !s.crossed.IsZero() }

// tick looks whether the master came.
func (s *standby) tick() {
	switch {
	case s.crossed.IsZero():
	case s.r.phase() != session.Lost:
		s.crossed = time.Time{}
	case s.r.now().Sub(s.crossed) > crossTime:
		s.r.client.Close() // and on to look for it
	}
}

// cross goes over to the place where we stand by, if there is one that is
// likely to work, and says so to the master; for others than the session's
// goroutine.
func (s *standby) cross(ctx context.Context) bool {
	over := false
	s.r.tell(ctx, func(ctx context.Context) {
		s.crossed = time.Time{}
		at := s.end()
		if at == nil {
			return
		}
		if at.client.Doubtful() { // then it is our own line
			at.hangUp()
			return
		}
		r := s.r
		r.drop()
		r.client, r.hangUp, r.relay = at.client, at.hangUp, at.client.Addr()
		r.pair, r.rejoin, r.resumeKeys, r.came = at.again.pair, true, at.again.keys, at.came
		r.client.Brisk(true)
		s.crossed, over = r.now(), true
		r.sayReady(ctx)
		r.cfg.Log.Info("on another relay", "relay", r.relay)
	})
	return over
}

// keep stands by until ctx ends, and begins again when that breaks.
func (s *standby) keep(ctx context.Context, target message.Standby, servers []profile.Relay) {
	pauses := turn.Pauses{First: standbyPause, Longest: longestStandby}
	for {
		begun := time.Now()
		if err := s.stand(ctx, target, servers); ctx.Err() == nil {
			s.r.cfg.Log.Debug("does not stand by", "error", err)
		}
		if time.Since(begun) > longestStandby {
			pauses.Reset()
		}
		if pauses.Wait(ctx) != nil {
			return
		}
	}
}

// stand stands by until ctx or the connection ends. With ctx the connection
// stays for whoever goes over.
func (s *standby) stand(ctx context.Context, target message.Standby, servers []profile.Relay) error {
	r := s.r
	var keys []secret.Bytes
	var self uint8
	if !r.tell(ctx, func(context.Context) { keys, self = r.resumeKeys, r.self }) {
		return ctx.Err()
	}
	dialling, cancel := context.WithTimeout(ctx, dialTime)
	client, err := dial.Connect(dialling, r.dialConfig(servers))
	cancel()
	if err != nil {
		return err
	}
	at := &stood{client: client, hangUp: client.Start(context.WithoutCancel(ctx))}
	mine := false // the session's goroutine knows of it
	defer func() {
		if !mine || ctx.Err() == nil {
			at.hangUp()
		}
	}()
	if at.again, err = s.arrive(ctx, at.client, target, self, keys); err != nil {
		return err
	}
	mine = r.tell(ctx, func(context.Context) {
		s.at = at
		r.client.Beside(client)
		r.publish()
	})
	err = s.hold(ctx, at)
	if ctx.Err() == nil {
		r.tell(ctx, func(context.Context) {
			if s.at == at {
				s.at = nil
				r.client.Beside(nil)
				r.publish()
			}
		})
	}
	return err
}

// arrive goes to the door of the room in readiness and agrees on keys with the
// master there.
func (s *standby) arrive(ctx context.Context, client *dial.Client, target message.Standby, self uint8, keys []secret.Bytes) (again, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	m := handshake.Meeting{RelayKey: client.RelayKey()}
	if _, err := rand.Read(m.Nonce[:]); err != nil {
		return again{}, fmt.Errorf("nonce: %w", err)
	}
	ticket, err := client.Join(ctx, wire.Join{Session: s.r.code.Number, Nonce: m.Nonce, Resume: true, Door: target.Handle})
	if err != nil {
		return again{}, fmt.Errorf("join: %w", err)
	}
	m.Handle, m.Ticket = ticket.Handle, ticket.SID
	a, err := prove(ctx, client, handshake.ResumeConfig{Meeting: m, Member: self}, keys)
	if err != nil {
		return again{}, err
	}
	return a, confirmed(ctx, client, a.pair)
}

// errNotConfirmed says that the master said something else than that we stand
// by.
var errNotConfirmed = errors.New("no place to stand by")

// confirmed waits for the master's word that we stand by: before it the relay
// takes no record of us.
func confirmed(ctx context.Context, client *dial.Client, pair *link.Pair) error {
	for {
		f, err := client.Receive(ctx)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		switch f.Type {
		case wire.Record:
			got, err := pair.Open(f)
			if err != nil {
				return err
			}
			if _, ok := got.Message.(message.Standby); !ok || got.Stream != epoch.PairControl {
				return errNotConfirmed
			}
			return nil
		case wire.Notice:
			if err := parting(f.Payload); err != nil {
				return err
			}
		case wire.Stage1, wire.Handshake, wire.Ping, wire.Pong: // nothing that is waited for
		}
	}
}

// hold keeps what comes where we stand by. A record that the master sealed for
// us says that it has lost the first relay before us: we go there, too. One that
// it did not seal ends our standing by, and nothing else.
func (s *standby) hold(ctx context.Context, at *stood) error {
	for {
		f, err := at.client.Receive(ctx)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if f.Type == wire.Notice {
			if err := parting(f.Payload); err != nil {
				return err
			}
			continue
		}
		if at.came.first == nil && ofMaster(f) {
			got, err := at.again.pair.Open(f)
			if err != nil {
				return err
			}
			at.came.first = &got
			s.r.tell(ctx, func(context.Context) {
				if s.at == at {
					s.r.client.Close()
				}
			})
			continue
		}
		if len(at.came.held) == maxHeld {
			return errors.New("more than can be kept")
		}
		at.came.held = append(at.came.held, f)
	}
}

// ofMaster reports whether a frame says that the master sealed it for us.
func ofMaster(f wire.Frame) bool {
	if f.Type != wire.Record || f.Channel != wire.MasterConn {
		return false
	}
	kid, err := epoch.PeekKID(f.Payload)
	return err == nil && link.OfPair(kid.Stream)
}
