package dial_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

func anywhere(string) error { return nil }

// connect dials and runs a client that ends with the test.
func connect(t *testing.T, cfg dial.Config) *dial.Client {
	t.Helper()
	c, err := dial.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(context.WithoutCancel(t.Context())) }()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return c
}

func masterOf(r *relaytest.Relay) dial.Config {
	return dial.Config{Servers: r.Servers(), Allow: anywhere, Role: wire.RoleMaster, Build: 5, Licence: r.Licence()}
}

func participantOf(r *relaytest.Relay) dial.Config {
	return dial.Config{Servers: r.Servers(), Allow: anywhere, Role: wire.RoleParticipant, Build: 5}
}

// next returns the next frame of a type.
func next(t *testing.T, c *dial.Client, typ wire.Type) wire.Frame {
	t.Helper()
	for {
		f, err := c.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Type == typ {
			return f
		}
	}
}

// met is a master and a joiner at its door.
func met(t *testing.T, r *relaytest.Relay) (m, p *dial.Client, conn uint32) {
	t.Helper()
	m = connect(t, masterOf(r))
	opened, err := m.Open(t.Context(), wire.Open{Digits: 6})
	if err != nil {
		t.Fatal(err)
	}
	p = connect(t, participantOf(r))
	ticket, err := p.Join(t.Context(), wire.Join{Session: opened.Session, Nonce: [16]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	notice, err := wire.ParseNotice(next(t, m, wire.Notice).Payload)
	if err != nil {
		t.Fatal(err)
	}
	want := wire.JoinNotify{Conn: ticket.Conn, SID: ticket.SID, Nonce: [16]byte{1}, Source: wire.SourceLoopback}
	if notice != want {
		t.Fatalf("got %+v, want %+v", notice, want)
	}
	return m, p, ticket.Conn
}

func TestRecordsPassOnlyAfterAdmission(t *testing.T) {
	m, p, conn := met(t, relaytest.New(t))
	if err := p.Send(t.Context(), wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: []byte("E1")}); err != nil {
		t.Fatal(err)
	}
	if got := next(t, m, wire.Handshake); got.Channel != conn || string(got.Payload) != "E1" {
		t.Fatalf("got %+v, want E1 from %d", got, conn)
	}
	if err := m.Admit(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	record := wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Channel: conn, Payload: []byte("sealed")}
	if err := m.Send(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	got := next(t, p, wire.Record)
	record.Channel = wire.MasterConn
	if got.Channel != record.Channel || got.Flags != record.Flags || !bytes.Equal(got.Payload, record.Payload) {
		t.Fatalf("got %+v, want %+v", got, record)
	}
}

func TestRecordFromOutsideEndsTheConnection(t *testing.T) {
	_, p, _ := met(t, relaytest.New(t))
	if err := p.Send(t.Context(), wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last}); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := p.Receive(t.Context()); err != nil {
			if !errors.Is(err, dial.ErrClosed) {
				t.Fatalf("got %v, want ErrClosed", err)
			}
			return
		}
	}
}

func TestWrongRelayKeyIsRefused(t *testing.T) {
	r := relaytest.New(t)
	cfg := masterOf(r)
	cfg.Servers = []profile.Relay{{Addr: r.Servers()[0].Addr, Pins: [][32]byte{{1}}}}
	if _, err := dial.Connect(t.Context(), cfg); !errors.Is(err, dial.ErrRelayKey) {
		t.Fatalf("got %v, want ErrRelayKey", err)
	}
}

func TestTooOldABuildHearsSo(t *testing.T) {
	r := relaytest.New(t, func(c *hub.Config) { c.MinBuild = 6 })
	_, err := dial.Connect(t.Context(), participantOf(r))
	var upgrade *wire.UpgradeError
	if !errors.As(err, &upgrade) || upgrade.MinBuild != 6 {
		t.Fatalf("got %v, want an UpgradeError for build 6", err)
	}
}

func TestTwoMastersOnOneNumber(t *testing.T) {
	r := relaytest.New(t)
	first := connect(t, masterOf(r))
	opened, err := first.Open(t.Context(), wire.Open{Digits: 6})
	if err != nil {
		t.Fatal(err)
	}
	second := connect(t, masterOf(r))
	_, err = second.Open(t.Context(), wire.Open{Number: opened.Session, Digits: 6, Owner: wire.Owner{1}})
	var denied *wire.DeniedError
	if !errors.As(err, &denied) || denied.Reason != wire.ReasonNumberTaken {
		t.Fatalf("got %v, want number_taken", err)
	}
	third := connect(t, masterOf(r))
	again, err := third.Open(t.Context(), wire.Open{Number: opened.Session, Digits: 6, Owner: opened.Owner})
	if err != nil || again != opened {
		t.Fatalf("got %+v, %v, want the owner's own room %+v", again, err, opened)
	}
}

func TestUnknownRoomIsRefused(t *testing.T) {
	r := relaytest.New(t)
	p := connect(t, participantOf(r))
	_, err := p.Join(t.Context(), wire.Join{Session: "12345"})
	var denied *wire.DeniedError
	if !errors.As(err, &denied) || denied.Reason != wire.ReasonUnknownSession {
		t.Fatalf("got %v, want unknown_session", err)
	}
}
