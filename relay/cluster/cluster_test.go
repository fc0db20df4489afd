package cluster_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"lotse/relay/cluster"
	"lotse/relay/hub"
)

// place is where a relay of a cluster will be.
type place struct {
	identity *hub.Identity
	addr     string
}

func places(t *testing.T, n int) []place {
	t.Helper()
	var out []place
	for range n {
		id, err := hub.NewIdentity()
		if err != nil {
			t.Fatal(err)
		}
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, place{id, l.Addr().String()})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// start joins place i of all to the others.
func start(t *testing.T, all []place, i int) *cluster.Cluster {
	t.Helper()
	cfg := cluster.Config{Listen: all[i].addr, Certificate: all[i].identity.Certificate(), Pin: all[i].identity.Pin()}
	for j, p := range all {
		if j != i {
			cfg.Peers = append(cfg.Peers, cluster.Peer{Addr: p.addr, Pins: [][32]byte{p.identity.Pin()}})
		}
	}
	c, err := cluster.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func started(t *testing.T, all []place) []*cluster.Cluster {
	t.Helper()
	var out []*cluster.Cluster
	for i := range all {
		c := start(t, all, i)
		t.Cleanup(c.Close)
		out = append(out, c)
	}
	until(t, "all are connected", func() bool {
		return !slices.ContainsFunc(out, func(c *cluster.Cluster) bool { return c.Relays() != len(all)-1 })
	})
	return out
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	const longest = 20 * time.Second
	for end := time.Now().Add(longest); !is(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func yes() bool { return true }

func TestRoomsAreFoundFromEverywhere(t *testing.T) {
	all := places(t, 3)
	c := started(t, all)
	if _, found := c[1].Find(t.Context(), "482139"); found {
		t.Fatal("a room was found that nobody has")
	}
	c[0].Opened("482139", yes)
	for i := range 3 {
		until(t, fmt.Sprintf("relay %d finds it", i), func() bool {
			pin, found := c[i].Find(t.Context(), "482139")
			return found && pin == all[0].identity.Pin() || i == 0 // nobody asks itself
		})
	}
	c[0].Ended("482139")
	until(t, "it is gone", func() bool { _, found := c[2].Find(t.Context(), "482139"); return !found })
}

// A relay that the master has left for another says nothing; the other does.
func TestOnlyTheRelayWithTheMasterAnswers(t *testing.T) {
	all := places(t, 3)
	c := started(t, all)
	var here atomic.Bool
	c[0].Opened("482139", func() bool { return here.Load() })
	c[1].Opened("482139", func() bool { return !here.Load() })
	for _, want := range []int{1, 0, 1} {
		here.Store(want == 0)
		until(t, "the right one", func() bool {
			pin, found := c[2].Find(t.Context(), "482139")
			return found && pin == all[want].identity.Pin()
		})
		for range 20 {
			if pin, found := c[2].Find(t.Context(), "482139"); !found || pin != all[want].identity.Pin() {
				t.Fatalf("got %x, %t, want relay %d", pin, found, want)
			}
		}
	}
}

func TestDeadRelayTakesItsRoomsAlong(t *testing.T) {
	all := places(t, 2)
	here := start(t, all, 0)
	t.Cleanup(here.Close)
	there := start(t, all, 1)
	there.Opened("482139", yes)
	until(t, "it is found", func() bool { _, found := here.Find(t.Context(), "482139"); return found })
	there.Close()
	until(t, "it is gone", func() bool { _, found := here.Find(t.Context(), "482139"); return !found })
	again := start(t, all, 1)
	t.Cleanup(again.Close)
	again.Opened("731000", yes)
	until(t, "the relay is back", func() bool { _, found := here.Find(t.Context(), "731000"); return found })
}

// Who is not on the list gets in nowhere, and learns nothing.
func TestStrangerIsNotLetIn(t *testing.T) {
	all := places(t, 3)
	c := started(t, all[:2])
	c[0].Opened("482139", yes)
	stranger := start(t, all, 2) // knows the others; they don't know it
	t.Cleanup(stranger.Close)
	<-time.After(2 * time.Second)
	if n := stranger.Relays(); n != 0 {
		t.Errorf("the stranger is connected to %d relays", n)
	}
	if pin, found := stranger.Find(t.Context(), "482139"); found {
		t.Errorf("the stranger found a room on %x", pin)
	}
	stranger.Opened("731000", yes)
	if _, found := c[1].Find(t.Context(), "731000"); found {
		t.Error("a stranger's room was found")
	}
}

// The port is for relays with keys: TLS without one, or with another one, ends.
func TestPortWantsAKey(t *testing.T) {
	all := places(t, 2)
	started(t, all)
	other, err := hub.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, certs := range map[string][]tls.Certificate{"no key": nil, "another key": {other.Certificate()}} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var d net.Dialer
		raw, err := d.DialContext(ctx, "tcp", all[0].addr)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		conn := tls.Client(raw, &tls.Config{
			InsecureSkipVerify: true, Certificates: certs, MinVersion: tls.VersionTLS13, NextProtos: []string{"lotse-cluster/1"},
		})
		err = conn.HandshakeContext(ctx)
		if err == nil {
			_, err = conn.Read(make([]byte, 1)) // TLS 1.3 tells a client late
		}
		if err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

func TestClusterWithoutPinsDoesNotStart(t *testing.T) {
	all := places(t, 2)
	for name, peers := range map[string][]cluster.Peer{"no peer": nil, "no pin": {{Addr: all[1].addr}}} {
		c, err := cluster.Start(cluster.Config{
			Listen: all[0].addr, Certificate: all[0].identity.Certificate(), Pin: all[0].identity.Pin(), Peers: peers,
		})
		if err == nil {
			c.Close()
			t.Errorf("%s: started", name)
		}
	}
}

// TestNoiseDoesNotDisturbTheCluster throws random bytes, NATS's own words and
// endless lines at its port, before TLS and after a TLS that is not let in. Rooms
// are found meanwhile and afterwards, and memory stays.
func TestNoiseDoesNotDisturbTheCluster(t *testing.T) {
	all := places(t, 2)
	c := started(t, all)
	c[0].Opened("482139", yes)
	until(t, "it is found", func() bool { _, found := c[1].Find(t.Context(), "482139"); return found })
	stranger, err := hub.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	noise := make([]byte, 64<<10)
	_, _ = rand.Read(noise) // never fails
	said := [][]byte{
		noise, []byte("CONNECT {\"verbose\":true,\"name\":\"x\"}\r\nPING\r\nSUB > 1\r\n"), []byte("INFO {}\r\nRS+ $G lotse.room.*\r\n"),
		bytes.Repeat([]byte("PUB "), 16<<10), []byte("PUB x 1073741824\r\n"), bytes.Repeat([]byte{0x16, 3, 1, 0x40, 0}, 1<<10),
		{},
	}
	const rounds = 210
	for i := range rounds {
		var d net.Dialer
		raw, err := d.DialContext(t.Context(), "tcp", all[0].addr)
		if err != nil {
			t.Fatal(err)
		}
		conn := raw
		if i%3 == 2 {
			conn = tls.Client(raw, &tls.Config{
				InsecureSkipVerify: true, Certificates: []tls.Certificate{stranger.Certificate()}, MinVersion: tls.VersionTLS13, NextProtos: []string{"lotse-cluster/1"},
			})
		}
		_ = conn.SetDeadline(time.Now().Add(time.Second)) // a connection of ours
		_, _ = conn.Write(said[i%len(said)])              // it may hang up in the middle
		if i%10 == 0 {
			if _, found := c[1].Find(t.Context(), "482139"); !found {
				t.Errorf("round %d: the room is not found", i)
			}
			_, _ = io.Copy(io.Discard, io.LimitReader(conn, 1<<20)) // until it hangs up, or for a second
		}
		_ = raw.Close() // nothing is missed
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	const most = 16 << 20
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > most {
		t.Errorf("%d MiB more than before", grown>>20)
	}
	if _, found := c[1].Find(t.Context(), "482139"); !found || c[1].Relays() != 1 {
		t.Errorf("got found %t and %d relays, want the room and the other one", found, c[1].Relays())
	}
	if _, found := c[0].Find(t.Context(), "731000"); found {
		t.Error("a room that nobody opened was found")
	}
}
