package master_test

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// newPatientScene is a scene whose relay lets a source try again whenever the
// test says that time has passed.
func newPatientScene(t *testing.T) (s *scene, pass func()) {
	t.Helper()
	var ahead atomic.Int64
	s = newSceneAt(t, relaytest.New(t, func(c *hub.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	}))
	return s, func() { ahead.Add(int64(time.Hour)) }
}

// invite makes a link and returns its text.
func (s *scene) invite(name string) (id uint32, text string) {
	s.t.Helper()
	before := s.masters.get().NewLink
	s.room.Invite(name)
	v := s.masters.wait(s.t, "a link", func(v master.State) bool { return v.NewLink > before })
	return v.NewLink, v.NewLinkText.Reveal()
}

// uses says what became of the links.
func uses(v master.State) []master.LinkUse {
	var out []master.LinkUse
	for _, l := range v.Links {
		out = append(out, l.Use)
	}
	return out
}

// spent joins with a link that works no more.
func (s *scene) spent(text string) {
	s.t.Helper()
	s.join(text)
	<-s.endings
	if v := s.members.get(); v.Phase != session.Ended || v.Reason != session.ReasonLinkSpent {
		s.t.Errorf("got %q, want %q", v.Reason, session.ReasonLinkSpent)
	}
}

func TestPersonalLinkWorksForOnePersonOnce(t *testing.T) {
	s := newScene(t)
	id, text := s.invite("  Karl\x1b Ostermann ")
	if want := "lotse://join/" + s.masters.get().Number + "#"; !strings.HasPrefix(text, want) || len(text) != len(want)+22 {
		t.Fatalf("got a link of %d letters, want %s and 22", len(text), want)
	}
	pin, renewed := s.masters.get().PIN, s.masters.get().PINRenewed
	s.join(text)
	v := s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
	if k := v.Knocks[0]; !k.Link || k.Name != "Petra" {
		t.Errorf("got %+v, want somebody with a link", k)
	}
	if got := v.Links[0]; got.ID != id || got.Name != "Karl Ostermann" || got.Use != master.LinkUsed || got.By != "Petra" || v.NewLinkText != "" {
		t.Errorf("got %+v, want it used and shown no more", got)
	}
	s.room.Admit(v.Knocks[0].Conn) // rights and consent are as ever
	m := s.members.wait(t, "admission", func(v participant.State) bool { return v.Phase == session.Joined })
	if m.Grants != 0 || !m.Peer.PIN || !m.Peer.Link || !m.Peer.Verified {
		t.Errorf("got %v and %+v, want no rights and a checked link", m.Grants, m.Peer)
	}
	s.member.Leave()
	<-s.endings
	s.spent(text)
	if got := s.masters.get(); got.PIN != pin || got.PINRenewed != renewed {
		t.Error("a link cost the PIN something")
	}
}

func TestLinkThatWasWithdrawnOpensNothing(t *testing.T) {
	s, pass := newPatientScene(t)
	first, text := s.invite("")
	second, other := s.invite("Ilse")
	s.room.Withdraw(first)
	v := s.masters.wait(t, "the withdrawal", func(v master.State) bool { return v.Links[0].Use == master.LinkWithdrawn })
	if got, want := uses(v), []master.LinkUse{master.LinkWithdrawn, master.LinkUnused}; !slices.Equal(got, want) || v.NewLink != second {
		t.Errorf("got %v, link %d shown, want %v, link %d", got, v.NewLink, want, second)
	}
	s.room.HideLink()
	s.masters.wait(t, "the text gone", func(v master.State) bool { return v.NewLink == 0 && v.NewLinkText == "" })
	s.spent(text)
	pass()
	s.join(other)
	s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 && v.Knocks[0].Link })
}

// A link that a relay never heard of is a wrong number to it, which costs the
// PIN nothing, however often.
func TestWrongLinksCostThePINNothing(t *testing.T) {
	s, pass := newPatientScene(t)
	_, text := s.invite("")
	for range 6 { // one more than the PIN stands
		wrong, err := handshake.NewLink(nil)
		if err != nil {
			t.Fatal(err)
		}
		s.spent(session.LinkText(s.masters.get().Number, "", wrong).Reveal())
		pass()
	}
	if v := s.masters.get(); v.PINRenewed != 0 || v.Links[0].Use != master.LinkUnused {
		t.Errorf("got %d new PINs and %v, want none and an unused link", v.PINRenewed, uses(v))
	}
	s.join(text)
	s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 })
}

// knock goes to the room's door at a relay and begins the key agreement with a
// secret. It returns the connection, and what is to be said first.
func (s *scene) knock(at *relaytest.Relay, join wire.Join, id []byte, with handshake.Secret) (*dial.Client, *handshake.Participant, []byte) {
	s.t.Helper()
	p := &profile.Profile{Relays: at.Servers()}
	client, err := dial.Connect(s.ctx, dial.Config{Servers: p.Relays, Allow: p.Allowed, Role: wire.RoleParticipant, Proxy: dial.NoProxy, Build: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Start(s.ctx))
	m := handshake.Meeting{RelayKey: client.RelayKey()}
	join.Session, join.Nonce = s.masters.get().Number, m.Nonce
	ticket, err := client.Join(s.ctx, join)
	if err != nil {
		s.t.Fatal(err)
	}
	m.Handle, m.Ticket = ticket.Handle, ticket.SID
	_, signing, err := ed25519.GenerateKey(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	hs, e1, err := handshake.NewParticipant(handshake.ParticipantConfig{Meeting: m, Secret: with, LinkID: id, Signing: signing})
	if err != nil {
		s.t.Fatal(err)
	}
	return client, hs, e1
}

// Whoever says that it comes back passes the queue, so it may prove keys alone:
// it could guess as fast as it likes.
func TestWhoComesBackMayNotTryAPIN(t *testing.T) {
	s := newScene(t)
	s.admitted()
	client, _, e1 := s.knock(s.relay, wire.Join{Resume: true}, nil, handshake.Secret{Kind: handshake.KindPIN, PIN: s.masters.get().PIN})
	s.sentAway(client, e1)
}

// sentAway expects that who begins with a secret on a connection is sent away.
func (s *scene) sentAway(client *dial.Client, e1 []byte) {
	t := s.t
	t.Helper()
	if err := client.Send(s.ctx, wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: e1}); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := client.Receive(s.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if f.Type == wire.Handshake {
			t.Fatal("the PIN may be tried")
		}
		if f.Type != wire.Notice {
			continue
		}
		n, err := wire.ParseNotice(f.Payload)
		if gone, ok := n.(wire.Gone); err != nil || !ok || gone.Reason != wire.Reason(session.ReasonProtocol) {
			t.Fatalf("got %+v, %v, want to be sent away", n, err)
		}
		return
	}
}

// guess goes to the door like anybody and claims to hold a link whose id it has
// seen, as a relay would have.
func (s *scene) guess(id []byte, wrong secret.Text) handshake.Refusal {
	s.t.Helper()
	client, hs, e1 := s.knock(s.relay, wire.Join{}, id, handshake.Secret{Kind: handshake.KindLink, PIN: wrong})
	answer := s.say(client, e1)
	if refusal, is, err := handshake.ParseRefusal(answer); is || err != nil {
		return refusal
	}
	e3, err := hs.Respond(answer)
	if err != nil {
		s.t.Fatal(err)
	}
	refusal, _, err := handshake.ParseRefusal(s.say(client, e3))
	if err != nil {
		s.t.Fatal(err)
	}
	return refusal
}

// say sends a handshake message to the master and returns the answer.
func (s *scene) say(client *dial.Client, msg []byte) []byte {
	s.t.Helper()
	if err := client.Send(s.ctx, wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: msg}); err != nil {
		s.t.Fatal(err)
	}
	for {
		f, err := client.Receive(s.ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		if f.Type == wire.Handshake {
			return f.Payload
		}
	}
}

// Whoever knows a link's id and not its secret gets nowhere, costs the PIN no
// attempt and does not use the link up.
func TestMissedProofsOfALinkBurnNothing(t *testing.T) {
	relay := relaytest.New(t, func(c *hub.Config) { c.JoinBurst = 100 })
	s := newSceneAt(t, relay)
	_, text := s.invite("")
	c, err := session.ParseCode(text)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := handshake.LinkOf(c.Link)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := handshake.NewLink(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if got := s.guess(seen.ID, wrong); got.Reason != string(session.ReasonLinkSpent) || got.Left != 0 {
			t.Errorf("got %+v, want a refusal that tells nothing", got)
		}
	}
	if got := s.guess([]byte("no such link"), c.Link); got.Reason != string(session.ReasonLinkSpent) {
		t.Errorf("got %+v, want a refusal of an id that nobody gave", got)
	}
	if v := s.masters.get(); v.PINRenewed != 0 || v.Links[0].Use != master.LinkUnused {
		t.Errorf("got %d new PINs and %v, want none and an unused link", v.PINRenewed, uses(v))
	}
	s.join(text)
	s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 && v.Links[0].Use == master.LinkUsed })
}

// A relay that the room comes back to, or is new to, is told of its links.
func TestLinksMoveWithTheRoom(t *testing.T) {
	s := newScene(t)
	_, text := s.invite("")
	s.relay.Stop()
	s.masters.wait(t, "the loss", func(v master.State) bool { return v.Phase == master.Lost })
	s.relay.Restart()
	s.masters.wait(t, "the way back", func(v master.State) bool { return v.Phase == master.Open })
	s.join(text)
	s.masters.wait(t, "a knock", func(v master.State) bool { return len(v.Knocks) == 1 && v.Knocks[0].Link })
}

func TestLinksAreBounded(t *testing.T) {
	s := newScene(t)
	for range wire.MaxLinks {
		s.invite("")
	}
	s.room.Invite("one too many")
	s.room.Withdraw(1)
	v := s.masters.wait(t, "the withdrawal", func(v master.State) bool { return v.Links[0].Use == master.LinkWithdrawn })
	if len(v.Links) != wire.MaxLinks {
		t.Fatalf("got %d links, want %d", len(v.Links), wire.MaxLinks)
	}
	for i := range uint32(40) { // withdrawn and made anew, the list does not grow without end
		s.invite("")
		s.room.Withdraw(2 + i)
		s.masters.wait(t, "the next", func(v master.State) bool { return v.NewLink == wire.MaxLinks+1+i && open(v) < wire.MaxLinks })
	}
	if got := len(s.masters.get().Links); got > 2*wire.MaxLinks {
		t.Errorf("got %d links listed, want at most %d", got, 2*wire.MaxLinks)
	}
}

func open(v master.State) int {
	n := 0
	for _, l := range v.Links {
		if l.Use == master.LinkUnused {
			n++
		}
	}
	return n
}

func TestLinkIsNotPrinted(t *testing.T) {
	l := session.LinkText("48213", "", secret.Text("AAECAwQFBgcICQoLDA0ODw"))
	v := master.State{NewLinkText: l}
	c, err := session.ParseCode(l.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %v %+v", v, v, c, c); strings.Contains(text, "AAECAw") {
		t.Errorf("got the secret in %s", text)
	}
}
