package checkup

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// begin runs a checkup until the test ends, or until end is called.
func begin(t *testing.T, c *Checkup) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = c.Run(ctx) // it ends when it is told to
	}()
	end = func() {
		cancel()
		<-done
	}
	t.Cleanup(end)
	return end
}

func TestCheckRunsTellsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := []dial.Finding{{Way: dial.Way{Relay: "a:1", Addr: "a:1", Kind: dial.TLS}, Took: time.Second}}
		tries := 0
		c := newCheckup([]string{"a:1"}, time.Now, func(ctx context.Context, progress func(done, of int)) []dial.Finding {
			tries++
			progress(1, 3)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Second):
				return want
			}
		})
		begin(t, c)
		if got := c.State(); got.Phase != Idle || len(got.Servers) != 1 {
			t.Errorf("got %+v, want nothing but the servers", got)
		}
		c.Begin()
		c.Begin() // it runs already
		synctest.Wait()
		if got := c.State(); got.Phase != Running || got.Tried != 1 || got.Ways != 3 || got.Findings != nil {
			t.Errorf("got %+v, want one of three ways tried", got)
		}
		<-time.After(2 * time.Second) // of the test's own clock
		synctest.Wait()
		if got := c.State(); got.Phase != Done || !slices.Equal(got.Findings, want) || got.At.IsZero() || tries != 1 {
			t.Errorf("got %+v after %d tries, want %+v after one", got, tries, want)
		}
	})
}

func TestCheckThatIsCalledOffMakesRoomForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := dial.Finding{Way: dial.Way{Relay: "a:1", Addr: "first"}}
		second := dial.Finding{Way: dial.Way{Relay: "a:1", Addr: "second"}}
		tries := 0
		c := newCheckup([]string{"a:1"}, time.Now, func(ctx context.Context, progress func(done, of int)) []dial.Finding {
			tries++
			if tries == 1 {
				<-ctx.Done()
				progress(9, 9)
				return []dial.Finding{first}
			}
			return []dial.Finding{second}
		})
		begin(t, c)
		c.Begin()
		synctest.Wait()
		c.CallOff()
		c.CallOff()
		synctest.Wait()
		if got := c.State(); got.Phase != CalledOff || !slices.Equal(got.Findings, []dial.Finding{first}) {
			t.Errorf("got %+v, want what was found", got)
		}
		c.Begin()
		c.CallOff() // before it began
		c.Begin()
		synctest.Wait()
		if got := c.State(); got.Phase != Done || !slices.Equal(got.Findings, []dial.Finding{second}) || got.Tried != 0 || tries != 2 {
			t.Errorf("got %+v after %d tries, want the second one's word", got, tries)
		}
	})
}

// The real thing, to a relay that is there and to one that is not.
func TestCheckAsksTheProfilesServers(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "")
	}
	r := relaytest.New(t)
	here := r.Servers()[0]
	there := here
	there.Addr, here.Region, there.Region = "192.0.2.1:443", "DE", "US"
	c := New(&profile.Profile{Relays: []profile.Relay{here, there}, Regions: []string{"DE"}}, wire.RoleParticipant)
	tried := make(chan struct{})
	inner := c.try
	c.try = func(ctx context.Context, progress func(done, of int)) []dial.Finding {
		defer close(tried)
		return inner(context.WithoutCancel(ctx), progress)
	}
	end := begin(t, c)
	c.Begin()
	<-tried
	end()
	got := c.State()
	if len(got.Servers) != 1 || len(got.Findings) != 3 || got.Ways != 6 || got.Tried != 6 {
		t.Fatalf("got %+v, want three ways to the one in DE", got)
	}
	for _, f := range got.Findings {
		if f.Err != nil {
			t.Errorf("got %+v, want a greeting", f)
		}
	}
}
