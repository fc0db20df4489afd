package master

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/link"
	"lotse/participant/link/direct"
	"lotse/participant/session"
	"lotse/participant/turn"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// errLost says that the connection to the relay broke and may be resumed.
var errLost = errors.New("connection lost")

// errOver ends the loops of a room that has ended in an orderly way.
var errOver = errors.New("room over")

// run is one room from opening to end. The goroutine of Room.Run owns it.
type run struct {
	m   *Room
	cfg Config

	phase      Phase
	reason     session.Reason
	retryAfter time.Duration
	lostAt     time.Time
	locked     bool
	never      session.Grants // what the profile lets nobody ask for or use

	// who may come in
	pin      secret.Text
	renewed  int
	attempts *handshake.Attempts
	replays  handshake.Replays
	joiners  map[uint32]*joiner

	// the personal links, in the order in which they were made
	links     []*invitation
	shownLink *invitation // whose text the window shows
	linkID    uint32
	linksAt   *dial.Client // the connection on which the room was opened with them

	// the way to the relay
	builtin *builtin
	client  *dial.Client
	way     atomic.Pointer[direct.Switch] // over it and past it, while the room is open
	hangUp  func()
	standby *standby
	relay   string // the address of the last one
	opened  wire.Opened
	news    turn.Queue

	// the epoch
	licence profile.LicenceFacts
	signing ed25519.PrivateKey
	uuid    [16]byte
	number  uint64
	prev    [32]byte
	roster  []byte
	group   *link.Group
	members map[uint8]*member
	clip    *clip
	gone4   []Member // who left, for the window
	nextID  uint8
}

// tickEvery is how often time-outs are looked at.
const tickEvery = 250 * time.Millisecond

// numberDigits is how long the session number is that we ask for.
const numberDigits = 6

func newRun(m *Room) (*run, error) {
	r := &run{
		m: m, cfg: m.cfg, signing: m.cfg.Profile.Licence.Key,
		attempts: new(handshake.Attempts), joiners: make(map[uint32]*joiner), members: make(map[uint8]*member),
		news: make(turn.Queue, commandDepth), nextID: epoch.MasterID + 1,
	}
	r.clip, r.standby = &clip{r: r}, &standby{r: r}
	never, ok := session.Named(m.cfg.Profile.Never)
	if !ok {
		return nil, errors.New("the profile forbids a right that there is not")
	}
	r.never = never
	licence, err := profile.OpenLicence(m.cfg.Profile.Licence.Note, m.cfg.Profile.LicenceIssuers, m.cfg.Now())
	if err != nil {
		return nil, fmt.Errorf("our own licence: %w", err)
	}
	r.licence = licence
	if _, err := rand.Read(r.uuid[:]); err != nil {
		return nil, fmt.Errorf("session id: %w", err)
	}
	pin, err := handshake.NewPIN(nil)
	if err != nil {
		return nil, err
	}
	r.pin, r.group = pin, link.NewGroup(epoch.MasterID, r.signing)
	return r, nil
}

// all keeps the room from the first dial to the end.
func (r *run) all(ctx context.Context) error {
	r.publish()
	err := r.await(ctx, func(ctx context.Context) error { return r.open(ctx, true) })
	for err == nil {
		r.phase, r.lostAt = Open, time.Time{}
		r.publish()
		err = r.serve(ctx)
		switch {
		case !errors.Is(err, errLost):
		case r.standby.cross(ctx):
			err = nil
		default:
			r.lose()
			err = r.await(ctx, r.reopen)
		}
	}
	if errors.Is(err, errOver) {
		return nil
	}
	if ctx.Err() != nil { // the program ends: say goodbye all the same
		r.end(context.WithoutCancel(ctx), session.ReasonEndedByMaster)
		return ctx.Err()
	}
	if r.phase != Ended {
		r.phase = Ended
		r.reason, r.retryAfter = participant.ReasonOf(err)
		if errors.Is(err, errLost) {
			r.reason = session.ReasonConnectionLost
		}
		r.publish()
	}
	return err
}

// lose marks everybody as away until they come back.
func (r *run) lose() {
	r.standby.stop()
	r.phase, r.lostAt = Lost, r.cfg.Now()
	clear(r.joiners)
	for _, m := range r.members {
		m.away = true
		m.tape.stop()
		r.clip.leave(m)
	}
	r.publish()
}

// close gives everything back to the system.
func (r *run) close() {
	for _, m := range r.members {
		m.viewer.stop()
	}
	r.clip.close()
	r.standby.stop()
	r.drop()
	r.clip.wait()
	if r.builtin != nil {
		r.builtin.stop()
	}
}

// await runs work beside the commands of the moderator and the clock.
func (r *run) await(ctx context.Context, work func(context.Context) error) error {
	return turn.Beside(ctx, work, func(ctx context.Context, done <-chan struct{}) error { return r.turns(ctx, nil, done) })
}

// serve keeps the room until it ends (errOver) or the connection breaks
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
	return r.turns(ctx, frames, nil)
}

// turns takes what comes, one at a time, until work is done (nil), the room ends
// (errOver) or the connection breaks (errLost). It waits for frames or for work,
// and the other is nil.
func (r *run) turns(ctx context.Context, frames <-chan wire.Frame, done <-chan struct{}) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for r.phase != Ended {
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
		case p := <-r.m.inputs:
			r.press(ctx, p)
		case <-tick.C:
			r.tick(ctx)
		}
	}
	return errOver
}

// tell runs f in the room's goroutine and waits for it, and reports whether it
// ran (turn.Queue); for others than that goroutine.
func (r *run) tell(ctx context.Context, f func(context.Context)) bool { return r.news.Do(ctx, f) }

// tick lets time pass.
func (r *run) tick(ctx context.Context) {
	now := r.cfg.Now()
	if r.phase == Lost && now.Sub(r.lostAt) > session.ResumeWindow {
		r.end(ctx, session.ReasonConnectionLost)
		return
	}
	for conn, j := range r.joiners {
		if j.keys == nil && now.Sub(j.at) > handshakeTime {
			r.sendAway(ctx, conn, session.ReasonProtocol)
		}
	}
	for _, m := range r.members {
		r.watchOver(ctx, m, now)
	}
	r.standby.tick(ctx)
}

// end ends the room for everybody.
func (r *run) end(ctx context.Context, why session.Reason) {
	if r.phase == Ended {
		return
	}
	for _, m := range r.members {
		r.bye(ctx, m, why)
	}
	r.told(ctx)
	for conn := range r.joiners {
		r.sendAway(ctx, conn, session.ReasonEndedByMaster)
	}
	r.phase, r.reason = Ended, why
	if r.client != nil {
		if err := r.client.End(ctx); err != nil {
			r.cfg.Log.Debug("end", "error", err)
		}
		r.client.Flush(ctx)
	}
	r.publish()
}

// lock lets nobody else in, or somebody again.
func (r *run) lock(ctx context.Context, on bool) {
	if r.client == nil {
		return
	}
	if err := r.client.Lock(ctx, on); err != nil {
		r.cfg.Log.Warn("lock", "error", err)
		return
	}
	r.locked = on
	r.publish()
}

// lockBehind lets nobody in after somebody who came in, where the profile says
// so. The relay has done so with the same step; this is for it and us to agree
// when somebody comes back into a room that the moderator has opened again.
func (r *run) lockBehind(ctx context.Context, fresh bool) {
	if r.cfg.Profile.AutoLock {
		r.locked = r.locked || fresh
		r.lock(ctx, r.locked)
	}
}

// renewPIN draws a new PIN. Runs under the old one go on to their end: they
// can still only succeed with what was read out.
func (r *run) renewPIN() {
	pin, err := handshake.NewPIN(nil)
	if err != nil {
		r.cfg.Log.Error("no new PIN", "error", err)
		return
	}
	r.pin, r.attempts = pin, new(handshake.Attempts)
	r.renewed++
	r.publish()
}

func (r *run) policyHash() [32]byte { return sha256.Sum256(nil) }

// publish hands a new State to the window.
func (r *run) publish() {
	s := State{
		Phase: r.phase, Reason: r.reason, RetryAfter: r.retryAfter, Number: r.opened.Session, PIN: r.pin,
		PINRenewed: r.renewed, Locked: r.locked,
		Organisation: r.licence.Organisation, Name: r.licence.Name,
	}
	if r.client != nil {
		s.Relay, s.Region = r.client.Addr(), r.client.Region()
	}
	if r.standby.at != nil {
		s.Standby = r.standby.at.client.Addr()
	}
	if r.builtin != nil {
		s.BuiltIn, s.Address = true, r.builtin.address()
	}
	if r.phase == Lost {
		s.ResumeUntil = r.lostAt.Add(session.ResumeWindow)
	}
	for conn, j := range r.joiners {
		if j.keys != nil {
			s.Knocks = append(s.Knocks, Knock{Conn: conn, Name: j.name(), Words: j.keys.SAS, At: j.at, Link: j.link != nil})
		}
	}
	r.linkState(&s)
	slices.SortFunc(s.Knocks, func(a, b Knock) int { return int(a.Conn) - int(b.Conn) })
	for _, m := range r.members {
		line := m.state()
		line.Direct = r.directly(m)
		s.Members = append(s.Members, line)
	}
	slices.SortFunc(s.Members, func(a, b Member) int { return int(a.ID) - int(b.ID) })
	s.Members = append(s.Members, r.gone4...)
	r.cfg.OnChange(s)
}

// lanAddress returns the address under which others on this network reach us:
// the first private IPv4 address, or the loopback one.
func lanAddress() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsPrivate() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
