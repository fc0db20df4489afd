package master

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/relay/wire"
)

// handshakeTime is how long somebody may take to prove the PIN.
const handshakeTime = 30 * time.Second

// joiner is somebody who is not in the room yet.
type joiner struct {
	at       time.Time
	meeting  handshake.Meeting
	resuming bool

	hs   *handshake.Master
	peer *handshake.Peer
	keys *handshake.Keys // set once the PIN is proven
	link *invitation     // the personal link it came with, nil without one

	back   *handshake.Answering
	key    secret.Bytes // that back was proven with
	member uint8
}

// name is what to call somebody who proved to be let in: the person's own word,
// or whom the link was made for.
func (j *joiner) name() string {
	if j.peer.Name == "" && j.link != nil {
		return j.link.Name
	}
	return j.peer.Name
}

// frame takes one frame from the relay.
func (r *run) frame(ctx context.Context, f wire.Frame) error {
	switch f.Type {
	case wire.Notice:
		return r.notice(ctx, f.Payload)
	case wire.Handshake:
		if err := r.door(ctx, f); err != nil {
			r.cfg.Log.Info("handshake refused", "conn", f.Channel, "error", err)
		}
	case wire.Record:
		r.record(ctx, f)
	case wire.Stage1, wire.Ping, wire.Pong: // the connection's own business
	}
	return nil
}

func (r *run) notice(ctx context.Context, payload []byte) error {
	notice, err := wire.ParseNotice(payload)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	switch n := notice.(type) {
	case wire.JoinNotify:
		r.joiners[n.Conn] = &joiner{
			at: r.cfg.Now(), resuming: n.Resume,
			meeting: handshake.Meeting{
				RelayKey: r.client.RelayKey(), Handle: r.opened.Handle, Ticket: n.SID, Nonce: n.Nonce,
			},
		}
	case wire.Gone:
		r.left(ctx, n.Conn)
	case wire.Dropped:
		r.dropped(ctx, n.Conn)
	case wire.Closing:
		return fmt.Errorf("%w: relay closes: %s", errLost, n.Reason)
	default: // the rest is for participants
	}
	return nil
}

// left is told when a connection ended that was not ours.
func (r *run) left(ctx context.Context, conn uint32) {
	delete(r.joiners, conn)
	if m := r.byConn(conn); m != nil {
		m.away, m.awaySince = true, r.cfg.Now()
		r.forgetWay(conn)
		m.tape.stop()
		r.clip.leave(m)
		r.rekey(ctx)
	}
	r.publish()
}

// door takes a handshake message from somebody outside.
func (r *run) door(ctx context.Context, f wire.Frame) error {
	j := r.joiners[f.Channel]
	switch {
	case j == nil:
		return errors.New("from nobody at the door")
	case handshake.IsFirst(f.Payload) && j.resuming: // passed the queue, so it may not guess
		r.sendAway(ctx, f.Channel, session.ReasonProtocol)
		return errors.New("PIN from somebody who comes back")
	case handshake.IsFirst(f.Payload) && j.hs == nil:
		return r.begin(ctx, f.Channel, j, f.Payload)
	case handshake.IsResume(f.Payload) && j.back == nil:
		return r.comeBack(ctx, f.Channel, j, f.Payload)
	case j.back != nil:
		return r.confirm(ctx, f.Channel, j, f.Payload)
	case j.hs != nil && j.keys == nil:
		return r.prove(ctx, f.Channel, j, f.Payload)
	default:
		return errors.New("out of order")
	}
}

// begin answers E1 with E2. From here on an attempt at the PIN is counted.
func (r *run) begin(ctx context.Context, conn uint32, j *joiner, e1 []byte) error {
	shared, attempts, err := r.sharedWith(j, e1)
	if errors.Is(err, errLinkSpent) {
		return r.turnAway(ctx, conn, err, handshake.Refusal{Reason: string(session.ReasonLinkSpent)})
	}
	if err != nil {
		r.sendAway(ctx, conn, session.ReasonProtocol)
		return err
	}
	hs, e2, err := handshake.NewMaster(handshake.MasterConfig{
		Meeting: j.meeting, Secret: shared, Signing: r.signing,
		ProfileHash: r.cfg.Profile.Hash(), PolicyHash: r.policyHash(), Licence: r.cfg.Profile.Licence.Note,
		Attempts: attempts, Replays: &r.replays,
	}, e1)
	if errors.Is(err, handshake.ErrExhausted) { // by runs that nobody finished
		r.renewPIN()
		return r.turnAway(ctx, conn, err, handshake.Refusal{Reason: string(session.ReasonPINRenewed)})
	}
	if err != nil {
		r.sendAway(ctx, conn, session.ReasonProtocol)
		return err
	}
	j.hs = hs
	return r.shake(ctx, conn, e2)
}

// prove reads E3. A wrong PIN is told with the attempts that are left; the
// last one costs the PIN.
func (r *run) prove(ctx context.Context, conn uint32, j *joiner, e3 []byte) error {
	peer, err := j.hs.Verify(e3)
	if err != nil {
		return r.turnAway(ctx, conn, err, r.missed(j))
	}
	if j.link != nil && j.link.Use != LinkUnused { // another one was quicker, or it was withdrawn
		return r.turnAway(ctx, conn, errLinkSpent, r.missed(j))
	}
	e4, keys, err := j.hs.Decide(handshake.Wait)
	if err != nil {
		return err
	}
	j.peer, j.keys = peer, keys
	if j.link != nil {
		r.endLink(ctx, j.link, LinkUsed, peer.Name)
	}
	if err := r.shake(ctx, conn, e4); err != nil {
		return err
	}
	r.cfg.Log.Info("somebody knocks", "conn", conn)
	r.publish()
	return nil
}

// turnAway tells somebody at the door why, and returns err with it.
func (r *run) turnAway(ctx context.Context, conn uint32, err error, why handshake.Refusal) error {
	err = errors.Join(err, r.shake(ctx, conn, why.Encode()))
	r.sendAway(ctx, conn, session.Reason(why.Reason))
	return err
}

// admit lets somebody in who has proven the PIN.
func (r *run) admit(ctx context.Context, conn uint32) {
	j := r.joiners[conn]
	if j == nil || j.keys == nil || len(r.members) >= maxMembers {
		return
	}
	pair, err := link.NewPair(conn, j.keys.PairMP, j.keys.PairPM)
	if err != nil {
		r.cfg.Log.Error("admit", "error", err)
		return
	}
	if err := r.client.Admit(ctx, conn); err != nil {
		r.cfg.Log.Warn("admit", "error", err)
		return
	}
	r.lockBehind(ctx, true)
	delete(r.joiners, conn)
	m := &member{
		id: r.nextID, conn: conn, pair: pair, resume: j.keys.Resume, name: j.name(), words: j.keys.SAS,
		key: j.peer.SigKey, viewer: newViewer(r, r.nextID),
	}
	r.nextID++
	r.members[m.id] = m
	m.viewer.start(ctx)
	r.rekey(ctx)
	r.standby.tell(ctx, m)
	r.publish()
}

// refuse sends somebody away, sealed, so that the person knows that it was us.
func (r *run) refuse(ctx context.Context, conn uint32) {
	j := r.joiners[conn]
	if j == nil {
		return
	}
	if j.keys != nil {
		if err := r.sealedRefusal(ctx, conn, j.keys); err != nil {
			r.cfg.Log.Debug("refuse", "error", err)
		}
	}
	r.sendAway(ctx, conn, session.ReasonRefused)
	r.publish()
}

func (r *run) sealedRefusal(ctx context.Context, conn uint32, keys *handshake.Keys) error {
	pair, err := link.NewPair(conn, keys.PairMP, keys.PairPM)
	if err != nil {
		return err
	}
	f, err := pair.Seal(epoch.PairControl, message.Bye{Reason: session.ReasonRefused})
	if err != nil {
		return err
	}
	return r.shake(ctx, conn, handshake.WrapSealed(f.Payload))
}

// sendAway ends a connection that is not in the room.
func (r *run) sendAway(ctx context.Context, conn uint32, why session.Reason) {
	delete(r.joiners, conn)
	if r.client == nil {
		return
	}
	if err := r.client.Kick(ctx, conn, wire.Reason(why)); err != nil {
		r.cfg.Log.Debug("kick", "error", err)
	}
}

func (r *run) shake(ctx context.Context, conn uint32, msg []byte) error {
	return r.client.Send(ctx, wire.Frame{Type: wire.Handshake, Channel: conn, Payload: msg})
}

// comeBack answers R1 of a member whose connection broke.
func (r *run) comeBack(ctx context.Context, conn uint32, j *joiner, r1 []byte) error {
	id, err := handshake.PeekResume(r1)
	if err != nil {
		return err
	}
	m := r.members[id]
	if m == nil {
		r.sendAway(ctx, conn, session.ReasonRemoved)
		return errors.New("resume of no member")
	}
	back, r2, key, err := r.answer(j.meeting, m, r1)
	if err != nil {
		refusal := handshake.Refusal{Reason: string(session.ReasonTampered)}
		return errors.Join(err, r.shake(ctx, conn, refusal.Encode()))
	}
	j.back, j.key, j.member = back, key, id
	return r.shake(ctx, conn, r2)
}

// answer reads R1 with the resume key that the member has, and says which that
// is.
func (r *run) answer(at handshake.Meeting, m *member, r1 []byte) (*handshake.Answering, []byte, secret.Bytes, error) {
	cfg := handshake.ResumeConfig{Meeting: at, Member: m.id, Key: m.resume, Replays: &r.replays}
	back, r2, err := handshake.AnswerResume(cfg, r1)
	if errors.Is(err, handshake.ErrWrongSecret) && m.spare != nil {
		cfg.Key = m.spare
		back, r2, err = handshake.AnswerResume(cfg, r1)
	}
	return back, r2, cfg.Key, err
}

// confirm reads R3 and puts the member on its new connection.
func (r *run) confirm(ctx context.Context, conn uint32, j *joiner, r3 []byte) error {
	m := r.members[j.member]
	delete(r.joiners, conn)
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
	if err := r.client.Admit(ctx, conn); err != nil {
		return err
	}
	r.forgetWay(m.conn)
	r.lockBehind(ctx, false)
	if m.conn != conn && !m.away {
		r.sendAway(ctx, m.conn, session.ReasonConnectionLost)
	}
	r.clip.leave(m)
	m.tape.stop() // until it says what it has got
	m.conn, m.pair, m.resume, m.spare, m.away = conn, pair, keys.Resume, j.key, false
	r.cfg.Log.Info("member is back", "member", int(m.id))
	r.rekey(ctx)
	r.standby.tell(ctx, m)
	r.publish()
	return nil
}
