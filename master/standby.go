package master

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// The times of a room in readiness.
const (
	// standbyPause is how long to wait before trying again to keep one, doubled
	// each time up to longestStandby: nobody misses it meanwhile.
	standbyPause   = time.Second
	longestStandby = 30 * time.Second
	// doubtTime is how long the relay has to answer when a member says that it
	// has lost it.
	doubtTime = 500 * time.Millisecond
)

// standby keeps the room ready on a second relay, the next one of the list: it
// is opened there, members stand by with keys of their own, and nobody else
// finds it. Going over to it takes no more than the word that it is open. There
// is never more than one. The room's goroutine owns the fields.
type standby struct {
	r      *run
	cancel context.CancelFunc // of keep; nil when it does not run
	done   chan struct{}      // closed when keep has ended
	at     *stood
}

// stood is the room in readiness.
type stood struct {
	client  *dial.Client
	hangUp  func()
	opened  wire.Opened
	joiners map[uint32]*joiner
	late    []wire.Frame // received and not taken yet; keep owns it until it has ended
}

// maxStanding is how many may be at the door of a room in readiness.
const maxStanding = 64

// aside is where a member stands by.
type aside struct {
	conn   uint32
	pair   *link.Pair
	resume secret.Bytes // once it is here
	before secret.Bytes // that the member has as long as it is not
}

// tick keeps a room ready for as long as somebody would miss this one and there
// is another relay, and looks after the connection that it would replace.
func (s *standby) tick(ctx context.Context) {
	r := s.r
	wanted := r.phase == Open && len(r.members) > 0 && r.builtin == nil && len(r.m.relays.Servers()) > 1
	if r.client != nil {
		r.client.Brisk(wanted)
	}
	switch {
	case wanted && s.cancel == nil:
		keeping, cancel := context.WithCancel(context.WithoutCancel(ctx))
		s.cancel, s.done = cancel, make(chan struct{})
		go func(done chan struct{}) {
			defer close(done)
			s.keep(keeping)
		}(s.done)
	case !wanted:
		s.stop()
	}
	if s.at != nil {
		s.sweep(ctx)
	}
	for _, m := range r.members {
		s.doubt(ctx, m)
	}
}

// sweep sends those away who take too long to prove that they are members.
func (s *standby) sweep(ctx context.Context) {
	for conn, j := range s.at.joiners {
		if s.r.cfg.Now().Sub(j.at) > handshakeTime {
			delete(s.at.joiners, conn)
			if err := s.at.client.Kick(ctx, conn, wire.Reason(session.ReasonProtocol)); err != nil {
				s.r.cfg.Log.Debug("kick", "error", err)
			}
		}
	}
}

// stop gives the room in readiness up.
func (s *standby) stop() {
	if at := s.end(); at != nil {
		at.hangUp()
	}
}

// end ends keep and returns the room that it had.
func (s *standby) end() *stood {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	<-s.done
	at := s.at
	s.cancel = nil
	s.leave()
	return at
}

// leave forgets the room in readiness, and where members stand by.
func (s *standby) leave() {
	s.at = nil
	for _, m := range s.r.members {
		m.aside, m.came = nil, nil
	}
	if s.r.client != nil {
		s.r.client.Beside(nil)
	}
}

// others are the relays that may keep the room ready, in the order in which
// everybody would try them.
func (s *standby) others() []profile.Relay {
	r := s.r
	rest := dial.From(r.m.relays.Servers(), r.relay)
	pin := r.client.RelayKey()
	return slices.DeleteFunc(slices.Clone(rest), func(v profile.Relay) bool {
		return v.Addr == r.relay || slices.Contains(v.Pins, pin)
	})
}

// keep keeps the room ready until ctx ends, and begins again when that breaks.
func (s *standby) keep(ctx context.Context) {
	pauses := turn.Pauses{First: standbyPause, Longest: longestStandby}
	for {
		var others []profile.Relay
		s.r.tell(ctx, func(context.Context) { others = s.others() })
		for i := range others {
			begun := time.Now()
			err := s.stand(ctx, others[i:i+1])
			if ctx.Err() != nil {
				return
			}
			s.r.cfg.Log.Debug("no room in readiness", "relay", others[i].Addr, "error", err)
			if time.Since(begun) > longestStandby {
				pauses.Reset()
			}
		}
		if pauses.Wait(ctx) != nil {
			return
		}
	}
}

// stand keeps the room ready on a relay until ctx or the connection ends. With
// ctx the connection stays for whoever goes over.
func (s *standby) stand(ctx context.Context, servers []profile.Relay) error {
	r := s.r
	client, err := r.dial(ctx, servers, false)
	if err != nil {
		return err
	}
	at := &stood{client: client, hangUp: client.Start(context.WithoutCancel(ctx)), joiners: make(map[uint32]*joiner)}
	mine := false // the room's goroutine knows of it
	defer func() {
		if !mine || ctx.Err() == nil {
			at.hangUp()
		}
	}()
	var wanted wire.Open
	if !r.tell(ctx, func(context.Context) { wanted = r.wanted() }) {
		return ctx.Err()
	}
	wanted.Standby = true
	opening, cancel := context.WithTimeout(ctx, openTime)
	at.opened, err = client.Open(opening, wanted)
	cancel()
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	mine = r.tell(ctx, func(now context.Context) {
		s.at = at
		r.client.Beside(client)
		for _, m := range r.members {
			s.tell(now, m)
		}
		r.publish()
	})
	for {
		f, err := client.Receive(ctx)
		if err == nil {
			at.late = append(at.late, f)
			r.tell(ctx, func(ctx context.Context) { err = s.take(ctx, at) })
		}
		if err != nil && ctx.Err() == nil {
			r.tell(ctx, func(context.Context) {
				if s.at == at {
					s.leave()
					r.publish()
				}
			})
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// take takes what has come from the relay where the room is kept ready.
func (s *standby) take(ctx context.Context, at *stood) error {
	late := at.late
	at.late = nil
	for _, f := range late {
		if err := s.frame(ctx, at, f); err != nil {
			return err
		}
	}
	return nil
}

// tell tells a member where it may stand by.
func (s *standby) tell(ctx context.Context, m *member) {
	if s.at != nil {
		s.r.say(ctx, m, s.at.place())
	}
}

// place is what members are told of the room in readiness.
func (at *stood) place() message.Standby {
	pin := at.client.RelayKey()
	return message.Standby{Relay: pin[:], Handle: at.opened.Handle[:]}
}

// frame takes a frame from the relay where the room is kept ready.
func (s *standby) frame(ctx context.Context, at *stood, f wire.Frame) error {
	var err error
	switch f.Type {
	case wire.Notice:
		return s.notice(at, f.Payload)
	case wire.Handshake:
		err = s.door(ctx, at, f)
	case wire.Record:
		err = s.record(ctx, at, f)
	case wire.Stage1, wire.Ping, wire.Pong: // the connection's own business
	}
	if err != nil {
		s.r.cfg.Log.Info("refused where the room is in readiness", "conn", f.Channel, "error", err)
	}
	return nil
}

func (s *standby) notice(at *stood, payload []byte) error {
	notice, err := wire.ParseNotice(payload)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	switch n := notice.(type) {
	case wire.JoinNotify:
		if len(at.joiners) >= maxStanding {
			return nil // the relay has its own bound, and keeps it or is none of ours
		}
		at.joiners[n.Conn] = &joiner{at: s.r.cfg.Now(), resuming: n.Resume, meeting: handshake.Meeting{
			RelayKey: at.client.RelayKey(), Handle: at.opened.Handle, Ticket: n.SID, Nonce: n.Nonce,
		}}
	case wire.Gone:
		delete(at.joiners, n.Conn)
		if m := s.member(n.Conn); m != nil {
			m.aside, m.came = nil, nil
			s.r.publish()
		}
	case wire.Closing:
		return fmt.Errorf("%w: relay closes: %s", errLost, n.Reason)
	default: // the rest is for participants
	}
	return nil
}

// member returns who stands by on a connection.
func (s *standby) member(conn uint32) *member {
	for _, m := range s.r.members {
		if m.aside != nil && m.aside.conn == conn {
			return m
		}
	}
	return nil
}

// door takes R1 and R3 of a member that wants to stand by. Whoever is no member
// is sent away.
func (s *standby) door(ctx context.Context, at *stood, f wire.Frame) error {
	j := at.joiners[f.Channel]
	if j == nil {
		return errors.New("from nobody at the door")
	}
	if j.back != nil {
		return s.confirm(ctx, at, f.Channel, j, f.Payload)
	}
	id, err := handshake.PeekResume(f.Payload)
	m := s.r.members[id]
	if err != nil || m == nil {
		delete(at.joiners, f.Channel)
		return errors.Join(err, errors.New("resume of no member"), at.client.Kick(ctx, f.Channel, wire.Reason(session.ReasonConnectionLost)))
	}
	back, r2, key, err := s.r.answer(j.meeting, m, f.Payload)
	if err != nil {
		refusal := handshake.Refusal{Reason: string(session.ReasonTampered)}
		return errors.Join(err, at.shake(ctx, f.Channel, refusal.Encode()))
	}
	j.back, j.key, j.member = back, key, id
	return at.shake(ctx, f.Channel, r2)
}

func (at *stood) shake(ctx context.Context, conn uint32, msg []byte) error {
	return at.client.Send(ctx, wire.Frame{Type: wire.Handshake, Channel: conn, Payload: msg})
}

// confirm reads R3 and tells the member that it stands by.
func (s *standby) confirm(ctx context.Context, at *stood, conn uint32, j *joiner, r3 []byte) error {
	m := s.r.members[j.member]
	delete(at.joiners, conn)
	if m == nil {
		return errors.New("resume of no member")
	}
	keys, err := j.back.Confirm(r3)
	if err != nil {
		return err
	}
	pair, err := link.NewPair(conn, keys.PairMP, keys.PairPM)
	if err != nil {
		return err
	}
	said, err := pair.Seal(epoch.PairControl, at.place())
	if err != nil {
		return err
	}
	if err := errors.Join(at.client.Admit(ctx, conn), at.client.Send(ctx, said)); err != nil {
		return err
	}
	if old := m.aside; old != nil {
		err = at.client.Kick(ctx, old.conn, wire.Reason(session.ReasonConnectionLost))
	}
	m.aside, m.came = &aside{conn: conn, pair: pair, resume: keys.Resume, before: j.key}, nil
	s.r.publish()
	return err
}

// record takes a member's word that it has lost the relay that we are on.
func (s *standby) record(ctx context.Context, at *stood, f wire.Frame) error {
	m := s.member(f.Channel)
	if m == nil {
		return errors.New("record of nobody who stands by")
	}
	got, err := m.aside.pair.Open(f)
	if err != nil {
		return errors.Join(err, at.client.Kick(ctx, f.Channel, wire.Reason(session.ReasonConnectionLost)))
	}
	ready, ok := got.Message.(message.Ready)
	if !ok {
		return errors.New("nothing is said where the room is only in readiness")
	}
	m.came, m.since = &ready, time.Now()
	s.doubt(ctx, m)
	return nil
}

// doubt decides what to do about a member that went over before us. We follow it
// when nobody else is here who would be moved for it, or when our relay does not
// answer; else that has to look for its way back to where everybody is.
func (s *standby) doubt(ctx context.Context, m *member) {
	r := s.r
	if m.came == nil || s.at == nil {
		return
	}
	alone := !slices.ContainsFunc(r.here(), func(o *member) bool { return o != m })
	answers := r.client.Answers(m.since)
	switch {
	case alone, !answers && time.Since(m.since) > max(doubtTime, 4*r.client.RTT()):
		r.cfg.Log.Info("a member is on another relay already", "member", int(m.id))
		r.client.Close()
	case answers:
		conn := m.aside.conn
		m.aside, m.came = nil, nil
		if err := s.at.client.Kick(ctx, conn, wire.Reason(session.ReasonConnectionLost)); err != nil {
			r.cfg.Log.Debug("kick", "error", err)
		}
	}
}

// here are the members who are not away.
func (r *run) here() []*member {
	var out []*member
	for _, m := range r.members {
		if !m.away {
			out = append(out, m)
		}
	}
	return out
}

// cross goes over to the room in readiness, if there is one that is likely to
// work, with everybody who stands by there.
func (s *standby) cross(ctx context.Context) bool {
	r := s.r
	if s.at == nil || s.at.client.Doubtful() {
		return false // then it is our own line
	}
	at := s.at
	s.cancel()
	<-s.done
	s.cancel = nil
	if err := s.take(ctx, at); err != nil { // what was received and not taken yet
		s.leave()
	}
	if s.at != at { // it broke just now
		at.hangUp()
		return false
	}
	r.drop()
	r.client, r.hangUp, r.relay, r.opened = at.client, at.hangUp, at.client.Addr(), at.opened
	r.joiners = at.joiners // who is at that door goes on there, or is sent away in time
	came := make(map[*member]message.Ready)
	for _, m := range r.members {
		r.clip.leave(m)
		m.tape.stop() // until it says what it has got
		if m.came != nil {
			came[m] = *m.came
		}
		m.cross(r.cfg.Now())
	}
	s.leave()
	r.linksAt = r.client
	r.tellLinks(ctx)
	if err := errors.Join(r.client.Lock(ctx, r.locked), r.client.Send(ctx, wire.NoticeFrame(wire.Live{}))); err != nil {
		r.cfg.Log.Debug("on another relay", "error", err) // it breaks, and we lose that one, too
	}
	r.cfg.Log.Info("on another relay", "relay", r.relay)
	r.rekey(ctx)
	for m, ready := range came {
		r.fromMember(ctx, m, ready)
	}
	r.publish()
	return true
}

// cross puts the member where it stands by. Which of the two resume keys it has
// is known when it says so.
func (m *member) cross(now time.Time) {
	if m.aside == nil {
		if !m.away {
			m.away, m.awaySince = true, now
		}
		return
	}
	m.conn, m.pair, m.away = m.aside.conn, m.aside.pair, false
	m.resume, m.spare = m.aside.resume, m.aside.before
}
