package dial_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/relay/dial"
	"lotse/relay/relaytest"
)

const digestAsks = `Digest realm="office", qop="auth", nonce="NONCE", opaque="xyz", algorithm=`

func TestProxyIsToldWhoAsksInTheStrongestWay(t *testing.T) {
	const ntlm, basic = "NTLM", `Basic realm="office"`
	for _, c := range []struct {
		name    string
		schemes []string
		hangsUp bool
		page    int
		want    []string
	}{
		{"NTLM", []string{basic, digestAsks + "MD5", ntlm}, false, 0, []string{"", "NTLM 1", "NTLM 3"}},
		{"NTLM, with a page", []string{ntlm, basic}, false, 4000, []string{"", "NTLM 1", "NTLM 3"}},
		{"NTLM, hangs up first", []string{ntlm}, true, 10, []string{"", "NTLM 1", "NTLM 3"}},
		{"Negotiate", []string{basic, "Negotiate"}, false, 0, []string{"", "Negotiate 1", "Negotiate 3"}},
		{"Digest, MD5", []string{basic, digestAsks + "MD5"}, false, 0, []string{"", "Digest"}},
		{"Digest, SHA-256", []string{digestAsks + "SHA-256"}, true, 0, []string{"", "Digest"}},
		{"Basic", []string{basic}, false, 0, []string{"", "Basic"}},
		{"Basic, hangs up", []string{basic}, true, 0, []string{"", "Basic"}},
		{"Basic, with a page without an end", []string{basic}, false, 100_000, []string{"", "Basic"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := relaytest.New(t)
			p := (&relaytest.Porter{User: "Änna", Password: "korrektes Pferd", Schemes: c.schemes, HangsUp: c.hangsUp, Page: c.page}).Listen(t)
			cfg := masterOf(r)
			cfg.Servers = pinned(r, r.Addr())
			asks := &url.URL{Scheme: "http", Host: p.Addr(), User: url.UserPassword("Änna", "korrektes Pferd")}
			cfg.Proxy = func(context.Context, string) (*url.URL, error) { return asks, nil }
			findings := dial.Check(t.Context(), cfg)
			through := 0
			for _, f := range findings {
				if f.Way.Proxy != "" && f.Err == nil {
					through++
				}
			}
			if through != 3 {
				t.Errorf("got %d ways through the proxy, want 3: %+v", through, findings)
			}
			last := c.want[len(c.want)-1]
			told := p.Told()
			for i, s := range told {
				if !slices.Contains(c.want, s) || i == 0 && s != "" {
					t.Errorf("got %q, want nothing but %q", told, c.want)
					break
				}
			}
			if said(p, last) != 3 {
				t.Errorf("got %q, want %q three times", told, last)
			}
		})
	}
}

// A password itself is not said in the clear to a proxy that takes better.
func TestBasicIsNotSaidWhereBetterIsTaken(t *testing.T) {
	for _, better := range []string{`Digest realm="office", nonce="NONCE", algorithm=SHA-512-256`, "Negotiate", "NTLM"} {
		r := relaytest.New(t)
		p := (&relaytest.Porter{User: "anna", Password: "horse", Schemes: []string{`Basic realm="office"`, better}}).Listen(t)
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt("http://anna:wrong@"+p.Addr())
		_, err := dial.Connect(t.Context(), cfg)
		var refused *dial.ProxyError
		if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired || !slices.Contains(refused.Schemes, "Basic") {
			t.Errorf("%s: got %v, want a 407", better, err)
		}
		if told := p.Told(); slices.Contains(told, "Basic") || len(told) == 0 {
			t.Errorf("%s: got %q, want no Basic", better, told)
		}
	}
}

// Who stands between us and a proxy without TLS can offer Basic alone: the
// password is not said to what took better before, whether it was let through
// then or not.
func TestBasicIsNotSaidWhereBetterWasTaken(t *testing.T) {
	const basic = `Basic realm="office"`
	for _, better := range []string{"NTLM", "Negotiate", digestAsks + "MD5"} {
		for _, first := range []string{"right", "wrong"} {
			r := relaytest.New(t)
			p := (&relaytest.Porter{User: "anna", Password: "right", Schemes: []string{better}, To: r.Addr()}).Listen(t)
			cfg := masterOf(r)
			cfg.Servers, cfg.Proxy, cfg.Logins = pinned(r, blocked(t)), proxyAt("http://anna:"+first+"@"+p.Addr()), new(dial.Logins)
			c, err := dial.Connect(t.Context(), cfg)
			if (err == nil) != (first == "right") {
				t.Fatalf("%s: got %v", better, err)
			}
			if c != nil {
				c.Close()
			}
			p.Offer(basic)
			cfg.Proxy = proxyAt("http://anna:right@" + p.Addr())
			_, err = dial.Connect(t.Context(), cfg)
			var refused *dial.ProxyError
			if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired || !strings.Contains(err.Error(), "weaker than before") {
				t.Errorf("%s: got %v, want a 407", better, err)
			}
			if said(p, "Basic") != 0 {
				t.Errorf("%s: got %q, want no Basic", better, p.Told())
			}
			p.Offer(basic, better)
			c, err = dial.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatalf("%s: with it again: %v", better, err)
			}
			c.Close()
		}
	}
}

// A name that was refused once is not tried by the other ways too: some proxies
// lock a user out who was wrong a few times.
func TestWrongPasswordIsSaidOnce(t *testing.T) {
	for scheme, last := range map[string]string{"NTLM": "NTLM 3", digestAsks + "MD5": "Digest", `Basic realm="office"`: "Basic"} {
		r := relaytest.New(t)
		p := (&relaytest.Porter{User: "anna", Password: "right", Schemes: []string{scheme}}).Listen(t)
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy = pinned(r, blocked(t), blocked(t)), proxyAt("http://anna:hunter2@"+p.Addr())
		_, err := dial.Connect(t.Context(), cfg)
		var refused *dial.ProxyError
		if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want a 407 without the password", last, err)
		}
		if said(p, last) != 1 {
			t.Errorf("%s: got %q, want the password said once", last, p.Told())
		}
	}
}

// said counts how often a proxy was told something.
func said(p *relaytest.Porter, what string) int {
	n := 0
	for _, s := range p.Told() {
		if s == what {
			n++
		}
	}
	return n
}

// A password that has changed is said once in the old way, however often we come
// back, and by Best, too; a new one is said.
func TestPasswordThatWasRefusedIsNotSaidAgain(t *testing.T) {
	for scheme, last := range map[string]string{"NTLM": "NTLM 3", digestAsks + "MD5": "Digest", `Basic realm="office"`: "Basic"} {
		r, second := relaytest.New(t), relaytest.New(t)
		p := (&relaytest.Porter{User: "anna", Password: "first", Schemes: []string{scheme}}).Listen(t)
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy = pinned(r, r.Addr()), proxyAt("http://anna:first@"+p.Addr())
		cfg.Logins = new(dial.Logins)
		for _, f := range dial.Check(t.Context(), cfg) {
			if f.Err != nil {
				t.Errorf("%s: %v: %v", last, f.Way, f.Err)
			}
		}
		before := said(p, last)
		p.Change("second")
		r.Stop() // and with it whatever gets there without the proxy
		cfg.Servers = pinned(r, blocked(t))
		if before == 0 {
			t.Errorf("%s: never said", last)
		}
		dial.Check(t.Context(), cfg) // all ways at once
		for _, reach := range []func(context.Context, dial.Config) (*dial.Client, error){dial.Connect, dial.Connect, dial.Best} {
			_, err := reach(t.Context(), cfg)
			var refused *dial.ProxyError
			if !errors.As(err, &refused) || refused.Status != http.StatusProxyAuthRequired {
				t.Errorf("%s: got %v, want a 407", last, err)
			}
			cfg.Servers = append(pinned(r, blocked(t)), pinned(second, blocked(t))...)
		}
		if got := said(p, last) - before; got != 1 {
			t.Errorf("%s: the old password was said %d times, want once", last, got)
		}
		r.Restart()
		cfg.Servers, cfg.Proxy = pinned(r, r.Addr()), proxyAt("http://anna:second@"+p.Addr())
		for _, f := range dial.Check(t.Context(), cfg) {
			if f.Err != nil {
				t.Errorf("%s: with the new password: %v: %v", last, f.Way, f.Err)
			}
		}
	}
}

// A proxy that has not answered yet has not refused anybody: who gives up
// waiting keeps nobody else from being let through.
func TestSilenceOfAProxyIsNoRefusal(t *testing.T) {
	for scheme, last := range map[string]string{"NTLM": "NTLM 3", digestAsks + "MD5": "Digest", `Basic realm="office"`: "Basic"} {
		r := relaytest.New(t)
		hold := make(chan struct{})
		p := (&relaytest.Porter{User: "anna", Password: "right", Schemes: []string{scheme}, To: r.Addr(), Holds: hold}).Listen(t)
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy, cfg.Logins = pinned(r, blocked(t)), proxyAt("http://anna:right@"+p.Addr()), new(dial.Logins)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for said(p, last) == 0 {
				<-tick.C
			}
			cancel()
		}()
		_, err := dial.Connect(ctx, cfg)
		var refused *dial.ProxyError
		if err == nil || errors.As(err, &refused) {
			t.Errorf("%s: got %v, want that it was called off", last, err)
		}
		close(hold)
		useful(t, r, connect(t, cfg))
	}
}

// Negotiate without a domain behind it, as some appliances offer, comes to
// nothing; what else they take is tried, but for the password itself.
func TestSchemeThatComesToNothingIsFollowedByTheNext(t *testing.T) {
	const basic = `Basic realm="office"`
	for _, c := range []struct {
		name            string
		schemes         []string
		hangsUp, abrupt bool
		want            string
	}{
		{"asks again", []string{"Negotiate", basic, digestAsks + "MD5"}, false, false, "Digest"},
		{"hangs up", []string{"Negotiate", basic, digestAsks + "SHA-256"}, true, false, "Digest"},
		{"hangs up without a word", []string{"Negotiate", digestAsks + "MD5"}, false, true, "Digest"},
		{"NTLM alone", []string{"Negotiate", "NTLM", digestAsks + "MD5"}, false, false, "NTLM 3"},
		{"nothing but Basic", []string{"Negotiate", basic}, false, false, ""},
		{"nothing", []string{"Negotiate"}, false, true, ""},
	} {
		r := relaytest.New(t)
		p := (&relaytest.Porter{
			User: "anna", Password: "right", Schemes: c.schemes, To: r.Addr(), Mute: "Negotiate", HangsUp: c.hangsUp, Abrupt: c.abrupt,
		}).Listen(t)
		cfg := masterOf(r)
		cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt("http://anna:right@"+p.Addr())
		if c.want != "" {
			useful(t, r, connect(t, cfg))
		} else if _, err := dial.Connect(t.Context(), cfg); err == nil || said(p, "Basic") != 0 {
			t.Errorf("%s: got %v, %q, want a 407 without the password", c.name, err, p.Told())
		}
		if told := p.Told(); c.want != "" && (said(p, c.want) != 1 || said(p, "Negotiate 3") != 0) || len(told) > 12 {
			t.Errorf("%s: got %q, want %q once", c.name, told, c.want)
		}
	}
}

// Best asks again by Connect where a list is long.
func TestBestSaysARefusedPasswordOnce(t *testing.T) {
	r := relaytest.New(t)
	p := (&relaytest.Porter{User: "anna", Password: "right", Schemes: []string{"NTLM"}}).Listen(t)
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = nil, proxyAt("http://anna:wrong@"+p.Addr())
	for range 10 {
		cfg.Servers = append(cfg.Servers, pinned(r, blocked(t))...)
	}
	if _, err := dial.Best(t.Context(), cfg); err == nil {
		t.Error("reached a relay that is not there")
	}
	if got := said(p, "NTLM 3"); got != 1 {
		t.Errorf("said %d times, want once", got)
	}
}

// Nobody is told anything who does not ask.
func TestProxyThatDoesNotAskIsToldNothing(t *testing.T) {
	r := relaytest.New(t)
	office := relaytest.NewInterceptor(t, r.Addr())
	cfg := masterOf(r)
	cfg.Servers, cfg.Proxy = pinned(r, blocked(t)), proxyAt("http://anna:hunter2@"+office.Addr())
	useful(t, r, connect(t, cfg))
}
