package master_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"lotse/capture/elevation"
	"lotse/capture/screen"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
)

// raised is a scene in which the customer's program can run again as
// administrator; the other run's end of the pipe comes out of calls.
type raised struct {
	*scene
	calls chan io.ReadWriteCloser
	// no is what the system says instead of starting the other run.
	no error
}

func newRaised(t *testing.T) *raised {
	t.Helper()
	r := &raised{scene: newScene(t), calls: make(chan io.ReadWriteCloser, 1)}
	r.desk.raise = func(context.Context, time.Duration) (io.ReadWriteCloser, error) {
		if r.no != nil {
			return nil, r.no
		}
		here, there := net.Pipe()
		r.calls <- there
		return here, nil
	}
	r.newMember()
	r.admitted()
	r.desk.front.Store(uint32(elevation.Raised))
	r.grant(session.See | session.Control)
	r.members.wait(t, "the offer", func(v participant.State) bool { return v.Raise == participant.RaiseOffered })
	return r
}

// yes says yes to the own question, which takes no answer at once.
func (r *raised) yes() {
	r.t.Helper()
	r.member.AskRaise(true)
	r.members.wait(r.t, "the own question", func(v participant.State) bool { return v.Raise == participant.RaiseAsked })
	until(r.t, "a yes", func() bool {
		r.member.Raise()
		return r.members.get().Raise != participant.RaiseAsked
	})
}

// other is the other run of the customer's program, with a computer of its own
// so that one can tell who did what.
func (r *raised) other() (*participant.Member, *desk, *states[participant.State]) {
	r.t.Helper()
	d, seen, first := newDesk(), newStates[participant.State](), r.member
	wasDesk, wasMembers := r.desk, r.members
	r.desk, r.members = d, seen
	r.newMember()
	second := r.member
	r.desk, r.members, r.member = wasDesk, wasMembers, first
	return second, d, seen
}

func TestAnotherRunGoesOnWithTheSession(t *testing.T) {
	r := newRaised(t)
	r.member.Show(screen.Target{Kind: screen.Display, ID: 1})
	r.member.Limit(session.Control, time.Hour)
	v := r.members.wait(t, "the limit", func(v participant.State) bool { return !v.Ends[session.Control].IsZero() })
	ends := v.Ends[session.Control]
	before := r.masters.get().Members[0]
	second, d, seen := r.other()
	d.frames <- frame(77)
	r.yes()
	over := make(chan error, 1)
	go func() { over <- second.TakeOver(t.Context(), <-r.calls) }()

	if err := <-r.endings; !errors.Is(err, participant.ErrHandedOver) {
		t.Fatalf("got %v, want %v", err, participant.ErrHandedOver)
	}
	got := seen.wait(t, "the session", func(v participant.State) bool { return v.Phase == session.Joined })
	if got.Grants != session.See|session.Control || !got.Ends[session.Control].Equal(ends) || got.Question != nil {
		t.Errorf("got %v until %v, question %v, want what was given until %v and no question", got.Grants, got.Ends, got.Question, ends)
	}
	if want := (screen.Target{Kind: screen.Display, ID: 1}); got.Target != want || got.Words != v.Words || got.Peer.Name != v.Peer.Name || got.Number != v.Number {
		t.Errorf("got %v, %q, %+v, %q, want %v, %q, %+v, %q", got.Target, got.Words, got.Peer, got.Number, want, v.Words, v.Peer, v.Number)
	}
	if n := len(v.Ledger); len(got.Ledger) < n+2 || got.Ledger[n-1].What != v.Ledger[n-1].What || got.Ledger[n].What != "paused" {
		t.Errorf("got %+v, want the ledger from before and on", got.Ledger)
	}
	m := r.masters.wait(t, "the member", func(v master.State) bool {
		return len(v.Members) == 1 && !v.Members[0].Away && v.Members[0].Grants.Has(session.Control)
	}).Members[0]
	if m.ID != before.ID || m.Name != before.Name || m.Grants != before.Grants {
		t.Errorf("got %+v, want the same member as %+v", m, before)
	}
	r.seeShade(77)
	r.room.Text(2, "z")
	until(t, "input", func() bool { return strings.Contains(strings.Join(d.log(), "\n"), "text z") })
	if log := strings.Join(r.desk.log(), "\n"); strings.Contains(log, "text z") {
		t.Errorf("got %s at the first run, want nothing", log)
	}
	d.press()
	seen.wait(t, "the stop", func(v participant.State) bool { return v.Phase == session.Ended && v.Reason == session.ReasonStopKey })
	if err := <-over; err != nil {
		t.Errorf("got %v, want an orderly end", err)
	}
}

func TestNothingIsLetInWhileTheOwnQuestionIsOpen(t *testing.T) {
	r := newRaised(t)
	r.room.Text(2, "before")
	until(t, "input", func() bool { return strings.Contains(strings.Join(r.desk.log(), "\n"), "text r") })
	r.member.AskRaise(true)
	r.members.wait(t, "the own question", func(v participant.State) bool { return v.Raise == participant.RaiseAsked })
	refused := r.desk.refused.lines.Load()
	r.room.Text(2, "zzz")
	until(t, "a refusal", func() bool { return r.desk.refused.lines.Load() > refused })
	if log := strings.Join(r.desk.log(), "\n"); strings.Contains(log, "text z") {
		t.Errorf("got %s, want nothing typed", log)
	}
	r.member.AskRaise(false)
	r.members.wait(t, "the offer", func(v participant.State) bool { return v.Raise == participant.RaiseOffered })
	r.room.Text(2, "y")
	until(t, "input", func() bool { return strings.Contains(strings.Join(r.desk.log(), "\n"), "text y") })
}

// hello is what a run with this profile says first.
func hello(p *profile.Profile) []byte {
	hash := p.Hash()
	return append([]byte{1}, hash[:]...)
}

// still asserts that the session goes on in the first run.
func (r *raised) still(text string) {
	r.t.Helper()
	r.members.wait(r.t, "the word", func(v participant.State) bool { return v.Warning == session.ReasonNotRaised })
	r.members.wait(r.t, "the session", func(v participant.State) bool {
		return v.Phase == session.Joined && v.Grants == session.See|session.Control && v.Raise == participant.RaiseOffered
	})
	r.masters.wait(r.t, "the member", func(v master.State) bool { return !v.Members[0].Away && v.Members[0].Grants.Has(session.Control) })
	r.room.Text(2, text)
	until(r.t, "input", func() bool { return strings.Contains(strings.Join(r.desk.log(), "\n"), "text "+text) })
}

func TestSessionGoesOnWhenThePersonSaysNoToTheSystem(t *testing.T) {
	r := newRaised(t)
	r.no = elevation.ErrDeclined
	r.yes()
	r.still("n")
}

func TestSessionGoesOnWhenTheOtherRunFails(t *testing.T) {
	for name, c := range map[string]func(p io.ReadWriteCloser, hello []byte){
		"it goes at once":      func(io.ReadWriteCloser, []byte) {},
		"it is no run of ours": func(p io.ReadWriteCloser, _ []byte) { _, _ = p.Write(make([]byte, 33)) },
		"it dies with the session": func(p io.ReadWriteCloser, hello []byte) {
			_, _ = p.Write(hello)
			_, _ = io.ReadFull(p, make([]byte, 100))
		},
		"it does not understand": func(p io.ReadWriteCloser, hello []byte) {
			_, _ = p.Write(hello)
			go func() { _, _ = io.Copy(io.Discard, p) }()
			_, _ = p.Write([]byte{9})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRaised(t)
			greets := hello(r.profile(false))
			r.yes()
			p := <-r.calls
			c(p, greets)
			_ = p.Close()
			r.still("n")
		})
	}
}

func TestOtherRunWithAnotherProfileGetsNothing(t *testing.T) {
	r := newRaised(t)
	p := r.profile(false)
	p.AppName = "Another"
	stranger, err := participant.New(participant.Config{Profile: p, Edge: newDesk().edge(), Windowless: true})
	if err != nil {
		t.Fatal(err)
	}
	r.yes()
	if err := stranger.TakeOver(t.Context(), <-r.calls); !errors.Is(err, participant.ErrNotTaken) {
		t.Errorf("got %v, want %v", err, participant.ErrNotTaken)
	}
	r.still("n")
}

func TestStopDuringTheHandoverStopsBoth(t *testing.T) {
	r := newRaised(t)
	greets := hello(r.profile(false))
	r.yes()
	p := <-r.calls
	if _, err := p.Write(greets); err != nil {
		t.Fatal(err)
	}
	r.members.wait(t, "the loss", func(v participant.State) bool { return v.Phase == session.Lost })
	if _, err := io.ReadFull(p, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	r.desk.press()
	r.members.wait(t, "the stop", func(v participant.State) bool { return v.Phase == session.Ended && v.Reason == session.ReasonStopKey })
	rest, err := io.ReadAll(p)
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	if n := len(rest); n > 0 && rest[n-1] == 2 {
		t.Error("got the session given away, want it stopped")
	}
}
