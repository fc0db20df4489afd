package master_test

import (
	"context"
	"fmt"
	"image"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lotse/capture"
	"lotse/capture/clipboard"
	"lotse/capture/elevation"
	"lotse/capture/input"
	"lotse/capture/overlay"
	"lotse/capture/screen"
	"lotse/capture/stopkey"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/participant/watch"
	"lotse/relay/relaytest"
)

// desk is a computer without hardware: a screen that the test paints, a
// keyboard that only writes down, a stop key that the test presses.
type desk struct {
	mu      sync.Mutex
	frames  chan *capture.Frame
	played  screen.Source // shown instead of frames, if there is one
	events  []string
	clip    *paper // the customer's clipboard, once it was opened
	stop    stopkey.Press
	noKey   error
	noInput error
	noView  error
	refused counter
	front   atomic.Uint32 // an elevation.Front
	raise   func(context.Context, time.Duration) (io.ReadWriteCloser, error)
}

// counter counts the log's lines about refused input.
type counter struct{ lines atomic.Int32 }

func (*counter) Enabled(context.Context, slog.Level) bool { return true }
func (c *counter) WithAttrs([]slog.Attr) slog.Handler     { return c }
func (c *counter) WithGroup(string) slog.Handler          { return c }

func (c *counter) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "input refused" {
		c.lines.Add(1)
	}
	return nil
}

func newDesk() *desk { return &desk{frames: make(chan *capture.Frame, 16)} }

func (d *desk) edge() participant.Edge {
	return participant.Edge{
		Displays: func() ([]capture.Display, error) {
			if d.noView != nil {
				return nil, d.noView
			}
			return []capture.Display{{ID: 1, Name: "test", Bounds: image.Rect(0, 0, 320, 200), Primary: true}}, nil
		},
		Screen: func(screen.Target) (screen.Source, error) {
			if d.played != nil {
				return d.played, nil
			}
			return &painted{d: d}, nil
		},
		Input:   func() (input.Injector, error) { return &keyboard{d: d}, d.noInput },
		Front:   func() (elevation.Front, error) { return elevation.Front(d.front.Load()), nil },
		StopKey: d.arm,
		Raise:   d.raise, Raisable: func() bool { return d.raise != nil },
		Clipboard: func() (clipboard.Clipboard, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.clip = newPaper()
			return d.clip, nil
		},
		Overlay: func(area image.Rectangle) (overlay.Overlay, error) {
			return &glass{d: d}, d.note("glass over %v", area)
		},
	}
}

func (d *desk) arm(p stopkey.Press) (participant.StopKey, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop = p
	return quiet{}, d.noKey
}

func (d *desk) press() { d.mu.Lock(); p := d.stop; d.mu.Unlock(); p(time.Now()) }

func (d *desk) note(format string, args ...any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, fmt.Sprintf(format, args...))
	return nil
}

// holds reports whether a key or a button is held.
func (d *desk) holds(what string) bool {
	held := false
	for _, e := range d.log() {
		if is, ok := strings.CutPrefix(e, what+" "); ok {
			held = is == "true"
		}
	}
	return held
}

func (d *desk) log() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}

// quiet is a stop key that is always there.
type quiet struct{}

func (quiet) Mechanisms() []string { return []string{"test"} }
func (quiet) Healthy() error       { return nil }
func (quiet) Close() error         { return nil }

// keyboard writes down.
type keyboard struct{ d *desk }

func (k *keyboard) Key(u input.Usage, down bool) error     { return k.d.note("key %#x %t", u, down) }
func (k *keyboard) Text(s string) error                    { return k.d.note("text %s", s) }
func (k *keyboard) Move(p image.Point) error               { return k.d.note("move %v", p) }
func (k *keyboard) Button(b input.Button, down bool) error { return k.d.note("button %d %t", b, down) }

func (k *keyboard) Wheel(dx, dy int) error { return k.d.note("wheel %d %d", dx, dy) }
func (*keyboard) Name() string             { return "test" }
func (*keyboard) Close() error             { return nil }

// glass writes down what is drawn over the screen.
type glass struct{ d *desk }

func (g *glass) Show(marks []overlay.Mark) error {
	var all []string
	for _, m := range marks {
		all = append(all, fmt.Sprintf("%d %v %s by %s", m.Kind, m.Points, m.Text, m.Name))
	}
	return g.d.note("marks %q", all)
}
func (*glass) Spare([]image.Rectangle) error { return nil }
func (*glass) Name() string                  { return "test" }
func (*glass) Close() error                  { return nil }

// painted is a screen that shows what the test sends.
type painted struct{ d *desk }

func (p *painted) Next(ctx context.Context) (*capture.Frame, error) {
	select {
	case f := <-p.d.frames:
		if f == nil {
			return nil, screen.ErrDisplayLost
		}
		return f, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (*painted) Name() string { return "painted" }
func (*painted) Close() error { return nil }

// frame is a picture of one colour.
func frame(shade byte) *capture.Frame {
	const w, h = 320, 200
	f := &capture.Frame{Pix: make([]byte, 4*w*h), Stride: 4 * w, W: w, H: h, Epoch: 1}
	for i := range f.Pix {
		f.Pix[i] = shade
	}
	f.Dirty = []image.Rectangle{f.Bounds()}
	return f
}

// scene is a moderator, a customer and a relay in one process.
type scene struct {
	t       *testing.T
	relay   *relaytest.Relay
	line    []profile.Relay // the customer's way to the relay
	policy  func(*profile.Profile)
	clips   chan *paper // the moderator's clipboard, each time it is opened
	desk    *desk
	room    *master.Room
	member  *participant.Member
	masters *states[master.State]
	members *states[participant.State]
	roomEnd chan error
	endings chan error
	ctx     context.Context //nolint:containedctx // a test's own
}

// states keeps the newest state and lets a test wait for one.
type states[S any] struct {
	mu     sync.Mutex
	newest S
	change chan struct{}
}

func newStates[S any]() *states[S] { return &states[S]{change: make(chan struct{}, 1)} }

func (s *states[S]) set(v S) {
	s.mu.Lock()
	s.newest = v
	s.mu.Unlock()
	select {
	case s.change <- struct{}{}:
	default:
	}
}

func (s *states[S]) get() S {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

// longest is how long a test waits for anything; a slow machine needs it.
const longest = 30 * time.Second

func (s *states[S]) wait(t *testing.T, what string, is func(S) bool) S {
	t.Helper()
	limit := time.NewTimer(longest)
	defer limit.Stop()
	for {
		if v := s.get(); is(v) {
			return v
		}
		select {
		case <-s.change:
		case <-limit.C:
			t.Fatalf("never saw: %s; newest state: %+v", what, s.get())
		}
	}
}

func newScene(t *testing.T) *scene {
	t.Helper()
	return newSceneAt(t, relaytest.New(t))
}

func newSceneAt(t *testing.T, relay *relaytest.Relay) *scene {
	t.Helper()
	return newSceneOn(t, relay, nil)
}

// newSceneOn is a scene with more relays after the first, of which those in the
// regions may be used.
func newSceneOn(t *testing.T, relay *relaytest.Relay, more []profile.Relay, regions ...string) *scene {
	t.Helper()
	return newSceneWith(t, relay, func(p *profile.Profile) { p.Relays, p.Regions = slices.Concat(p.Relays, more), regions })
}

// newSceneWith is a scene with changes to both profiles.
func newSceneWith(t *testing.T, relay *relaytest.Relay, change func(*profile.Profile)) *scene {
	t.Helper()
	s := plainScene(t, relay)
	s.policy = change
	s.openRoom()
	s.newMember()
	return s
}

// plainScene is a scene before anybody has come.
func plainScene(t *testing.T, relay *relaytest.Relay) *scene {
	t.Helper()
	return &scene{
		t: t, relay: relay, line: relay.Servers(), desk: newDesk(), masters: newStates[master.State](),
		members: newStates[participant.State](), roomEnd: make(chan error, 1), endings: make(chan error, 4), ctx: t.Context(),
	}
}

func (s *scene) profile(licence bool) *profile.Profile {
	p := &profile.Profile{
		Organisation: "Hafen Hilfe", AppName: "Lotse", Relays: s.relay.Servers(), LAN: true,
		LicenceIssuers: s.relay.Issuers(), Countdown: 5 * time.Second,
	}
	if licence {
		p.Licence = s.relay.Licence()
	} else {
		p.Relays = s.line
	}
	if s.policy != nil {
		s.policy(p)
	}
	return p
}

func (s *scene) openRoom() {
	s.t.Helper()
	s.clips = make(chan *paper, 8)
	room, err := master.New(master.Config{
		Profile: s.profile(true), OnChange: s.masters.set, Build: 1,
		Clipboard: func() (clipboard.Clipboard, error) {
			p := newPaper()
			s.clips <- p
			return p, nil
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.room = room
	go func() { s.roomEnd <- room.Run(s.ctx) }()
	s.masters.wait(s.t, "an open room", func(v master.State) bool { return v.Phase == master.Open })
}

func (s *scene) newMember() {
	s.t.Helper()
	p := s.profile(false)
	member, err := participant.New(participant.Config{
		Profile: p, OnChange: s.members.set, Edge: s.desk.edge(), Build: 1, Name: "Petra", Windowless: true,
		Log: slog.New(&s.desk.refused),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.member = member
}

func (s *scene) join(code string) {
	s.t.Helper()
	c, err := session.ParseCode(code)
	if err != nil {
		s.t.Fatal(err)
	}
	go func() { s.endings <- s.member.Run(s.ctx, c) }()
}

// admitted joins with the right code and lets the person in.
func (s *scene) admitted() {
	s.t.Helper()
	s.join(s.masters.get().Code())
	v := s.masters.wait(s.t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
	s.room.Admit(v.Knocks[0].Conn)
	s.members.wait(s.t, "admission", func(v participant.State) bool { return v.Phase == session.Joined })
	s.masters.wait(s.t, "a member", func(v master.State) bool { return len(v.Members) == 1 })
}

// grant asks for rights and says yes to them.
func (s *scene) grant(g session.Grants) {
	s.t.Helper()
	s.room.Ask(2, g, "Drucker")
	v := s.members.wait(s.t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Answer(v.Question.ID, g, 0)
	s.masters.wait(s.t, "the grant", func(v master.State) bool { return v.Members[0].Grants.Has(g) && v.Members[0].Asked == 0 })
}

// shade returns the first byte of the moderator's picture, -1 for none.
func (s *scene) shade() int {
	screen := s.room.Screen(2)
	if screen == nil {
		return -1
	}
	shade := -1
	screen.Take(func(v watch.View) {
		if len(v.Pix) > 0 {
			shade = int(v.Pix[0])
		}
	})
	return shade
}

func (s *scene) seeShade(want int) {
	s.t.Helper()
	until(s.t, fmt.Sprintf("shade %d", want), func() bool { return s.shade() == want })
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(longest)
	defer limit.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestModeratorSeesAndSteersUntilStopKey(t *testing.T) {
	s := newScene(t)
	s.admitted()
	if got := s.members.get().Peer; got.Organisation == "" || !got.Verified {
		t.Fatalf("peer %+v, want a verified one", got)
	}
	s.desk.frames <- frame(10)
	s.grant(session.See)
	s.seeShade(10)
	s.desk.frames <- frame(20)
	s.seeShade(20)
	s.grant(session.Control)
	s.room.Key(2, 0xe0, true) // Ctrl is held from afar
	s.room.Text(2, "Grüße")
	s.room.Move(2, image.Pt(5, 6))
	until(t, "the move", func() bool { return slices.Contains(s.desk.log(), "move (5,6)") })
	s.desk.press()
	until(t, "the held key let go", func() bool { return !s.desk.holds("key 0xe0") })
	before := s.desk.log()
	s.room.Text(2, "too late")
	v := s.masters.wait(t, "the moderator told", func(v master.State) bool {
		return len(v.Members) == 1 && v.Members[0].Gone == session.ReasonStopKey
	})
	if v.Members[0].Grants != 0 {
		t.Errorf("got %v, want no rights left", v.Members[0].Grants)
	}
	s.members.wait(t, "the customer told", func(v participant.State) bool {
		return v.Phase == session.Ended && v.Reason == session.ReasonStopKey
	})
	if err := <-s.endings; err != nil {
		t.Errorf("got %v, want an orderly end", err)
	}
	if after := s.desk.log(); !slices.Equal(before, after) {
		t.Errorf("injected after the stop key: %q", after[len(before):])
	}
}

func TestWrongPINCountsDownAndRenewsThePIN(t *testing.T) {
	s := newScene(t)
	first := s.masters.get()
	wrong := first.Number + "-" + flip(first.PIN.Reveal())
	for left := 4; left > 0; left-- {
		s.join(wrong)
		v := s.members.wait(t, "refusal", func(v participant.State) bool { return v.Phase == session.Ended && v.AttemptsLeft == left })
		if v.Reason != session.ReasonWrongPIN {
			t.Fatalf("got %q, want %q", v.Reason, session.ReasonWrongPIN)
		}
		<-s.endings
	}
	s.join(wrong)
	s.members.wait(t, "renewal", func(v participant.State) bool { return v.Reason == session.ReasonPINRenewed })
	<-s.endings
	v := s.masters.wait(t, "a new PIN", func(v master.State) bool { return v.PINRenewed == 1 })
	if v.PIN == first.PIN {
		t.Fatal("the PIN is the old one")
	}
	s.admitted()
}

// flip changes the first digit.
func flip(pin string) string {
	return strings.Map(func(r rune) rune { return r }, string('0'+(pin[0]-'0'+1)%10)+pin[1:])
}

func TestUnknownNumberIsToldApartFromNothing(t *testing.T) {
	s := newScene(t)
	s.join("99999-123456")
	v := s.members.wait(t, "refusal", func(v participant.State) bool { return v.Phase == session.Ended })
	if v.Reason != session.ReasonUnknownSession {
		t.Fatalf("got %q, want %q", v.Reason, session.ReasonUnknownSession)
	}
}

func TestNothingIsInjectedWhileAQuestionIsOpen(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.Control)
	s.room.Key(2, 0x04, true)
	until(t, "the key", func() bool { return slices.Contains(s.desk.log(), "key 0x4 true") })
	s.room.Ask(2, session.FilesIn, "")
	s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	until(t, "the release", func() bool { return slices.Contains(s.desk.log(), "key 0x4 false") })
	before := s.desk.log()
	s.room.Key(2, 0x28, true) // Enter
	s.room.Text(2, " ")
	until(t, "two refusals", func() bool { return s.desk.refused.lines.Load() == 2 })
	v := s.members.get()
	s.member.Answer(v.Question.ID, 0, 0)
	s.masters.wait(t, "the no", func(v master.State) bool { return v.Members[0].Answer == session.ReasonDeclined })
	s.room.Key(2, 0x05, true)
	until(t, "control again", func() bool { return slices.Contains(s.desk.log(), "key 0x5 true") })
	if got := s.desk.log()[len(before):]; !slices.Equal(got, []string{"key 0x5 true"}) {
		t.Fatalf("got %q, want only what came after the answer", got)
	}
}

func TestAnswerAfterTheCountdownCountsForNothing(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.room.Ask(2, session.See, "")
	v := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	id := v.Question.ID
	s.masters.wait(t, "expiry", func(v master.State) bool { return v.Members[0].Answer == session.ReasonExpired })
	s.member.Answer(id, session.See, 0)
	s.room.Ask(2, session.Chat, "")
	s.members.wait(t, "the next question", func(v participant.State) bool { return v.Question != nil && v.Question.ID > id })
	if got := s.members.get().Grants; got != 0 {
		t.Fatalf("got %v, want nothing", got)
	}
}

func TestRightsAreNarrowedAtAnyTime(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.desk.frames <- frame(1)
	s.grant(session.See | session.Control)
	s.member.SetGrants(session.See)
	s.masters.wait(t, "narrowed", func(v master.State) bool { return v.Members[0].Grants == session.See })
	before := len(s.desk.log())
	s.room.Text(2, "x")
	s.member.SetGrants(0)
	s.masters.wait(t, "nothing left", func(v master.State) bool { return v.Members[0].Grants == 0 && !v.Members[0].Sharing })
	if got := s.desk.log()[before:]; len(got) != 0 {
		t.Fatalf("got %q, want nothing injected", got)
	}
}

func TestSessionResumesThroughARelayThatWasGone(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.desk.frames <- frame(30)
	s.grant(session.See | session.Control)
	s.seeShade(30)
	s.relay.Stop()
	s.members.wait(t, "the loss", func(v participant.State) bool { return v.Phase == session.Lost })
	s.relay.Restart()
	v := s.members.wait(t, "the way back", func(v participant.State) bool { return v.Phase == session.Joined })
	if v.Grants != session.See|session.Control || v.Question != nil {
		t.Fatalf("got %v and question %v, want the rights from before and no question", v.Grants, v.Question)
	}
	s.desk.frames <- frame(40)
	s.seeShade(40)
	s.masters.wait(t, "the member", func(v master.State) bool { return !v.Members[0].Away && v.Members[0].Grants.Has(session.Control) })
	s.room.Text(2, "z")
	until(t, "input", func() bool { return strings.Contains(strings.Join(s.desk.log(), "\n"), "text z") })
}

func TestNoStopKeyNoControl(t *testing.T) {
	s := newScene(t)
	s.desk.noKey = stopkey.ErrUnsupported
	s.admitted()
	s.room.Ask(2, session.Control, "")
	v := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Answer(v.Question.ID, session.Control, 0)
	m := s.masters.wait(t, "the trouble", func(v master.State) bool {
		return v.Members[0].Trouble == session.ReasonNoStopKey && v.Members[0].Asked == 0
	})
	if m.Members[0].Grants != 0 {
		t.Fatalf("got %v, want no control", m.Members[0].Grants)
	}
}

func TestNoDisplayIsToldToTheModerator(t *testing.T) {
	s := newScene(t)
	s.desk.noView = screen.ErrNoDisplay
	s.admitted()
	s.room.Ask(2, session.See, "")
	v := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Answer(v.Question.ID, session.See, 0)
	s.masters.wait(t, "the trouble", func(v master.State) bool { return v.Members[0].Trouble == session.ReasonNoDisplay })
}

func TestUnpluggedDisplayComesBack(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.desk.frames <- frame(50)
	s.grant(session.See)
	s.seeShade(50)
	s.desk.frames <- nil
	s.masters.wait(t, "the loss", func(v master.State) bool {
		return v.Members[0].Trouble == session.ReasonDisplayLost && !v.Members[0].Sharing
	})
	s.desk.frames <- frame(60)
	s.seeShade(60)
	s.masters.wait(t, "no trouble", func(v master.State) bool { return v.Members[0].Trouble == session.ReasonNone })
}

func TestModeratorRefusesAndEnds(t *testing.T) {
	s := newScene(t)
	s.join(s.masters.get().Code())
	v := s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
	s.room.Refuse(v.Knocks[0].Conn)
	m := s.members.wait(t, "the end", func(v participant.State) bool { return v.Phase == session.Ended })
	if m.Reason != session.ReasonRefused {
		t.Fatalf("got %q, want %q", m.Reason, session.ReasonRefused)
	}
	<-s.endings
	s.admitted()
	s.room.End()
	s.members.wait(t, "the end", func(v participant.State) bool {
		return v.Phase == session.Ended && v.Reason == session.ReasonEndedByMaster
	})
	if err := <-s.roomEnd; err != nil {
		t.Errorf("got %v, want an orderly end", err)
	}
}

func TestRemovedMemberIsOut(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.room.Remove(2)
	s.members.wait(t, "the end", func(v participant.State) bool {
		return v.Phase == session.Ended && v.Reason == session.ReasonRemoved
	})
}
