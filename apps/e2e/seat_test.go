//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/capture"
	"lotse/capture/clipboard"
	"lotse/capture/screen"
	"lotse/packaging/profile"
	"lotse/participant/session"
)

// seatOf says of this test program that it is one side of a session, on a host
// of its own: a seat in JSON.
const seatOf = "LOTSE_E2E_SEAT"

// seat is one side of a session.
type seat struct {
	// Code is what a customer types; empty is the moderator's side.
	Code string
	// Stop is a file; when it is there, nothing is typed any more.
	Stop string
	// Picture is a file with a picture; as soon as it is there the side that
	// Copies names has it on its clipboard. Empty is no clipboard.
	Picture, Copies string
	// Relays, Issuers, Number, Note and Key are the profile.
	Relays  []profile.Relay
	Issuers []string
	Number  string
	Note    []byte
	Key     []byte
	// Direct is how far the two may talk past the relay, Side that of a picture
	// that is copied in pixels, 0 for none.
	Direct profile.Direct
	Side   int
}

func (s seat) profile(p *profile.Profile) {
	*p = profile.Profile{Organisation: "Hafen Hilfe", AppName: "Lotse", Relays: s.Relays, LicenceIssuers: s.Issuers, Direct: s.Direct}
	if s.Code == "" {
		p.Licence = &profile.Licence{Number: s.Number, Note: s.Note, Key: ed25519.PrivateKey(s.Key)}
	}
}

// TestSeat is no test: it is a side of a session, see seatOf. It writes lines
// with the time in microseconds, until it is killed.
func TestSeat(t *testing.T) {
	text := os.Getenv(seatOf)
	if text == "" {
		t.Skip("only the other tests use this")
	}
	var s seat
	must(t, json.Unmarshal([]byte(text), &s)) //nolint:musttag // both ends are this program
	var mu sync.Mutex
	var c *call
	c = &call{t: t, shows: func() screen.Source { return &flicker{say: c.say} }, say: func(format string, a ...any) {
		mu.Lock()
		defer mu.Unlock()
		_, err := fmt.Fprintf(os.Stdout, "%d %s\n", time.Now().UnixMicro(), fmt.Sprintf(format, a...))
		if err != nil {
			t.Error(err)
		}
	}}
	name := "customer"
	if s.Code == "" {
		name = "moderator"
	}
	if s.Picture != "" {
		c.clip = pinboards(c, s.Picture, s.Copies == name)
	}
	var own *sheet
	if s.Side > 0 {
		own = &sheet{copied: make(chan clipboard.Content, 1)}
		c.clip = own.open
	}
	if s.Code == "" {
		moderate(c, s, own)
	} else {
		attend(c, s)
	}
	<-t.Context().Done()
}

// moderate opens a room, lets in who comes, asks for everything and types.
func moderate(c *call, s seat, own *sheet) {
	c.t.Helper()
	c.opened(s.profile)
	c.tell("code %s", c.now().Code())
	c.until("a knock", func() bool { return len(c.master.Knocks) == 1 })
	c.room.Admit(c.now().Knocks[0].Conn)
	c.until("a member", func() bool { return len(c.master.Members) == 1 })
	c.tell("member")
	rights := session.See | session.Control
	if c.clip != nil {
		rights |= session.ClipboardIn | session.ClipboardOut
		c.room.Turn(2)
	}
	c.room.Ask(2, rights, "")
	c.until("the rights", func() bool { return c.master.Members[0].Grants == rights })
	c.tell("rights")
	stop := c.keepTyping(20 * time.Millisecond)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	relay, away, carried := c.now().Relay, false, 0
	c.tell("on %s", relay)
	watch := &watched{c: c, own: own, side: s.Side}
	for range tick.C {
		if _, err := os.Stat(s.Stop); err == nil {
			break
		}
		v := c.now()
		if v.Relay != relay {
			relay = v.Relay
			c.tell("relay %s", relay)
		}
		watch.look(v.Members[0])
		if is := v.Members[0].Clip.Percent(); is != carried {
			carried = is
			c.tell("clip %d", carried)
		}
		if is := v.Members[0].Away; is != away {
			away = is
			c.tell("away %t", away)
		}
	}
	c.tell("typed in all %d", stop())
}

// attend joins and allows everything.
func attend(c *call, s seat) {
	c.t.Helper()
	c.member = c.newMember(s.profile)
	code, err := session.ParseCode(s.Code)
	must(c.t, err)
	c.run(func(ctx context.Context) error { return c.member.Run(ctx, code) })
	c.until("a question", func() bool { return c.customer.Question != nil })
	c.mu.Lock()
	q := c.customer.Question
	c.mu.Unlock()
	c.member.Answer(q.ID, q.Grants, 0)
	c.tell("allowed")
}

// flicker is a screen of which a part is another every 40 ms.
type flicker struct {
	n   int
	say func(format string, a ...any) // hears each one, nil is nobody
}

func (f *flicker) Next(ctx context.Context) (*capture.Frame, error) {
	const w, h, part = 320, 200, 32
	select {
	case <-time.After(40 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f.n++
	frame := &capture.Frame{
		Pix: bytes.Repeat([]byte{0x20}, 4*w*h), Stride: 4 * w, W: w, H: h, Epoch: 1, Dirty: []image.Rectangle{image.Rect(0, 0, part, part)},
	}
	if f.n == 1 {
		frame.Dirty = []image.Rectangle{frame.Bounds()}
	}
	for y := range part {
		for x := range part {
			frame.Pix[y*frame.Stride+4*x] = byte(f.n)
		}
	}
	if f.say != nil {
		f.say("drew %d", byte(f.n))
	}
	return frame, nil
}
func (*flicker) Name() string { return "flicker" }
func (*flicker) Close() error { return nil }

// line is something that a seat said.
type line struct {
	at   time.Time
	what string
}

// lines reads what a seat has said so far.
func lines(t *testing.T, log string) []line {
	t.Helper()
	b, err := os.ReadFile(log)
	must(t, err)
	var out []line
	for text := range strings.Lines(string(b)) {
		var us int64
		if n, _ := fmt.Sscan(text, &us); n != 1 || !strings.HasSuffix(text, "\n") {
			continue
		}
		_, what, _ := strings.Cut(strings.TrimSpace(text), " ")
		out = append(out, line{time.UnixMicro(us), what})
	}
	return out
}
