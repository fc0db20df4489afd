//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/relay/wire"
)

// counter reads one of a relay's counters.
func (s *lan) counter(relay int, name string) (n int, err error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		return s.homes[relay].Dial(ctx, network, addr)
	}}}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+healthAt+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(page)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			_, err := fmt.Sscan(rest, &n)
			return n, err
		}
	}
	return 0, fmt.Errorf("no counter %s in %s", name, page)
}

// open returns how many TCP connections a relay's host has open.
func (s *lan) open(relay int) (n int, err error) {
	err = s.homes[relay].Do(func() error {
		table := "/proc/thread-self/net/tcp"
		if text := read(s.t, table) + read(s.t, table+"6"); text != "" {
			const established = " 01 "
			n = strings.Count(text, established)
		}
		return nil
	})
	return n, err
}

// TestNetHostsThatVanish cuts the line of a host with 60 connections: silent
// ones, after TLS, after the greeting, at the door, and in the room. No end of
// any of them ever comes, and the relay lets go of all of them while another
// session goes on.
func TestNetHostsThatVanish(t *testing.T) {
	const each = 12
	s := newLAN(t, 1, stage.Line{Delay: far / 5})
	ctx := context.WithoutCancel(t.Context())
	host, err := s.net.Host(ctx, netip.MustParseAddr("10.0.5.1"), stage.Line{Delay: far / 5})
	must(t, err)
	quiet, err := s.open(0)
	must(t, err)
	st := s.openStand(s.moderator)
	links, err := s.counter(0, "lotse_links")
	must(t, err)
	var all []any // what nobody holds is closed by the garbage collector
	defer func() { runtime.KeepAlive(all) }()
	for i := range each {
		silent, err := host.Dial(ctx, "tcp", s.seat.Relays[0].Addr)
		must(t, err)
		joiner, err := s.greet(host, wire.RoleParticipant)
		must(t, err)
		master, err := s.greet(host, wire.RoleMaster)
		must(t, err)
		all = append(all, silent, joiner, master, st.watch(host, i == 0), st.watch(host, false))
	}
	full, err := s.counter(0, "lotse_links")
	must(t, err)
	if want := links + 2*each; full != want {
		t.Errorf("%d links, want %d", full, want)
	}
	many, err := s.open(0)
	must(t, err)
	host.Set(func(l *stage.Line) { l.Cut = true })
	began := time.Now()
	const patience = 90 * time.Second // silence counts after 45 s
	show := make(chan struct{})
	go func() { defer close(show); st.show(50 * time.Second) }() // the relay has something for them
	must(t, stage.Until(ctx, patience, "the links gone", func() (bool, error) {
		n, err := s.counter(0, "lotse_links")
		return n <= links, err
	}))
	took := time.Since(began)
	must(t, stage.Until(ctx, patience, "the connections gone", func() (bool, error) {
		n, err := s.open(0)
		return n <= quiet+1, err // the stand's
	}))
	whole := time.Since(began)
	<-show
	memory := highWater(t, s.relays[0].PID())
	c := s.end()
	c.whole(t)
	ages := c.ages()
	t.Logf("a host with %d of %d connections vanished: its links were gone after %v, its connections after %v; letters of another session took %v at p99; the relay had %d MiB at most",
		5*each, many, took.Round(time.Second), whole.Round(time.Second), quantile(ages, 0.99), memory)
}
