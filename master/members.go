package master

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"image"
	"slices"
	"sync"
	"time"

	"lotse/capture/video"
	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/participant/haul"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/relay/wire"
)

// member is somebody in the room.
type member struct {
	id     uint8
	conn   uint32
	pair   *link.Pair
	resume secret.Bytes
	name   string
	words  string
	key    ed25519.PublicKey
	viewer *viewer

	tape tape

	aside *aside         // where it stands by
	spare secret.Bytes   // a resume key that it may have instead of resume
	came  *message.Ready // what it said there, when it has lost the relay before us
	since time.Time      // when it said so

	away      bool
	awaySince time.Time
	status    message.Status
	asked     session.Grants
	askedID   uint32
	why       string         // we asked
	given     session.Grants // back, which the member may not know yet
	until     time.Time
	answer    session.Reason
	sharing   message.Sharing
	screens   message.Screens
	pace      message.Pace
	wish      Wish
	trip      time.Duration
	pingAt    time.Time
	pings     uint64
	clip      uint64    // the newest of what was copied here that was sent
	clipAt    time.Time // when it was last being sent
	tooLarge  bool      // that was too much to be sent
	haul      *haul.Haul
	hauled    haul.Progress // what the window was told of it
	sealing   sync.Mutex    // keeps sealing and sending a piece together
}

// state is what the window gets to see of a member.
func (m *member) state() Member {
	return Member{
		ID: m.id, Name: m.name, Words: m.words, Grants: m.status.Grants, Asked: m.asked, AskedUntil: m.until,
		Answer: m.answer, Sharing: m.sharing.On, Screen: image.Pt(m.sharing.Width, m.sharing.Height),
		Trouble: m.status.Trouble, Away: m.away, Standby: m.aside != nil, RoundTrip: m.trip,
		Target: m.screens.Target, Shown: m.screens.Shown, Monitors: m.screens.Displays, Wish: m.wish,
		Clip: m.hauled, ClipTooLarge: m.tooLarge,
		Step: m.pace.Step, Trip: time.Duration(m.pace.Trip) * time.Millisecond,
	}
}

// pingEvery is how often the time to a member and back is measured.
const pingEvery = 5 * time.Second

// answerSlack is how long after the countdown there an answer may still be on
// its way.
const answerSlack = 5 * time.Second

func (r *run) byConn(conn uint32) *member {
	for _, m := range r.members {
		if m.conn == conn && !m.away {
			return m
		}
	}
	return nil
}

// watchOver looks after one member as time passes.
func (r *run) watchOver(ctx context.Context, m *member, now time.Time) {
	r.clip.tick(ctx, m)
	r.play(ctx, m)
	switch {
	case m.away && !m.awaySince.IsZero() && now.Sub(m.awaySince) > session.ResumeWindow:
		r.forget(ctx, m, session.ReasonConnectionLost)
		r.publish()
	case m.away:
	case now.Sub(m.pingAt) > pingEvery:
		m.pingAt = now
		m.pings++
		r.say(ctx, m, message.Ping{Number: m.pings})
	}
	if m.asked != 0 && now.After(m.until.Add(answerSlack)) {
		m.asked, m.answer = 0, session.ReasonExpired
		r.publish()
	}
}

// rekey begins a new epoch with everybody who is here, so that nobody who is
// gone can read on.
func (r *run) rekey(ctx context.Context) {
	secret := make([]byte, epoch.SecretSize)
	if _, err := rand.Read(secret); err != nil {
		r.cfg.Log.Error("no epoch secret", "error", err)
		return
	}
	roster := epoch.Roster{
		Session: r.uuid, Epoch: r.number + 1, Prev: r.prev, Policy: r.policyHash(),
		Members: r.lines(),
	}
	encoded, sig, err := epoch.SignRoster(roster, r.signing)
	if err != nil {
		r.cfg.Log.Error("roster", "error", err)
		return
	}
	hash := epoch.RosterHash(encoded)
	err = r.group.Install(epoch.Params{
		Session: r.uuid, Number: roster.Epoch, RosterHash: hash, PolicyHash: roster.Policy,
		ProfileHash: r.cfg.Profile.Hash(), RelayKey: r.client.RelayKey(), Secret: secret,
	}, roster)
	if err != nil {
		r.cfg.Log.Error("epoch", "error", err)
		return
	}
	r.number, r.prev, r.roster = roster.Epoch, hash, encoded
	r.alone()
	for _, m := range r.members {
		if !m.away {
			r.say(ctx, m, message.Welcome{
				Member: m.id, Secret: message.EpochSecret{Bytes: secret}, Roster: encoded, Signature: sig, Policy: nil,
			})
		}
	}
}

// lines are the roster's members: ourselves and everybody who is here.
func (r *run) lines() []epoch.Member {
	lines := []epoch.Member{{
		ID: epoch.MasterID, Name: r.cfg.Profile.Organisation, Role: epoch.RoleMaster,
		SigKey: [32]byte(r.signing.Public().(ed25519.PublicKey)), //nolint:forcetypeassert,errcheck // it has no other type
	}}
	for _, m := range r.members {
		if !m.away {
			lines = append(lines, epoch.Member{ID: m.id, Name: m.name, Role: epoch.RoleParticipant, SigKey: [32]byte(m.key)})
		}
	}
	slices.SortFunc(lines, func(a, b epoch.Member) int { return int(a.ID) - int(b.ID) })
	return lines
}

// say sends a message to one member on the pair channel.
func (r *run) say(ctx context.Context, m *member, msg message.Message) {
	r.sayOn(ctx, m, epoch.PairControl, msg)
}

func (r *run) sayOn(ctx context.Context, m *member, s epoch.Stream, msg message.Message) {
	if m.away || r.client == nil {
		return
	}
	f, err := m.pair.Seal(s, msg)
	if err == nil {
		err = r.transport().Send(ctx, f)
	}
	if err != nil {
		r.cfg.Log.Debug("not sent", "member", int(m.id), "kind", int(msg.Kind()), "error", err)
	}
}

// sayInput presses something. While the member is away it waits for a moment.
func (r *run) sayInput(ctx context.Context, m *member, msg message.Message) {
	m.tape.add(msg, r.cfg.Now())
	r.play(ctx, m)
}

// play sends the next input.
func (r *run) play(ctx context.Context, m *member) {
	for _, msg := range m.tape.next() {
		r.sayOn(ctx, m, epoch.PairInput, msg)
	}
}

// catchUp sends a member that is back what it has missed.
func (r *run) catchUp(ctx context.Context, m *member, inputs uint64) {
	m.tape.back(inputs, r.cfg.Now())
	r.play(ctx, m)
	if m.asked != 0 {
		r.say(ctx, m, message.Ask{ID: m.askedID, Grants: m.asked, Why: m.why})
	}
	if m.given != 0 {
		r.say(ctx, m, message.GiveBack{Grants: m.given})
	}
}

// record takes a sealed record of a member.
func (r *run) record(ctx context.Context, f wire.Frame) {
	m := r.byConn(f.Channel)
	kid, err := epoch.PeekKID(f.Payload)
	if m == nil || err != nil {
		r.cfg.Log.Warn("record refused", "conn", f.Channel, "error", err)
		return
	}
	if link.OfPair(kid.Stream) {
		got, err := m.pair.Open(f)
		if err != nil {
			r.mistrust(ctx, m, err)
			return
		}
		r.fromMember(ctx, m, got.Message)
		return
	}
	got, done, err := r.group.Open(f)
	switch {
	case errors.Is(err, link.ErrNotYet): // we begin epochs, so this can't be
	case err != nil:
		r.mistrust(ctx, m, err)
	case done && got.Member == m.id:
		r.fromRoom(ctx, m, got.Message)
	}
}

// mistrust drops what is not what it should be. After a gap in an ordered
// stream the member is away, and has to come back with new keys.
func (r *run) mistrust(ctx context.Context, m *member, err error) {
	if errors.Is(err, epoch.ErrReplay) { // what was on a path when that ended comes twice
		r.cfg.Log.Debug("record seen before", "member", int(m.id))
		return
	}
	r.cfg.Log.Warn("record refused", "member", int(m.id), "error", err)
	if !errors.Is(err, epoch.ErrGap) {
		return
	}
	if err := r.client.Kick(ctx, m.conn, wire.Reason(session.ReasonConnectionLost)); err != nil {
		r.cfg.Log.Debug("kick", "error", err)
	}
	r.left(ctx, m.conn)
}

// fromMember takes a message of the pair channel.
func (r *run) fromMember(ctx context.Context, m *member, msg message.Message) {
	switch msg := msg.(type) {
	case message.Ready:
		m.spare = nil // it uses the keys of this connection
		if msg.Epoch == r.number && !epoch.VerifyReady(m.key, r.uuid, msg.Epoch, r.prev, msg.Signature) {
			r.cfg.Log.Warn("member sees another roster", "member", int(m.id))
			r.remove(ctx, m.id, session.ReasonTampered)
			return
		}
		if m.tape.off {
			r.catchUp(ctx, m, msg.Inputs)
		}
		r.offer(m)
		return
	case message.Direct, message.Candidate:
		if w := r.way.Load(); w != nil {
			w.Heard(m.conn, msg)
		}
		return
	case message.Status:
		r.heard(m, msg)
		r.clip.follow(ctx)
		r.clip.push(ctx)
	case message.Clip:
		r.clip.arrived(ctx, m, msg)
		return
	case message.ClipPicture, message.ClipPiece, message.ClipTaken, message.ClipDrop:
		r.clip.heard(ctx, m, msg)
		return
	case message.Bye:
		r.forget(ctx, m, membersReason(msg.Reason))
	case message.Pong:
		if msg.Number != m.pings {
			return
		}
		m.trip = r.cfg.Now().Sub(m.pingAt)
	default:
		return
	}
	r.publish()
}

// membersReason is what a member may say about its leaving.
func membersReason(why session.Reason) session.Reason {
	theirs := []session.Reason{
		session.ReasonStopKey, session.ReasonStopButton, session.ReasonUnexpectedCall, session.ReasonTampered,
		session.ReasonConnectionLost,
	}
	if slices.Contains(theirs, why) {
		return why
	}
	return session.ReasonLeft
}

// heard takes over how things stand on the member's side. What our own profile
// forbids is not ours, whoever gives it.
func (r *run) heard(m *member, s message.Status) {
	s.Grants &^= r.never
	if s.Grants.Has(session.ClipboardIn) && !m.status.Grants.Has(session.ClipboardIn) {
		m.clip, m.clipAt = r.clip.serial, time.Time{} // what was copied before is not for them
	}
	m.status = s
	m.given &= s.Grants
	switch {
	case m.askedID == 0:
	case s.Question == m.askedID:
		m.until = r.cfg.Now().Add(time.Duration(s.Seconds) * time.Second)
	case s.Answered >= m.askedID && m.asked != 0:
		m.asked, m.answer = 0, s.Answer
	}
	if m.asked == 0 && (s.Answer == session.ReasonTimeOver || m.answer == session.ReasonTimeOver) {
		m.answer = s.Answer
	}
}

// fromRoom takes a message that everybody gets.
func (r *run) fromRoom(ctx context.Context, m *member, msg message.Message) {
	switch msg := msg.(type) {
	case message.Sharing:
		r.shares(ctx, m, msg)
	case message.Screens:
		m.screens = msg
		r.publish()
	case message.Pace:
		m.pace = msg
		r.publish()
	case message.Update:
		m.viewer.update(ctx, msg)
	case message.Cursor:
		m.viewer.screen.Point(msg.Cursor)
	default: // nothing else reaches a moderator this way
	}
}

// shares takes over what a member shows, and says how we want it.
func (r *run) shares(ctx context.Context, m *member, s message.Sharing) {
	if !s.On {
		m.viewer.reset()
		m.screens, m.pace = message.Screens{}, message.Pace{}
	}
	m.viewer.screen.Announce(image.Pt(s.Width, s.Height))
	m.sharing = s
	if s.On {
		r.sayWish(ctx, m)
	}
	r.publish()
}

func (r *run) sayWish(ctx context.Context, m *member) {
	r.sayRoom(ctx, m.id, message.Wish{Member: m.id, H264: video.Supported(), Grey: m.wish.Grey, Rate: m.wish.Rate})
}

func (r *run) wish(ctx context.Context, id uint8, w Wish) {
	if m := r.members[id]; m != nil && m.wish != w {
		m.wish = w
		r.sayWish(ctx, m)
		r.publish()
	}
}

func (r *run) look(ctx context.Context, id uint8, display uint32) {
	if m := r.members[id]; m != nil {
		r.sayRoom(ctx, m.id, message.Look{Member: m.id, Display: display})
	}
}

// ask puts a question to a member. One question at a time: a second one waits
// for the answer to the first. Nobody is asked for what the profile forbids.
func (r *run) ask(ctx context.Context, id uint8, g session.Grants, why string) {
	m := r.members[id]
	g &^= r.never
	if m == nil || m.away || m.asked != 0 || g == 0 || g&^session.All != 0 {
		return
	}
	m.askedID++
	m.asked, m.why, m.answer, m.until = g, plain(why), session.ReasonNone, r.cfg.Now().Add(time.Minute)
	r.publish() // before the answer can be there
	r.say(ctx, m, message.Ask{ID: m.askedID, Grants: g, Why: m.why})
}

func (r *run) giveBack(ctx context.Context, id uint8, g session.Grants) {
	if m := r.members[id]; m != nil {
		r.sayInput(ctx, m, message.Release{})
		m.given |= g & m.status.Grants
		r.say(ctx, m, message.GiveBack{Grants: g})
	}
}

// press sends input to a member who lets us.
func (r *run) press(ctx context.Context, p pressed) {
	if r.m.spilled.Swap(false) {
		for _, m := range r.members {
			r.sayInput(ctx, m, message.Release{})
		}
	}
	m := r.members[p.member]
	needs := session.Control
	if m == nil {
		return
	}
	switch msg := p.message.(type) {
	case message.Move:
		msg.Epoch = m.sharing.Epoch
		p.message = msg
	case message.Mark:
		msg.Epoch, needs = m.sharing.Epoch, session.Point
		p.message = msg
	case message.Wipe:
		needs = session.Point
	}
	if !m.status.Grants.Has(needs) {
		return
	}
	r.sayInput(ctx, m, p.message)
}

// byeTime is how long a member that is sent out has to say that it heard so:
// everybody else waits meanwhile.
const byeTime = 200 * time.Millisecond

// remove sends a member out and begins an epoch without it.
func (r *run) remove(ctx context.Context, id uint8, why session.Reason) {
	m := r.members[id]
	if m == nil {
		return
	}
	r.bye(ctx, m, why)
	telling, cancel := context.WithTimeout(ctx, byeTime)
	r.told(telling, m.conn)
	cancel()
	if err := r.client.Kick(ctx, m.conn, wire.Reason(why)); err != nil {
		r.cfg.Log.Debug("kick", "error", err)
	}
	r.forget(ctx, m, why)
	r.publish()
}

func (r *run) bye(ctx context.Context, m *member, why session.Reason) {
	r.say(ctx, m, message.Bye{Reason: why})
}

// keepGone is how many people who left the window still shows.
const keepGone = 4

// forget takes a member off the list, with the reason for the window.
func (r *run) forget(ctx context.Context, m *member, why session.Reason) {
	m.viewer.stop()
	r.clip.leave(m)
	r.forgetWay(m.conn)
	delete(r.members, m.id)
	r.clip.follow(ctx)
	last := m.state()
	last.Gone, last.Grants, last.Asked, last.Sharing, last.Away = why, 0, 0, false, false
	if why == session.ReasonNone {
		last.Gone = session.ReasonLeft
	}
	r.gone4 = append(r.gone4, last)
	r.gone4 = r.gone4[max(0, len(r.gone4)-keepGone):]
	if r.phase == Open {
		r.rekey(ctx)
	}
}

// dropped is the relay's word that pictures of a member did not reach us.
func (r *run) dropped(ctx context.Context, conn uint32) {
	if m := r.byConn(conn); m != nil {
		m.viewer.askRefresh(ctx)
	}
}

// plain cuts a reason to what a message can hold.
func plain(s string) string {
	s = cleanLine(s)
	for len(s) > message.MaxWhy {
		s = s[:len(s)-1]
	}
	for len(s) > 0 && !validTail(s) {
		s = s[:len(s)-1]
	}
	return s
}
