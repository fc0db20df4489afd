package master_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"lotse/capture/clipboard"
	"lotse/master"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// paper is a clipboard on which a test copies.
type paper struct {
	copied chan string
	drawn  chan []byte // pictures that the test copies
	ended  chan struct{}

	mu       sync.Mutex
	sets     []string
	pictures [][]byte
}

func newPaper() *paper {
	return &paper{copied: make(chan string), drawn: make(chan []byte), ended: make(chan struct{})}
}

func (p *paper) Next(ctx context.Context) (clipboard.Content, error) {
	select {
	case text := <-p.copied:
		return clipboard.Content{Text: text}, nil
	case picture := <-p.drawn:
		return clipboard.Content{Image: picture}, nil
	case <-p.ended:
		return clipboard.Content{}, clipboard.ErrClosed
	case <-ctx.Done():
		return clipboard.Content{}, ctx.Err()
	}
}

func (p *paper) Set(c clipboard.Content) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Image != nil {
		p.pictures = append(p.pictures, c.Image)
		return nil
	}
	p.sets = append(p.sets, c.Text)
	return nil
}

// shows reports whether a picture was put here, and no other one.
func (p *paper) shows(picture []byte) func() bool {
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.pictures) > 0 && !slices.ContainsFunc(p.pictures, func(b []byte) bool { return !bytes.Equal(b, picture) })
	}
}

func (p *paper) Close() error { close(p.ended); return nil }

func (p *paper) has(text ...string) func() bool {
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return slices.Equal(p.sets, text)
	}
}

func (d *desk) paper() *paper { d.mu.Lock(); defer d.mu.Unlock(); return d.clip }

// closed reports whether nobody looks at it any more.
func (p *paper) closed() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

func TestClipboardGoesOneWayARight(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.room.Turn(2)
	s.grant(session.ClipboardIn)
	ours := <-s.clips
	theirs := s.desk.paper()
	ours.copied <- "invoice 7"
	until(t, "the text at the customer's", theirs.has("invoice 7"))
	theirs.copied <- "secret of the customer's" // not allowed to leave
	s.room.Ask(2, session.ClipboardOut, "")
	v := s.members.wait(t, "a question", func(v participant.State) bool { return v.Question != nil })
	s.member.Answer(v.Question.ID, session.ClipboardOut, 0)
	s.masters.wait(t, "the grant", func(v master.State) bool { return v.Members[0].Grants.Has(session.ClipboardOut) })
	theirs.copied <- "order 8"
	until(t, "the text at the moderator's, and no other", ours.has("order 8"))
	s.member.SetGrants(0)
	until(t, "nobody looking any more", func() bool { return theirs.closed() && ours.closed() })
}

func TestClipboardIsForTheMemberInFront(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.ClipboardIn)
	ours, first := <-s.clips, s.desk.paper()
	ours.copied <- "while nobody is in front"
	s.room.Turn(2)
	until(t, "the text once they are", first.has("while nobody is in front"))
	s.room.Turn(0)
	ours.copied <- "between the two"
	// given again, the right is for what is copied from then on
	s.member.SetGrants(0)
	until(t, "nobody looking any more", func() bool { return first.closed() && ours.closed() })
	s.grant(session.ClipboardIn)
	ours = <-s.clips
	s.room.Turn(2)
	ours.copied <- "new"
	until(t, "the new text alone", func() bool { p := s.desk.paper(); return p != first && p.has("new")() })
	until(t, "and nothing else at the first", first.has("while nobody is in front"))
}

// grain is a picture that does not shrink, of many pieces.
func grain(t *testing.T) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 400, 300))
	random := rand.NewChaCha8([32]byte{7})
	_, _ = random.Read(m.Pix) // never fails
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// muteAfter swallows every record once so many bytes of bulk have passed.
func muteAfter(most int) relaytest.Trick {
	passed := 0
	return func(d hub.Direction, _ uint32, f wire.Frame) []wire.Frame {
		if d != hub.In || f.Type != wire.Record {
			return []wire.Frame{f}
		}
		if f.Flags.Lane() == wire.LaneBulk {
			passed += len(f.Payload)
		}
		if passed >= most {
			return nil
		}
		return []wire.Frame{f}
	}
}

// TestWhatWasCopiedSurvivesTheRelay copies at either end just before, and
// while, a relay swallows everything and ends: a text, and a picture of which a
// third has passed.
func TestWhatWasCopiedSurvivesTheRelay(t *testing.T) {
	picture := grain(t)
	for _, ours := range []bool{true, false} {
		for _, text := range []bool{true, false} {
			t.Run(map[bool]string{true: "moderator's", false: "customer's"}[ours]+" "+map[bool]string{true: "text", false: "picture"}[text], func(t *testing.T) {
				relay, evil := relaytest.NewEvil(t)
				s := newSceneAt(t, relay)
				s.admitted()
				s.room.Turn(2)
				s.grant(session.ClipboardIn | session.ClipboardOut)
				from, to := <-s.clips, s.desk.paper
				if !ours {
					there := from
					from, to = s.desk.paper(), func() *paper { return there }
				}
				swallowed := len(picture) / 3
				if text {
					swallowed = 0
				}
				evil.Play(muteAfter(swallowed))
				if text {
					from.copied <- "invoice 7"
				} else {
					from.drawn <- picture
				}
				until(t, "something swallowed", func() bool { return evil.Played() > 0 })
				s.relay.Stop()
				s.members.wait(t, "the loss", func(v participant.State) bool { return v.Phase == session.Lost })
				evil.Play(nil)
				s.relay.Restart()
				if text {
					until(t, "the text", func() bool { return to().has("invoice 7")() })
				} else {
					until(t, "the picture, whole", func() bool { return to().shows(picture)() })
				}
			})
		}
	}
}

// TestWhatWasCopiedIsNotSentWithoutTheRight takes the right back while the
// relay is gone.
func TestWhatWasCopiedIsNotSentWithoutTheRight(t *testing.T) {
	relay, evil := relaytest.NewEvil(t)
	s := newSceneAt(t, relay)
	s.admitted()
	s.room.Turn(2)
	s.grant(session.ClipboardIn | session.ClipboardOut)
	ours, theirs := <-s.clips, s.desk.paper()
	evil.Play(muteAfter(0))
	theirs.copied <- "order 8"
	until(t, "something swallowed", func() bool { return evil.Played() > 0 })
	s.relay.Stop()
	s.members.wait(t, "the loss", func(v participant.State) bool { return v.Phase == session.Lost })
	s.member.SetGrants(session.ClipboardIn)
	s.members.wait(t, "one right less", func(v participant.State) bool { return v.Grants == session.ClipboardIn })
	evil.Play(nil)
	s.relay.Restart()
	s.masters.wait(t, "the way back", func(v master.State) bool {
		return !v.Members[0].Away && v.Members[0].Grants == session.ClipboardIn
	})
	ours.copied <- "invoice 7"
	until(t, "a text the other way", func() bool { return s.desk.paper().has("invoice 7")() })
	if !ours.has()() {
		t.Error("what the customer copied came without the right")
	}
}
