package participant

import (
	"context"
	"encoding/hex"
	"fmt"
	"image"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture"
	"lotse/capture/clipboard"
	"lotse/capture/input"
	"lotse/capture/overlay"
	"lotse/capture/screen"
	"lotse/capture/stopbutton"
	"lotse/capture/stopkey"
	"lotse/crypto/epoch"
	"lotse/packaging/profile"
	"lotse/participant/gate"
	"lotse/participant/link"
	"lotse/participant/message"
	"lotse/participant/session"
)

// What a message can do to a computer, by the right that it needs.
const (
	steers = session.Control
	drawn  = session.Point
	copied = session.ClipboardIn
	looked = session.See
)

// computer is one on which everything that takes effect is written down.
type computer struct {
	mu      sync.Mutex
	effects session.Grants
	press   stopkey.Press
}

func (c *computer) note(effect session.Grants) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.effects |= effect
}

// taken returns what took effect since it was last asked.
func (c *computer) taken() session.Grants {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.effects
	c.effects = 0
	return e
}

// board notes what is pressed; to let go is allowed at any time.
type board struct {
	keys
	c *computer
}

func (b *board) Key(_ input.Usage, down bool) error {
	if down {
		b.c.note(steers)
	}
	return nil
}

func (b *board) Button(_ input.Button, down bool) error {
	if down {
		b.c.note(steers)
	}
	return nil
}
func (b *board) Text(string) error      { b.c.note(steers); return nil }
func (b *board) Move(image.Point) error { b.c.note(steers); return nil }
func (b *board) Wheel(int, int) error   { b.c.note(steers); return nil }

// Locks and SetLocks are those of a keyboard whose lock keys were all off: to
// give that back is allowed at any time.
func (b *board) Locks() (input.LockState, error) { return 0, nil }

func (b *board) SetLocks(on input.LockState) error {
	if on != 0 {
		b.c.note(steers)
	}
	return nil
}

// sheet notes marks, and clip what is put there.
type sheet struct{ c *computer }

func (s sheet) Show(marks []overlay.Mark) error {
	if len(marks) > 0 {
		s.c.note(drawn)
	}
	return nil
}
func (sheet) Spare([]image.Rectangle) error { return nil }
func (sheet) Name() string                  { return "sheet" }
func (sheet) Close() error                  { return nil }

type paste struct{ c *computer }

func (paste) Next(ctx context.Context) (clipboard.Content, error) {
	<-ctx.Done()
	return clipboard.Content{}, ctx.Err()
}
func (p paste) Set(clipboard.Content) error { p.c.note(copied); return nil }
func (paste) Close() error                  { return nil }

// eye notes that somebody looks; it never sees anything.
type eye struct{ c *computer }

func (e eye) Next(ctx context.Context) (*capture.Frame, error) {
	if ctx.Err() == nil {
		e.c.note(looked)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}
func (eye) Name() string { return "eye" }
func (eye) Close() error { return nil }

func (c *computer) edge() Edge {
	return Edge{
		Displays: func() ([]capture.Display, error) {
			return []capture.Display{{ID: 1, Bounds: image.Rect(0, 0, 640, 480), Primary: true}}, nil
		},
		Windows:   func() ([]capture.Window, error) { return nil, nil },
		Screen:    func(screen.Target) (screen.Source, error) { return eye{c}, nil },
		Input:     func() (input.Injector, error) { return &board{c: c}, nil },
		Clipboard: func() (clipboard.Clipboard, error) { return paste{c}, nil },
		Overlay:   func(image.Rectangle) (overlay.Overlay, error) { return sheet{c}, nil },
		StopKey: func(p stopkey.Press) (StopKey, error) {
			c.press = p
			return listening{}, nil
		},
		StopButton: func(stopbutton.Options, stopbutton.Press) (StopButton, error) { return &plain{}, nil },
	}
}

// besieged is a session without a network: what a master or a member says goes
// straight to where it is carried out.
type besieged struct {
	t testing.TB
	c *computer
	r *run
	// said is what the person said yes to and has not taken back.
	said session.Grants
	// never is what the profile lets nobody be given.
	never session.Grants
	over  bool
}

// besiege begins a session up to the room. It has to be in a synctest bubble.
func besiege(tb testing.TB) *besieged {
	tb.Helper()
	return besiegeWith(tb, &profile.Profile{})
}

// besiegeWith begins a session with a profile's rules.
func besiegeWith(tb testing.TB, p *profile.Profile) *besieged {
	tb.Helper()
	c := &computer{}
	m, err := New(Config{Profile: p, Edge: c.edge()})
	if err != nil {
		tb.Fatal(err)
	}
	never, ok := session.Named(p.Never)
	if !ok {
		tb.Fatalf("unknown rights in %q", p.Never)
	}
	b := &besieged{t: tb, c: c, r: newRun(m, session.Code{}), never: never}
	for _, e := range []session.Event{
		session.Dialled{At: time.Now()}, session.Reached{At: time.Now()}, session.Proven{At: time.Now()}, session.Admitted{At: time.Now()},
	} {
		b.r.apply(tb.Context(), e)
	}
	return b
}

// epochOfSamples is the layout that the transcripts' positions belong to.
const epochOfSamples = 3

// settle lets everything that was set off come to rest.
func (b *besieged) settle() {
	synctest.Wait()
	for len(b.r.news) > 0 {
		(<-b.r.news)(b.t.Context())
		synctest.Wait()
	}
	select {
	case p := <-b.r.steer.pressed:
		b.r.stopped(b.t.Context(), p)
		b.over = true
	default:
	}
	b.over = b.over || b.r.phase() == session.Ended
}

// where a message comes from.
const (
	onControl = iota
	onInput
	fromRoom
	ways
)

// deliver hands a message over as if it had come from there.
func (b *besieged) deliver(m message.Message, from int) {
	b.r.steer.show(gate.Area{Bounds: image.Rect(0, 0, 640, 480), Epoch: epochOfSamples})
	switch from {
	case fromRoom:
		b.r.fromMember(link.Received{Stream: epoch.Control, Member: 1, Message: m})
	case onInput, onControl:
		stream := epoch.PairControl
		if from == onInput {
			stream = epoch.PairInput
		}
		if err := b.r.fromMaster(b.t.Context(), link.Received{Stream: stream, Message: m}); err != nil {
			b.r.finish(b.t.Context(), session.ReasonTampered)
		}
	}
	if g, ok := m.(message.GiveBack); ok {
		b.said &= b.grants() | ^g.Grants // refused, it changes nothing
	}
	b.settle()
}

// change is the person's own change. One that takes away only is never refused;
// one that gives is while somebody controls: it might be that one's.
func (b *besieged) change(g session.Grants) {
	before := b.grants()
	b.r.apply(b.t.Context(), session.Changed{At: time.Now(), Grants: g & session.All})
	b.settle()
	switch after := b.grants(); {
	case after == g&session.All:
		b.said = after
	case g&session.All&^before == 0:
		b.t.Fatalf("got %v after a change from %v to %v", after, before, g)
	}
}

func (b *besieged) grants() (g session.Grants) {
	b.r.session.Look(func(s *session.Session) { g = s.Grants() })
	return g
}

func (b *besieged) question() (q session.Question) {
	b.r.session.Look(func(s *session.Session) { q, _ = s.Question() })
	return q
}

func (b *besieged) answer(g session.Grants) {
	q := b.question()
	b.said |= g & q.Grants
	b.r.apply(b.t.Context(), session.Answered{At: time.Now(), ID: q.ID, Grants: g})
	b.settle()
}

// may is what may take effect now, from what the person said and what goes on,
// without asking what is to be tested.
func (b *besieged) may() session.Grants {
	given := b.said & b.grants()
	switch {
	case b.over || b.r.phase() != session.Joined:
		return 0
	case b.question().ID != 0:
		return given &^ (session.Control | session.Point)
	case b.r.steer.hung.Load() || b.r.steer.aside.Load() > time.Now().UnixNano():
		return given &^ session.Control
	}
	return given
}

// check asserts that nothing took effect that may not.
func (b *besieged) check(what string) {
	b.t.Helper()
	b.settle()
	if grants := b.grants(); !b.over && grants&^b.said != 0 {
		b.t.Fatalf("%s: %v is allowed, the person said %v", what, grants, b.said)
	}
	if got := (b.grants() | b.question().Grants) & b.never; got != 0 {
		b.t.Fatalf("%s: %v is given or asked for, which the profile forbids", what, got)
	}
	if got := b.c.taken(); got&^(b.may()&^b.never) != 0 {
		b.t.Fatalf("%s: got the effect of %v, allowed is %v", what, got, b.may())
	}
}

func (b *besieged) close() {
	b.r.close()
	b.settle()
}

// transcripts returns every message that was ever said, by name.
func transcripts(tb testing.TB) map[string][]message.Message {
	tb.Helper()
	text, err := os.ReadFile("message/testdata/v1/messages.hex")
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string][]message.Message{}
	for line := range strings.Lines(string(text)) {
		name, digits, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		bytes, err := hex.DecodeString(digits)
		if err != nil {
			tb.Fatal(err)
		}
		m, err := message.Parse(bytes)
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		all[name] = append(all[name], m)
	}
	return all
}

// needs is the right without which a message has no effect; of those that are
// not here none has any.
func needs() map[string]session.Grants {
	return map[string]session.Grants{
		"Key": steers, "Letter": steers, "Text": steers, "Move": steers, "Button": steers, "Wheel": steers, "Locks": steers,
		"Mark": drawn, "Wipe": drawn, "Clip": copied, "ClipPiece": copied, // to wipe one mark draws the others anew
	}
}

// TestTranscriptsHaveEveryKind compares them with what is understood.
func TestTranscriptsHaveEveryKind(t *testing.T) {
	var got, want []int
	for _, list := range transcripts(t) {
		got = append(got, int(list[0].Kind()))
	}
	for kind := range 256 {
		_, err := message.Parse([]byte{byte(kind), 0})
		_, critical := message.Parse([]byte{byte(kind), 1})
		if !unknown(err) || !unknown(critical) {
			want = append(want, kind)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got kinds %v, want %v", got, want)
	}
}

func unknown(err error) bool {
	return err != nil && strings.Contains(err.Error(), "unknown")
}

// leadsOut reports whether a message leads out of the state in which the others
// are to be tried.
func leadsOut(name string) bool {
	return slices.Contains([]string{"Welcome", "Bye", "Ask", "Withdraw", "GiveBack"}, name)
}

// siege delivers every message, from everywhere, and returns what took effect.
func (b *besieged) siege(when string) (effects session.Grants) {
	b.t.Helper()
	all := transcripts(b.t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if leadsOut(name) {
			continue
		}
		for _, m := range all[name] {
			for from := range ways {
				b.deliver(m, from)
				got := b.c.taken()
				effects |= got
				if got&^(needs()[name]&b.may()) != 0 {
					b.t.Fatalf("%s: %s from %d has the effect of %v, allowed is %v", when, name, from, got, b.may())
				}
			}
		}
	}
	return effects
}

// TestNoMessageTakesEffectWithoutItsRight sends every message with every set
// of rights: while all goes well, while a question is open, after it was
// declined, while the connection is lost, and after F11.
func TestNoMessageTakesEffectWithoutItsRight(t *testing.T) {
	const reach = steers | drawn | copied // what a message can do
	for grants := session.Grants(0); grants <= session.All; grants++ {
		synctest.Test(t, func(t *testing.T) {
			b := besiege(t)
			defer b.close()
			b.change(grants)
			if got, want := b.c.taken(), grants&looked; got != want {
				t.Fatalf("%v: got %v at once, want %v", grants, got, want)
			}
			assert := func(when string, want session.Grants) {
				t.Helper()
				if got := b.siege(when); got != want {
					t.Fatalf("%v, %s: got %v, want %v", grants, when, got, want)
				}
			}
			assert("allowed", grants&reach)
			b.deliver(message.Ask{ID: 1, Grants: session.All&^grants | session.Chat}, onControl)
			assert("question open", grants&copied)
			b.answer(0)
			assert("declined", grants&reach)
			b.r.steer.window(true)
			assert("window hung", grants&(drawn|copied))
			b.r.steer.window(false)
			b.r.tick(t.Context())
			b.r.apply(t.Context(), session.LinkLost{At: time.Now()})
			assert("lost", 0)
			b.r.apply(t.Context(), session.LinkBack{At: time.Now()})
			b.settle()
			b.c.taken()
			assert("back", grants&reach)
			b.r.steer.press(session.ReasonStopKey, time.Now())
			if got := b.siege("stopped, not told yet"); got != 0 {
				t.Fatalf("%v: got %v after F11, want nothing", grants, got)
			}
			b.over = true
			assert("stopped", 0)
		})
	}
}

// TestNoMessageTakesEffectAgainstTheProfile lets a person say yes to everything
// in every way there is, and sends every message.
func TestNoMessageTakesEffectAgainstTheProfile(t *testing.T) {
	const reach = steers | drawn | copied
	for _, never := range profile.Rights() {
		forbidden, ok := session.Named([]string{never})
		if !ok {
			t.Fatalf("the session has no right %q", never)
		}
		synctest.Test(t, func(t *testing.T) {
			b := besiegeWith(t, &profile.Profile{Never: []string{never}})
			defer b.close()
			b.r.apply(t.Context(), session.Changed{At: time.Now(), Grants: session.All})
			b.settle()
			if got := b.grants(); got != 0 {
				t.Fatalf("never %s: got %v by a change to everything, want nothing", never, got)
			}
			b.deliver(message.Ask{ID: 1, Grants: session.All}, onControl)
			if got, want := b.question().Grants, session.All&^forbidden; got != want {
				t.Fatalf("never %s: the person is asked for %v, want %v", never, got, want)
			}
			b.r.apply(t.Context(), session.Answered{At: time.Now(), ID: 1, Grants: session.All})
			b.answer(session.All &^ forbidden)
			b.c.taken()
			if got, want := b.siege("never "+never), reach&^forbidden; got != want {
				t.Fatalf("never %s: got %v, want %v", never, got, want)
			}
			b.deliver(message.Ask{ID: 2, Grants: forbidden}, onControl)
			if q := b.question(); q.ID != 0 {
				t.Fatalf("never %s: the person is asked for %v", never, q.Grants)
			}
			if got := b.r.told; got.Answer != session.ReasonForbidden || got.Answered != 2 {
				t.Fatalf("never %s: the master is told %q of %d, want %q of 2", never, got.Answer, got.Answered, session.ReasonForbidden)
			}
		})
	}
}

// FuzzNothingTakesEffectWithoutItsRight lets a master say and a person do
// anything, in any order.
func FuzzNothingTakesEffectWithoutItsRight(f *testing.F) {
	f.Add([]byte{0, 4, 0xff, 1, 11, 9, 1, 6, 200, 5, 0xff, 1, 11, 20, 1, 9, 11, 3, 1})
	f.Add([]byte{0, 4, 5, 0, 7, 8, 11, 30, 1, 10, 11, 31, 1, 10, 6, 255, 6, 255})
	f.Add([]byte{0x22, 4, 0xff, 1, 4, 5, 1, 11, 9, 1, 5, 0xff, 1, 11, 20, 1})
	var samples []message.Message
	all := transcripts(f)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		samples = append(samples, all[name]...)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		const longest = 256
		synctest.Test(t, func(t *testing.T) {
			s := reader(script[:min(len(script), longest)])
			var never []string
			for i, forbidden := 0, s.next(); i < len(profile.Rights()); i++ {
				if forbidden>>i&1 != 0 {
					never = append(never, profile.Rights()[i])
				}
			}
			b := besiegeWith(t, &profile.Profile{Never: never})
			defer b.close()
			for n := 0; len(s) > 0 && !b.over; n++ {
				b.check(fmt.Sprintf("step %d, %s", n, b.step(&s, samples)))
			}
			b.check("at the end")
		})
	})
}

// reader takes numbers off a script; behind its end they are zero.
type reader []byte

func (r *reader) next() int {
	if len(*r) == 0 {
		return 0
	}
	n := (*r)[0]
	*r = (*r)[1:]
	return int(n)
}

// step does the next thing of a script and says what it was.
func (b *besieged) step(s *reader, samples []message.Message) string {
	switch s.next() % 12 {
	case 0, 1, 2, 3:
		from, size := s.next()%ways, min(s.next()%64, len(*s))
		body := (*s)[:size]
		*s = (*s)[size:]
		m, err := message.Parse(body)
		if err != nil {
			return "no message"
		}
		b.deliver(m, from)
		return fmt.Sprintf("%T", m)
	case 4:
		b.change(session.Grants(s.next() | s.next()<<8))
		return "change"
	case 5:
		b.answer(session.Grants(s.next() | s.next()<<8))
		return "answer"
	case 6:
		<-time.After(time.Duration(s.next()) * time.Second / 5)
		b.r.tick(b.t.Context())
		return "tick"
	case 7:
		b.r.apply(b.t.Context(), session.LinkLost{At: time.Now()})
		return "lost"
	case 8:
		b.r.apply(b.t.Context(), session.LinkBack{At: time.Now()})
		b.settle()
		return "back"
	case 9:
		if b.c.press != nil {
			b.c.press(time.Now())
			b.over = true
		}
		return "F11"
	case 10:
		which, on := s.next()%2, s.next()%2 == 0
		if which == 0 {
			b.r.steer.window(on)
		} else {
			b.r.steer.stepAside(on)
		}
		return "aside or hung"
	default:
		m := samples[s.next()%len(samples)]
		b.deliver(m, s.next()%ways)
		return fmt.Sprintf("%T", m)
	}
}
