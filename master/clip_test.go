package master_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"lotse/capture/clipboard"
	"lotse/master"
	"lotse/participant"
	"lotse/participant/session"
)

// paper is a clipboard on which a test copies.
type paper struct {
	copied chan string
	ended  chan struct{}

	mu   sync.Mutex
	sets []string
}

func newPaper() *paper { return &paper{copied: make(chan string), ended: make(chan struct{})} }

func (p *paper) Next(ctx context.Context) (clipboard.Content, error) {
	select {
	case text := <-p.copied:
		return clipboard.Content{Text: text}, nil
	case <-p.ended:
		return clipboard.Content{}, clipboard.ErrClosed
	case <-ctx.Done():
		return clipboard.Content{}, ctx.Err()
	}
}

func (p *paper) Set(c clipboard.Content) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sets = append(p.sets, c.Text)
	return nil
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
