//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/capture/clipboard"
)

// pinboard is a clipboard onto which a picture comes from a file, once, and that
// says what the other side puts there.
type pinboard struct {
	c     *call
	file  string // empty is no picture
	taken *atomic.Bool
	ended chan struct{}
}

// pinboards opens a side's clipboard; with mine the picture comes onto it.
func pinboards(c *call, file string, mine bool) func() (clipboard.Clipboard, error) {
	taken := new(atomic.Bool)
	taken.Store(!mine)
	return func() (clipboard.Clipboard, error) {
		return &pinboard{c: c, file: file, taken: taken, ended: make(chan struct{})}, nil
	}
}

func (b *pinboard) Next(ctx context.Context) (clipboard.Content, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return clipboard.Content{}, ctx.Err()
		case <-b.ended:
			return clipboard.Content{}, clipboard.ErrClosed
		case <-tick.C:
		}
		if b.taken.Load() {
			continue
		}
		if data, err := os.ReadFile(b.file); err == nil {
			b.taken.Store(true)
			b.c.tell("copied %d", len(data))
			return clipboard.Content{Image: data}, nil
		}
	}
}

func (b *pinboard) Set(c clipboard.Content) error {
	b.c.tell("pasted %d %x", len(c.Image), sha256.Sum256(c.Image))
	return nil
}

func (b *pinboard) Close() error { close(b.ended); return nil }

// copies has a side copy a picture of about so many bytes, as soon as copy is
// called.
func (s *lan) copies(side string, size int) (copyNow func()) {
	s.t.Helper()
	s.seat.Picture, s.seat.Copies = filepath.Join(s.t.TempDir(), "picture"), side
	const width, pixel = 2000, 4
	m := image.NewNRGBA(image.Rect(0, 0, width, size/width/pixel))
	random := rand.NewChaCha8([32]byte{3})
	_, _ = random.Read(m.Pix) // never fails
	var out bytes.Buffer
	must(s.t, png.Encode(&out, m))
	s.picture = out.Bytes()
	return func() {
		s.t.Helper()
		must(s.t, os.WriteFile(s.seat.Picture+".part", s.picture, 0o600))
		must(s.t, os.Rename(s.seat.Picture+".part", s.seat.Picture))
	}
}

// pasted waits for the picture at the other side and asserts that it is whole.
func (s *lan) pasted(side string) time.Time {
	s.t.Helper()
	got := s.wait(side, "pasted ")
	if want := fmt.Sprintf("pasted %d %x", len(s.picture), sha256.Sum256(s.picture)); got.what != want {
		s.t.Errorf("got %s, want %s", got.what, want)
	}
	return got.at
}

// TestNetRelayEndsUnderBulk kills and hangs the relay while 16 MB of a copied
// picture are under way, one way and the other, and somebody types. No letter is
// lost, and the picture arrives whole, by itself.
func TestNetRelayEndsUnderBulk(t *testing.T) {
	const size = 16_000_000
	for _, side := range []string{"moderator", "customer"} {
		for _, way := range []string{"killed", "hung"} {
			t.Run(side+"/"+way, func(t *testing.T) {
				s := layLAN(t, 2, stage.Line{Delay: far})
				copyNow := s.copies(side, size)
				s.meet()
				copyNow()
				began := s.wait(side, "copied ").at
				must(t, stage.Until(t.Context(), time.Minute, "a third of the picture", func() (bool, error) {
					return slices.ContainsFunc(lines(t, s.log["moderator"]), func(l line) bool {
						var percent int
						n, _ := fmt.Sscanf(l.what, "clip %d", &percent)
						return n == 1 && percent >= 30
					}), nil
				}))
				at := time.Now()
				if way == "killed" {
					must(t, s.relays[0].Kill())
				} else {
					must(t, s.relays[0].Signal(syscall.SIGSTOP))
				}
				s.since("moderator", "relay 10.0.1.2", at, 20*time.Second)
				other := map[string]string{"moderator": "customer", "customer": "moderator"}[side]
				pasted := s.pasted(other)
				s.run(time.Second)
				c := s.end()
				letters, _ := c.gap(at)
				ages := c.ages()
				t.Logf("relay %s at 40 ms with %d MB of the %s's under way: no letter for %v, letters otherwise %v at p50; the picture was there %v after the end, %v after it was copied",
					way, len(s.picture)/1e6, side, letters.Round(time.Millisecond), quantile(ages, 0.5),
					pasted.Sub(at).Round(10*time.Millisecond), pasted.Sub(began).Round(10*time.Millisecond))
				c.whole(t)
				if n := strings.Count(read(t, s.log[other]), " pasted "); n != 1 {
					t.Errorf("the picture came %d times, want once", n)
				}
			})
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	must(t, err)
	return string(b)
}

// TestNetLossUnderLoad loses one packet in a hundred at 40 ms while somebody
// types, the screen changes and a picture is carried.
func TestNetLossUnderLoad(t *testing.T) {
	const size = 4_000_000
	s := layLAN(t, 1, stage.Line{Delay: far, Loss: 0.005})
	copyNow := s.copies("moderator", size)
	s.meet()
	s.run(10 * time.Second)
	copyNow()
	began := s.wait("moderator", "copied ").at
	pasted := s.pasted("customer")
	s.run(3 * time.Second)
	c := s.end()
	c.whole(t)
	var before, during []time.Duration
	for i := range min(len(c.typed), len(c.heard)) {
		age := c.heard[i].at.Sub(c.typed[i].at)
		switch at := c.typed[i].at; {
		case at.Before(began):
			before = append(before, age)
		case at.Before(pasted):
			during = append(during, age)
		}
	}
	slices.Sort(before)
	slices.Sort(during)
	pictures := s.pictureAges()
	t.Logf("1 %% loss, 40 ms: %d letters took %v at p50, %v at p99 without a load; %d took %v and %v beside %.1f MB, which took %v; %d pictures took %v and %v",
		len(before), quantile(before, 0.5), quantile(before, 0.99), len(during), quantile(during, 0.5), quantile(during, 0.99),
		float64(len(s.picture))/1e6, pasted.Sub(began).Round(10*time.Millisecond), len(pictures), quantile(pictures, 0.5), quantile(pictures, 0.99))
}

// pictureAges returns how long pictures took from the customer's screen to the
// moderator, shortest first.
func (s *lan) pictureAges() (ages []time.Duration) {
	s.t.Helper()
	drew := make(map[string]time.Time)
	all := slices.Concat(lines(s.t, s.log["customer"]), lines(s.t, s.log["moderator"]))
	slices.SortStableFunc(all, func(a, b line) int { return a.at.Compare(b.at) })
	shown := ""
	for _, l := range all {
		if n, ok := strings.CutPrefix(l.what, "drew "); ok {
			drew[n] = l.at
		}
		if n, ok := strings.CutPrefix(l.what, "shows "); ok && n != shown && !drew[n].IsZero() {
			shown = n
			ages = append(ages, l.at.Sub(drew[n]))
		}
	}
	slices.Sort(ages)
	return ages
}

// TestNetWithoutUDP lets not one datagram through: nothing needs any.
func TestNetWithoutUDP(t *testing.T) {
	s := newLAN(t, 1, stage.Line{Delay: far, NoUDP: true})
	s.run(8 * time.Second)
	c := s.end()
	c.whole(t)
	ages, pictures := c.ages(), s.pictureAges()
	t.Logf("no UDP, 40 ms: %d letters took %v at p50, %v at p99; %d pictures %v and %v",
		len(ages), quantile(ages, 0.5), quantile(ages, 0.99), len(pictures), quantile(pictures, 0.5), quantile(pictures, 0.99))
	if len(pictures) < 50 {
		t.Errorf("%d pictures came in 8 s, want a stream", len(pictures))
	}
}
