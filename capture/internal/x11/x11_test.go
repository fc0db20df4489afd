package x11_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

func TestDialWithoutAServerSaysSo(t *testing.T) {
	for _, display := range []string{":65533", "nonsense"} {
		if c, err := x11.Dial(display); !errors.Is(err, x11.ErrNoServer) {
			t.Errorf("%q: got %v, %v, want ErrNoServer", display, c, err)
		}
	}
	t.Setenv("DISPLAY", "")
	if c, err := x11.Dial(""); !errors.Is(err, x11.ErrNoServer) {
		t.Errorf("no DISPLAY: got %v, %v, want ErrNoServer", c, err)
	}
}

func TestDialKnowsWhatTheServerHas(t *testing.T) {
	server := x11test.Start(t, "320x240x24")
	c := dial(t, server, "DAMAGE", "NO-SUCH-THING")
	got := []bool{c.Has("DAMAGE"), c.Has("NO-SUCH-THING"), c.Has("XTEST"), c.Local}
	want := []bool{true, false, false, true}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
			break
		}
	}
}

func dial(t *testing.T, server *x11test.Server, extensions ...string) *x11.Conn {
	t.Helper()
	c, err := x11.Dial(server.Display, extensions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// An error that nobody knows would leave its request waiting for ever.
func TestErrorsOfExtensionsArrive(t *testing.T) {
	c := dial(t, x11test.Start(t, "320x240x24"), "DAMAGE")
	if _, err := damage.QueryVersion(c.Conn, 1, 1).Reply(); err != nil {
		t.Fatal(err)
	}
	const nobodys = 1
	var failure x11.ExtensionError
	err := damage.DestroyChecked(c.Conn, damage.Damage(nobodys)).Check()
	if !errors.As(err, &failure) || failure.BadId() != nobodys {
		t.Errorf("got %v, want a failure of resource %d", err, nobodys)
	}
}

func TestEventsOfExtensionsAreToldApart(t *testing.T) {
	c := dial(t, x11test.Start(t, "320x240x24"), "DAMAGE", "XFIXES")
	if _, err := damage.QueryVersion(c.Conn, 1, 1).Reply(); err != nil {
		t.Fatal(err)
	}
	id, err := damage.NewDamageId(c.Conn)
	if err != nil {
		t.Fatal(err)
	}
	root := xproto.Drawable(c.Screen.Root)
	if err := damage.CreateChecked(c.Conn, id, root, damage.ReportLevelNonEmpty).Check(); err != nil {
		t.Fatal(err)
	}
	event, failure := c.WaitForEvent()
	if event == nil {
		t.Fatalf("got %v, want an event", failure)
	}
	if n, ok := c.Of("DAMAGE", event); !ok || n != damage.Notify {
		t.Errorf("got %d %t, want DAMAGE's %d", n, ok, damage.Notify)
	}
	if n, ok := c.Of("XTEST", event); ok {
		t.Errorf("got %d of an extension nobody asked for", n)
	}
	if n, ok := c.Of("DAMAGE", xproto.MappingNotifyEvent{}); ok {
		t.Errorf("got %d for an event of the core", n)
	}
}

// Under the race detector this fails when one connection writes to what the
// goroutine of another reads.
func TestConnectionsDoNotDisturbEachOther(t *testing.T) {
	server := x11test.Start(t, "320x240x24")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := x11.Dial(server.Display, "DAMAGE", "XFIXES", "RANDR", "XTEST")
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if _, err := damage.QueryVersion(c.Conn, 1, 1).Reply(); err != nil {
				t.Error(err)
			}
			if err := damage.DestroyChecked(c.Conn, 1).Check(); err == nil {
				t.Error("got no error, want one for a damage that isn't there")
			}
		})
	}
	all.Wait()
}
