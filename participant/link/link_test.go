package link

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"image"
	"testing"

	"lotse/capture"
	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/relay/wire"
)

func key(n byte) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte{n})
	return ed25519.NewKeyFromSeed(seed[:])
}

func base(n byte) secret.Bytes { return bytes.Repeat([]byte{n}, epoch.SecretSize) }

// params is the epoch number of a session with so many members, 1 to n.
func params(t *testing.T, number uint64, n byte) (epoch.Params, epoch.Roster) {
	t.Helper()
	roster := epoch.Roster{Session: [16]byte{7}, Epoch: number}
	for id := byte(1); id <= n; id++ {
		role := epoch.RoleParticipant
		if id == epoch.MasterID {
			role = epoch.RoleMaster
		}
		public, ok := key(id).Public().(ed25519.PublicKey)
		if !ok {
			t.Fatal("key")
		}
		roster.Members = append(roster.Members, epoch.Member{ID: id, Role: role, SigKey: [32]byte(public)})
	}
	return epoch.Params{Session: roster.Session, Number: number, Secret: base(byte(number))}, roster
}

// room is the groups of so many members, all in one epoch.
func room(t *testing.T, n byte) []*Group {
	t.Helper()
	var out []*Group
	for id := byte(1); id <= n; id++ {
		g := NewGroup(id, key(id))
		p, roster := params(t, 1, n)
		if err := g.Install(p, roster); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func pairs(t *testing.T) (master, participant *Pair) {
	t.Helper()
	master, err := NewPair(2, base(1), base(2))
	if err != nil {
		t.Fatal(err)
	}
	participant, err = NewPair(wire.MasterConn, base(2), base(1))
	if err != nil {
		t.Fatal(err)
	}
	return master, participant
}

func sealPair(t *testing.T, p *Pair, s epoch.Stream, m message.Message) wire.Frame {
	t.Helper()
	f, err := p.Seal(s, m)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func seal(t *testing.T, g *Group, s epoch.Stream, m message.Message) []wire.Frame {
	t.Helper()
	frames, err := g.Seal(s, 0, m, false)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func TestPairCarriesMessagesInOrder(t *testing.T) {
	master, participant := pairs(t)
	for i := range uint32(3) {
		want := message.Ask{ID: i + 1, Grants: session.See}
		got, err := participant.Open(sealPair(t, master, epoch.PairControl, want))
		if err != nil || got.Message != want || got.Stream != epoch.PairControl {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	}
	f := sealPair(t, master, epoch.PairInput, message.Release{})
	if f.Flags.Lane() != wire.LaneInput || f.Channel != 2 {
		t.Errorf("got lane %v to %d, want input to 2", f.Flags.Lane(), f.Channel)
	}
}

func TestPairRefusesReplayGapAndReflection(t *testing.T) {
	master, participant := pairs(t)
	first := sealPair(t, master, epoch.PairControl, message.Ping{Number: 1})
	if _, err := participant.Open(first); err != nil {
		t.Fatal(err)
	}
	if _, err := participant.Open(first); !errors.Is(err, epoch.ErrReplay) || !errors.Is(err, ErrForged) {
		t.Errorf("replay: got %v", err)
	}
	sealPair(t, master, epoch.PairControl, message.Ping{Number: 2}) // lost
	third := sealPair(t, master, epoch.PairControl, message.Ping{Number: 3})
	if _, err := participant.Open(third); !errors.Is(err, epoch.ErrGap) {
		t.Errorf("gap: got %v", err)
	}
	if _, err := master.Open(third); !errors.Is(err, ErrForged) {
		t.Errorf("reflected: got %v", err)
	}
}

func TestEveryChangedBitOfARecordIsRefused(t *testing.T) {
	master, participant := pairs(t)
	f := sealPair(t, master, epoch.PairInput, message.Text{Text: "x"})
	for i := range f.Payload {
		for bit := range 8 {
			g := f
			g.Payload = bytes.Clone(f.Payload)
			g.Payload[i] ^= 1 << bit
			if _, err := participant.Open(g); err == nil {
				t.Fatalf("bit %d of byte %d: accepted", bit, i)
			}
		}
	}
	for n := range f.Payload {
		g := f
		g.Payload = f.Payload[:n]
		if _, err := participant.Open(g); err == nil {
			t.Fatalf("cut to %d bytes: accepted", n)
		}
	}
	g := f
	g.Flags |= wire.Refresh
	if _, err := participant.Open(g); !errors.Is(err, ErrForged) {
		t.Errorf("other flags: got %v", err)
	}
	if _, err := participant.Open(f); err != nil {
		t.Errorf("the record itself: %v", err)
	}
}

func TestMessageOnAnothersStreamIsRefused(t *testing.T) {
	master, participant := pairs(t)
	f := sealPair(t, master, epoch.PairControl, message.Text{Text: "x"})
	if _, err := participant.Open(f); !errors.Is(err, ErrForged) {
		t.Errorf("input on control: got %v", err)
	}
	g := room(t, 2)
	frames := seal(t, g[0], epoch.Chat, message.Update{Number: 1, Data: []byte{1}})
	if _, _, err := g[1].Open(frames[0]); !errors.Is(err, ErrForged) {
		t.Errorf("picture on chat: got %v", err)
	}
	if _, err := g[0].Seal(epoch.PairInput, 0, message.Text{Text: "x"}, false); err == nil {
		t.Error("input was sealed for a group")
	}
}

func TestLongUpdateTravelsInPieces(t *testing.T) {
	g := room(t, 2)
	want := message.Update{Number: 9, Data: bytes.Repeat([]byte("pixels "), 10_000)}
	frames := seal(t, g[1], epoch.Screen, want)
	if len(frames) != 5 {
		t.Fatalf("got %d pieces, want 5", len(frames))
	}
	for i, f := range frames {
		if len(f.Payload) > PieceSize+64 || f.Flags.Lane() != wire.LanePicture {
			t.Errorf("piece %d: %d bytes on lane %v", i, len(f.Payload), f.Flags.Lane())
		}
		got, done, err := g[0].Open(f)
		if err != nil || done != (i == len(frames)-1) {
			t.Fatalf("piece %d: %v, %v", i, done, err)
		}
		if u, ok := got.Message.(message.Update); done && (!ok || u.Number != want.Number || !bytes.Equal(u.Data, want.Data) || got.Member != 2) {
			t.Errorf("got another update from member %d", got.Member)
		}
	}
}

func TestUpdateWithALostPieceIsDroppedAndTheNextOneArrives(t *testing.T) {
	g := room(t, 2)
	lost := seal(t, g[1], epoch.Screen, message.Update{Number: 1, Data: make([]byte, 50_000)})
	for i, f := range lost {
		if i == 1 {
			continue
		}
		if _, done, err := g[0].Open(f); done || err != nil {
			t.Fatalf("piece %d: %v, %v", i, done, err)
		}
	}
	next := seal(t, g[1], epoch.Screen, message.Update{Number: 2, Data: []byte{1}})
	if got, done, err := g[0].Open(next[0]); err != nil || !done || got.Message.(message.Update).Number != 2 {
		t.Fatalf("got %+v, %v, %v, want update 2", got, done, err)
	}
}

func TestPointerShapeTravels(t *testing.T) {
	g := room(t, 2)
	want := capture.Cursor{Visible: true, At: image.Pt(3, 4), Shape: &capture.CursorShape{
		W: capture.MaxCursor, H: capture.MaxCursor, Pix: make([]byte, 4*capture.MaxCursor*capture.MaxCursor),
	}}
	for _, f := range seal(t, g[0], epoch.Cursor, message.Cursor{Cursor: want}) {
		got, done, err := g[1].Open(f)
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := got.Message.(message.Cursor); done && (!ok || c.At != want.At || c.Shape.W != want.Shape.W) {
			t.Errorf("got %+v", got.Message)
		}
	}
}

func TestTooLongAMessageIsNotSealed(t *testing.T) {
	g := room(t, 2)
	if _, err := g[0].Seal(epoch.Screen, 0, message.Update{Data: make([]byte, maxMessage)}, false); err == nil {
		t.Error("sealed")
	}
}

// TestMemberWithAllKeysCannotSpeakForAnother has member 3, who holds every
// group key, make a record in the name of member 2.
func TestMemberWithAllKeysCannotSpeakForAnother(t *testing.T) {
	for _, s := range []epoch.Stream{epoch.Control, epoch.Screen} {
		g := room(t, 3)
		evil := NewGroup(2, key(3)) // the keys of 2's stream, but its own signature
		p, roster := params(t, 1, 3)
		if err := evil.Install(p, roster); err != nil {
			t.Fatal(err)
		}
		var m message.Message = message.Refresh{Member: 1}
		if s == epoch.Screen {
			m = message.Update{Number: 1, Data: []byte{1}}
		}
		if _, _, err := g[0].Open(seal(t, evil, s, m)[0]); !errors.Is(err, ErrForged) {
			t.Errorf("stream %d: got %v, want ErrForged", s, err)
		}
		if _, done, err := g[0].Open(seal(t, g[1], s, m)[0]); err != nil || !done {
			t.Errorf("stream %d: the member's own record: %v, %v", s, done, err)
		}
	}
}

func TestRecordsOfOtherEpochs(t *testing.T) {
	g := room(t, 2)
	old := seal(t, g[1], epoch.Control, message.Refresh{Member: 1})[0]
	next := NewGroup(2, key(2))
	p, roster := params(t, 2, 2)
	if err := next.Install(p, roster); err != nil {
		t.Fatal(err)
	}
	early := seal(t, next, epoch.Control, message.Refresh{Member: 1})[0]
	if _, _, err := g[0].Open(early); !errors.Is(err, ErrNotYet) {
		t.Errorf("next epoch: got %v, want ErrNotYet", err)
	}
	if err := g[0].Install(p, roster); err != nil {
		t.Fatal(err)
	}
	if _, done, err := g[0].Open(old); err != nil || !done {
		t.Errorf("the epoch before: %v, %v", done, err)
	}
	if _, done, err := g[0].Open(early); err != nil || !done {
		t.Errorf("this epoch: %v, %v", done, err)
	}
	p3, roster3 := params(t, 3, 2)
	if err := g[0].Install(p3, roster3); err != nil {
		t.Fatal(err)
	}
	older := seal(t, g[1], epoch.Control, message.Refresh{Member: 1})[0]
	if _, _, err := g[0].Open(older); !errors.Is(err, ErrForged) {
		t.Errorf("two epochs ago: got %v, want ErrForged", err)
	}
	if err := g[0].Install(p, roster); err == nil {
		t.Error("an epoch came back")
	}
}

func TestWhoWasSentAwayOpensNothingMore(t *testing.T) {
	g := room(t, 3)
	p, roster := params(t, 2, 2) // without member 3, and with a new secret
	for _, m := range g[:2] {
		if err := m.Install(p, roster); err != nil {
			t.Fatal(err)
		}
	}
	f := seal(t, g[0], epoch.Control, message.Refresh{Member: 2})[0]
	if _, done, err := g[2].Open(f); err == nil || done {
		t.Errorf("the one sent away: %v, %v", done, err)
	}
	if _, _, err := g[0].Open(seal(t, g[2], epoch.Control, message.Refresh{Member: 1})[0]); !errors.Is(err, ErrForged) {
		t.Errorf("from the one sent away: got %v, want ErrForged", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{0x90, 1, 2, 3}, uint16(wire.First|wire.Last))
	f.Fuzz(func(t *testing.T, payload []byte, flags uint16) {
		frame := wire.Frame{Type: wire.Record, Flags: wire.Flags(flags), Channel: 1, Payload: payload}
		_, participant := pairs(t)
		if got, err := participant.Open(frame); err == nil {
			t.Fatalf("accepted %+v", got)
		}
		g := room(t, 2)
		if got, done, err := g[0].Open(frame); err == nil {
			t.Fatalf("accepted %+v, %v", got, done)
		}
	})
}
