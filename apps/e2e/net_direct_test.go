//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/capture/clipboard"
	"lotse/master"
	"lotse/packaging/profile"
)

// sheet is a clipboard of nobody's but the test's.
type sheet struct{ copied chan clipboard.Content }

func (s *sheet) open() (clipboard.Clipboard, error) { return s, nil }

func (s *sheet) Next(ctx context.Context) (clipboard.Content, error) {
	select {
	case c := <-s.copied:
		return c, nil
	case <-ctx.Done():
		return clipboard.Content{}, ctx.Err()
	}
}
func (*sheet) Set(clipboard.Content) error { return nil }
func (*sheet) Close() error                { return nil }

// watched tells what changes of a member, and copies a picture when all is
// quiet.
type watched struct {
	c      *call
	own    *sheet // the moderator's clipboard
	side   int
	direct bool
	since  time.Time
	copied time.Time
	total  int
	over   bool
}

// settled is how long a session goes on before something is copied.
const settled = 3 * time.Second

func (w *watched) look(m master.Member) {
	if m.Direct != w.direct {
		w.direct = m.Direct
		w.c.tell("direct %t", m.Direct)
	}
	now := time.Now()
	if w.since.IsZero() {
		w.since = now
		w.c.room.Turn(m.ID)
	}
	switch {
	case w.side == 0 || w.over:
	case w.copied.IsZero() && now.Sub(w.since) > settled:
		w.copied = now
		w.own.copied <- clipboard.Content{Image: grain(w.c.t, w.side)}
	case m.Clip.Total > 0 && w.total == 0:
		w.total, w.copied = m.Clip.Total, now
	case m.Clip.Total == 0 && w.total > 0:
		w.over = true
		w.c.tell("bulk %d %d", w.total, now.Sub(w.copied).Microseconds())
	}
}

// grain is a picture that nothing makes smaller.
func grain(t *testing.T, side int) []byte {
	t.Helper()
	img, random := image.NewNRGBA(image.Rect(0, 0, side, side)), rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(random.Uint32()) | byte(i%4/3)*0xff
	}
	var b bytes.Buffer
	must(t, (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img))
	return b.Bytes()
}

// directly lets both sides talk past the relay.
func directly(s *lan) { s.seat.Direct = profile.DirectAnywhere }

// count reads a counter of the only relay.
func (s *lan) count(name string) int {
	s.t.Helper()
	n, err := s.counter(0, name)
	must(s.t, err)
	return n
}

// never asserts that a side has not said something that begins so.
func (s *lan) never(side, begins string) {
	s.t.Helper()
	if slices.ContainsFunc(lines(s.t, s.log[side]), func(l line) bool { return strings.HasPrefix(l.what, begins) }) {
		s.t.Errorf("%s said %q", side, begins)
	}
}

// TestNetDirectJoin leaves the relay soon after joining, and leaves it indeed.
func TestNetDirectJoin(t *testing.T) {
	s := newLAN(t, 1, stage.Line{Delay: far}, directly)
	up := s.wait("moderator", "direct true")
	took := up.at.Sub(s.wait("moderator", "member").at)
	s.run(500 * time.Millisecond)
	const seconds = 5
	before := s.count("lotse_bytes_received_total")
	s.run(seconds * time.Second)
	rate := (s.count("lotse_bytes_received_total") - before) / seconds
	asked := s.count("lotse_stun_answered_total")
	c := s.end()
	c.whole(t)
	ages := c.ages()
	t.Logf("40 ms: direct %v after admission; then %d bytes a second over the relay, which answered STUN %d times; letters took %v at p50, %v at p99",
		took.Round(time.Millisecond), rate, asked, quantile(ages, 0.5), quantile(ages, 0.99))
	if rate > 500 {
		t.Errorf("%d bytes a second go over the relay", rate)
	}
	if asked == 0 {
		t.Error("nobody asked the relay for an address")
	}
	if took > time.Second {
		t.Errorf("direct after %v, want at most a second", took)
	}
}

// TestNetDirectLoss loses one packet in a hundred at a round trip of 40 ms, on
// the relay and past it, and copies a large picture meanwhile.
func TestNetDirectLoss(t *testing.T) {
	for _, d := range []profile.Direct{profile.DirectNever, profile.DirectAnywhere} {
		t.Run(d.String(), func(t *testing.T) {
			s := newLAN(t, 1, stage.Line{Delay: far, Loss: 0.005}, func(s *lan) { s.seat.Direct, s.seat.Side = d, 1000 })
			if d != profile.DirectNever {
				s.wait("moderator", "direct true")
			}
			bulk := s.wait("moderator", "bulk ")
			s.run(15 * time.Second)
			c := s.end()
			c.whole(t)
			var size, us int
			_, err := fmt.Sscanf(bulk.what, "bulk %d %d", &size, &us)
			must(t, err)
			ages := c.ages()
			t.Logf("1 %% loss, 40 ms, direct %v: %d letters took %v at p50, %v at p99, %v at most; a picture of %d bytes %.2f s, %.1f Mbit/s",
				d, len(ages), quantile(ages, 0.5), quantile(ages, 0.99), quantile(ages, 1), size, float64(us)/1e6, 8*float64(size)/float64(us))
		})
	}
}

// TestNetDirectCut lets no UDP through any more, in the middle of a session and
// of a picture, and then lets it through again.
func TestNetDirectCut(t *testing.T) {
	s := newLAN(t, 1, stage.Line{Delay: far}, directly)
	s.wait("moderator", "direct true")
	s.run(time.Second)
	at := time.Now()
	s.customer.Set(func(l *stage.Line) { l.NoUDP = true })
	s.since("moderator", "direct false", at, 10*time.Second)
	s.run(3 * time.Second)
	s.never("moderator", "away true")
	s.customer.Set(func(l *stage.Line) { l.NoUDP = false })
	again := time.Now()
	s.since("moderator", "direct true", again, 60*time.Second)
	s.run(2 * time.Second)
	c := s.end()
	letters, pictures := c.gap(at)
	t.Logf("UDP cut: no letter for %v, no picture for %v", letters.Round(time.Millisecond), pictures.Round(time.Millisecond))
	c.whole(t)
	if letters > time.Second {
		t.Errorf("no letter for %v", letters)
	}
}

// TestNetDirectNoUDP lets no UDP through from the beginning: the session is one
// over the relay.
func TestNetDirectNoUDP(t *testing.T) {
	s := newLAN(t, 1, stage.Line{Delay: far, NoUDP: true}, directly)
	s.run(12 * time.Second) // longer than an attempt
	s.never("moderator", "direct true")
	s.never("moderator", "away true")
	c := s.end()
	c.whole(t)
	ages := c.ages()
	t.Logf("no UDP: %d letters over the relay took %v at p50, %v at p99", len(ages), quantile(ages, 0.5), quantile(ages, 0.99))
}

// TestNetDirectRelayEnds kills the relay under a direct path: the session goes
// on on the next one, and leaves it again.
func TestNetDirectRelayEnds(t *testing.T) {
	s := newLAN(t, 2, stage.Line{Delay: far}, directly)
	s.wait("moderator", "direct true")
	s.run(time.Second)
	at := time.Now()
	must(t, s.relays[0].Kill())
	s.since("moderator", "relay 10.0.1.2", at, 20*time.Second)
	s.since("moderator", "direct true", at, 30*time.Second)
	s.run(2 * time.Second)
	c := s.end()
	letters, pictures := c.gap(at)
	t.Logf("relay killed under a direct path: no letter for %v, no picture for %v", letters.Round(time.Millisecond), pictures.Round(time.Millisecond))
	c.whole(t)
}
