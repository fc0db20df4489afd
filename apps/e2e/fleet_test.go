//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/capture"
	"lotse/capture/clipboard"
	"lotse/capture/elevation"
	"lotse/capture/input"
	"lotse/capture/screen"
	"lotse/capture/stopkey"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/participant/watch"
	"lotse/relay/store/storetest"
)

// fleet is several relays, each a process of its own, that share a database.
type fleet struct {
	relays []*stage.Relay
}

// newFleet starts so many relays and makes them the development profile's.
func newFleet(t *testing.T, n int) *fleet {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	pg, err := storetest.StartPostgres(ctx)
	must(t, err)
	t.Cleanup(func() { must(t, pg.Stop()) })
	db, err := pg.Database(ctx)
	must(t, err)
	f := &fleet{}
	var list []string
	for range n {
		r, err := stage.StartRelay(ctx, filepath.Join(bin, "lotse-relay"), t.TempDir(), "LOTSE_RELAY_DATABASE="+db)
		must(t, err)
		t.Cleanup(func() {
			if t.Failed() {
				text, err := os.ReadFile(r.Log)
				t.Logf("%s: %v\n%s", r.Addr, err, text)
			}
			_ = r.Stop() // it may have been killed
		})
		f.relays = append(f.relays, r)
		list = append(list, strings.TrimPrefix(r.Env[0], "LOTSE_DEV_RELAY="))
	}
	t.Setenv("LOTSE_DEV_RELAY", strings.Join(list, ","))
	t.Setenv("LOTSE_DEV_DIRECT", "never")
	return f
}

// cluster joins the relays to a cluster.
func (f *fleet) cluster(t *testing.T) {
	t.Helper()
	var peers, addrs []string
	for _, r := range f.relays {
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
		must(t, err)
		addrs = append(addrs, l.Addr().String())
		must(t, l.Close())
		_, pins, _ := strings.Cut(r.Env[0], "#")
		peers = append(peers, "-cluster-peer", addrs[len(addrs)-1]+"#"+pins)
	}
	for i, r := range f.relays {
		must(t, r.Signal(syscall.SIGTERM))
		<-r.Done()
		r.Args = append([]string{"-cluster", addrs[i]}, peers...)
		must(t, r.Restart(context.WithoutCancel(t.Context())))
	}
}

// at returns the relay with an address.
func (f *fleet) at(addr string) *stage.Relay {
	i := slices.IndexFunc(f.relays, func(r *stage.Relay) bool { return r.Addr == addr })
	return f.relays[i]
}

// call is a moderator and a customer without windows.
type call struct {
	t      *testing.T
	say    func(format string, a ...any)       // what happens, for others; nil is nobody
	shows  func() screen.Source                // the customer's screen; nil is blank
	clip   func() (clipboard.Clipboard, error) // the side's clipboard; nil is the system's
	room   *master.Room
	member *participant.Member

	mu       sync.Mutex
	master   master.State
	customer participant.State
	asked    int // questions that were put
	heard    []heard
	log      bytes.Buffer
}

// logger writes down what the customer's side does.
func (c *call) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(writer(func(b []byte) (int, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.log.Write(b)
	}), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// writer is a function that things are written to.
type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// heard is a text that was typed from afar.
type heard struct {
	text string
	at   time.Time
}

// begin opens a room through the relays masters may use, joins it through those
// that participants may, and gives every right that typing needs.
func begin(t *testing.T, masters, participants func(*profile.Profile)) *call {
	t.Helper()
	c := &call{t: t}
	c.room = c.opened(masters)
	c.member = c.newMember(participants)
	code, err := session.ParseCode(c.now().Code())
	must(t, err)
	c.run(func(ctx context.Context) error { return c.member.Run(ctx, code) })
	c.until("a knock", func() bool { return len(c.master.Knocks) == 1 })
	c.room.Admit(c.now().Knocks[0].Conn)
	c.until("a member", func() bool { return len(c.master.Members) == 1 })
	c.room.Ask(2, session.See|session.Control, "")
	c.until("a question", func() bool { return c.customer.Question != nil })
	c.mu.Lock()
	q := c.customer.Question
	c.mu.Unlock()
	c.member.Answer(q.ID, q.Grants, 0)
	c.until("the rights", func() bool { return c.master.Members[0].Grants == session.See|session.Control })
	return c
}

func (c *call) opened(change func(*profile.Profile)) *master.Room {
	c.t.Helper()
	p, err := profile.Current(profile.MasterEdition)
	must(c.t, err)
	p.LAN = false
	if change != nil {
		change(p)
	}
	room, err := master.New(master.Config{Profile: p, Clipboard: c.clip, OnPicture: c.picture, OnChange: func(v master.State) {
		c.mu.Lock()
		defer c.mu.Unlock()
		stands := func(v master.State) bool { return v.Standby != "" && len(v.Members) > 0 && v.Members[0].Standby }
		if stands(v) && !stands(c.master) {
			c.tell("standby %s", v.Standby)
		}
		c.master = v
	}})
	must(c.t, err)
	c.mu.Lock()
	c.room = room
	c.mu.Unlock()
	c.run(room.Run)
	c.until("a room", func() bool { return c.master.Phase == master.Open })
	return room
}

func (c *call) newMember(change func(*profile.Profile)) *participant.Member {
	c.t.Helper()
	p, err := profile.Current(profile.ParticipantEdition)
	must(c.t, err)
	if change != nil {
		change(p)
	}
	m, err := participant.New(participant.Config{Profile: p, Windowless: true, Edge: c.edge(), Log: c.logger(), OnChange: func(v participant.State) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if v.Question != nil && (c.customer.Question == nil || c.customer.Question.ID != v.Question.ID) {
			c.asked++
		}
		if v.Standby != "" && c.customer.Standby == "" {
			c.tell("standby %s", v.Standby)
		}
		c.customer = v
	}})
	must(c.t, err)
	return m
}

// run runs something until the end of the test.
func (c *call) run(what func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	over := make(chan error, 1)
	go func() { over <- what(ctx) }()
	c.t.Cleanup(func() { cancel(); <-over })
}

// picture takes a picture, so that the next one is told.
func (c *call) picture(member uint8) {
	c.tell("picture")
	c.mu.Lock()
	room := c.room
	c.mu.Unlock()
	if s := room.Screen(member); s != nil {
		s.Take(func(v watch.View) {
			if len(v.Pix) > 0 {
				c.tell("shows %d", v.Pix[0])
			}
		})
	}
}

// tell says what happens to whoever wants to know.
func (c *call) tell(format string, a ...any) {
	if c.say != nil {
		c.say(format, a...)
	}
}

func (c *call) now() master.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.master
}

func (c *call) until(what string, is func() bool) {
	c.t.Helper()
	err := stage.Until(c.t.Context(), 30*time.Second, what, func() (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return is(), nil
	})
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.t.Fatalf("%v\nmaster: %+v\ncustomer: %+v\n%s", err, c.master, c.customer, &c.log)
	}
}

// keepTyping types numbers, one each pause, until stop is called, which returns
// how many.
func (c *call) keepTyping(pause time.Duration) (stop func() int) {
	end, last := make(chan struct{}), make(chan int)
	go func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-end:
				last <- n
				return
			case <-tick.C:
				c.tell("typed %d", n%10)
				c.room.Text(2, strconv.Itoa(n%10))
			}
		}
	}()
	return func() int { close(end); return <-last }
}

// longest returns the longest time between two texts that arrived one after the
// other, since a moment.
func (c *call) longest(since time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var worst time.Duration
	before := since
	for _, h := range c.heard {
		if h.at.Before(since) {
			continue
		}
		worst = max(worst, h.at.Sub(before))
		before = h.at
	}
	return worst
}

// count returns how many texts arrived.
func (c *call) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.heard)
}

// edge is a computer without hardware that writes down what is typed.
func (c *call) edge() participant.Edge {
	return participant.Edge{
		Displays: func() ([]capture.Display, error) {
			return []capture.Display{{ID: 1, Name: "test", Bounds: image.Rect(0, 0, 64, 64), Primary: true}}, nil
		},
		Screen: func(screen.Target) (screen.Source, error) {
			if c.shows != nil {
				return c.shows(), nil
			}
			return &blank{}, nil
		},
		Input:     func() (input.Injector, error) { return &typist{c}, nil },
		Front:     func() (elevation.Front, error) { return 0, nil },
		Raisable:  func() bool { return false },
		Clipboard: c.clip,
		StopKey:   func(stopkey.Press) (participant.StopKey, error) { return quiet{}, nil },
	}
}

type quiet struct{}

func (quiet) Mechanisms() []string { return []string{"test"} }
func (quiet) Healthy() error       { return nil }
func (quiet) Close() error         { return nil }

// blank is a screen on which nothing happens.
type blank struct{ shown bool }

func (s *blank) Next(ctx context.Context) (*capture.Frame, error) {
	if s.shown {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s.shown = true
	const side = 64
	return &capture.Frame{
		Pix: make([]byte, 4*side*side), Stride: 4 * side, W: side, H: side, Epoch: 1,
		Dirty: []image.Rectangle{image.Rect(0, 0, side, side)},
	}, nil
}
func (*blank) Name() string { return "still" }
func (*blank) Close() error { return nil }

// typist writes down.
type typist struct{ c *call }

func (k *typist) Text(s string) error {
	k.c.tell("heard %s", s)
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	k.c.heard = append(k.c.heard, heard{s, time.Now()})
	return nil
}
func (*typist) Key(input.Usage, bool) error     { return nil }
func (*typist) Move(image.Point) error          { return nil }
func (*typist) Button(input.Button, bool) error { return nil }
func (*typist) Wheel(int, int) error            { return nil }
func (*typist) Name() string                    { return "test" }
func (*typist) Close() error                    { return nil }

// only leaves a profile the relays at so many places of its list.
func only(places ...int) func(*profile.Profile) {
	return func(p *profile.Profile) {
		all := p.Relays
		p.Relays = nil
		for _, i := range places {
			p.Relays = append(p.Relays, all[i])
		}
	}
}

// TestRoomIsFoundOnAnyRelay opens it on each, and joins it by lists that begin
// with another.
func TestRoomIsFoundOnAnyRelay(t *testing.T) {
	f := newFleet(t, 3)
	for _, clustered := range []bool{false, true} {
		if clustered {
			f.cluster(t)
		}
		for on := range f.relays {
			c := begin(t, only(on), nil)
			if got := c.now().Relay; got != f.relays[on].Addr {
				t.Errorf("the room is on %s, want %s", got, f.relays[on].Addr)
			}
		}
	}
}

// TestClusterKnowsWhereRoomsAre: relays that know of each other send everybody
// the right way at once, and count nobody's attempt as a guess.
func TestClusterKnowsWhereRoomsAre(t *testing.T) {
	f := newFleet(t, 3)
	f.cluster(t)
	began := time.Now()
	const sessions = 12 // without a cluster the doubling time-outs add up to minutes
	for range sessions {
		begin(t, only(2), nil)
	}
	t.Logf("%d sessions began on the third relay of the list within %v", sessions, time.Since(began).Round(time.Millisecond))
	for _, r := range f.relays[:2] {
		text, err := os.ReadFile(r.Log)
		must(t, err)
		if strings.Contains(string(text), "level=WARN") || strings.Contains(string(text), "level=ERROR") {
			t.Errorf("%s complains:\n%s", r.Addr, text)
		}
	}
}

// ending is a way in which a relay goes.
type ending struct {
	name  string
	times int
	end   func(*stage.Relay) error
	again func(*stage.Relay) error // nil to start it anew
}

// TestSessionGoesOnOnAnotherRelay ends the relay of a session in several ways
// while somebody types. Not a letter is lost.
func TestSessionGoesOnOnAnotherRelay(t *testing.T) {
	f := newFleet(t, 3)
	var lines strings.Builder
	fmt.Fprintln(&lines, "from one relay to another while somebody types, 100 letters a second: how long nothing arrived")
	for _, way := range []ending{
		{name: "killed", times: 5, end: (*stage.Relay).Kill},
		{
			name: "hung", times: 3, end: func(r *stage.Relay) error { return r.Signal(syscall.SIGSTOP) },
			again: func(r *stage.Relay) error { return r.Signal(syscall.SIGCONT) },
		},
		{name: "ended in order", times: 3, end: func(r *stage.Relay) error { return r.Signal(syscall.SIGTERM) }},
	} {
		var gaps []time.Duration
		for range way.times {
			t.Run(way.name, func(t *testing.T) { gaps = append(gaps, f.end(t, way)) })
		}
		fmt.Fprintf(&lines, "%-16s%v\n", way.name, gaps)
	}
	report(t, "fleet.txt", lines.String())
}

// end ends the relay of a session and returns how long nothing arrived.
func (f *fleet) end(t *testing.T, way ending) time.Duration {
	t.Helper()
	c := begin(t, nil, nil)
	stop := c.keepTyping(10 * time.Millisecond)
	const before = 50
	c.until("typing", func() bool { return len(c.heard) >= before })
	first := f.at(c.now().Relay)
	began := time.Now()
	must(t, way.end(first))
	t.Cleanup(func() {
		if way.again != nil {
			must(t, way.again(first))
			return
		}
		<-first.Done()
		must(t, first.Restart(context.WithoutCancel(t.Context())))
	})
	c.until("another relay", func() bool { return c.master.Relay != first.Addr && !c.master.Members[0].Away })
	after := c.count()
	c.until("typing again", func() bool { return len(c.heard) >= after+before })
	typed := stop()
	c.until("the last letter", func() bool { return len(c.heard) >= typed })
	for i, h := range c.heard {
		if h.text != strconv.Itoa(i%10) {
			t.Fatalf("letter %d of %d is %s: one was lost or came twice", i, typed, h.text)
		}
	}
	if c.asked != 1 || c.customer.Grants != session.See|session.Control {
		t.Errorf("got %d questions and %v, want one, and what it gave", c.asked, c.customer.Grants)
	}
	return c.longest(began).Round(time.Millisecond)
}

// TestLockedRoomStaysLockedOnAnotherRelay: the relay that the room is new to was
// not there when it was locked.
func TestLockedRoomStaysLockedOnAnotherRelay(t *testing.T) {
	f := newFleet(t, 2)
	c := begin(t, nil, nil)
	c.room.Lock(true)
	c.until("the lock", func() bool { return c.master.Locked })
	first := c.now().Relay
	must(t, f.at(first).Kill())
	c.until("another relay", func() bool {
		return c.master.Relay != first && c.master.Phase == master.Open && !c.master.Members[0].Away
	})
	late := &call{t: t}
	late.member = late.newMember(nil)
	code, err := session.ParseCode(c.now().Code())
	must(t, err)
	late.run(func(ctx context.Context) error { return late.member.Run(ctx, code) })
	late.until("a refusal", func() bool { return late.customer.Phase == session.Ended })
	if got := late.customer.Reason; got != session.ReasonUnknownSession {
		t.Errorf("got %q, want no such session", got)
	}
	if got := c.now(); len(got.Knocks) > 0 || !got.Locked {
		t.Errorf("got %+v, want a locked room with nobody at its door", got)
	}
}

// TestRollingRestartLosesNoSession restarts each relay in turn while sessions
// go on.
func TestRollingRestartLosesNoSession(t *testing.T) {
	f := newFleet(t, 3)
	const sessions = 50
	all := make([]*call, 0, sessions)
	for i := range sessions {
		home := func(p *profile.Profile) { p.Relays = slices.Concat(p.Relays[i%3:], p.Relays[:i%3]) } // a third of them each
		all = append(all, begin(t, home, home))
	}
	for _, r := range f.relays {
		must(t, r.Signal(syscall.SIGTERM))
		<-r.Done()
		for _, c := range all {
			c.until("another relay", func() bool {
				return c.master.Relay != r.Addr && c.master.Phase == master.Open && !c.master.Members[0].Away
			})
		}
		must(t, r.Restart(context.WithoutCancel(t.Context())))
	}
	for i, c := range all {
		c.room.Text(2, fmt.Sprint("still here ", i))
		c.until("a text", func() bool { return len(c.heard) > 0 })
		if c.asked != 1 {
			t.Errorf("session %d: %d questions, want one", i, c.asked)
		}
	}
}
