package checkup

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// doer is a check that has gone as the test says.
type doer struct {
	state State
	asked []string
}

func (d *doer) Begin()       { d.asked = append(d.asked, "begin") }
func (d *doer) CallOff()     { d.asked = append(d.asked, "call off") }
func (d *doer) State() State { return d.state }

func at() time.Time { return time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC) }

func page(findings ...dial.Finding) (*Page, *doer) {
	d := &doer{state: State{Phase: Done, Servers: []string{"a.example:5000", "b.example:5000"}, Findings: findings, At: at()}}
	p := NewPage(d, at)
	p.Open()
	d.asked = nil
	return p, d
}

func went(addr string, kind dial.Kind, err error) dial.Finding {
	return dial.Finding{
		Way: dial.Way{Relay: "a.example:5000", Addr: addr, Kind: kind}, Took: 38 * time.Millisecond, Err: err,
	}
}

// proxied is a way through a proxy.
func proxied(f dial.Finding) dial.Finding {
	f.Way.Proxy = "proxy.example:3128"
	return f
}

func unreachable(err error) error {
	return fmt.Errorf("%w: %w", dial.ErrUnreachable, err)
}

func TestServersAreToldInPlainSentences(t *testing.T) {
	asks := &dial.ProxyError{Proxy: "proxy.example:3128", Status: http.StatusProxyAuthRequired, Schemes: []string{"NTLM", "Basic"}}
	who := &dial.ProxyError{Proxy: "proxy.example:3128", Status: http.StatusProxyAuthRequired}
	no := &dial.ProxyError{Proxy: "proxy.example:3128", Status: http.StatusForbidden}
	silence, refusal := unreachable(context.DeadlineExceeded), unreachable(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	key := fmt.Errorf("%w: somewhere", dial.ErrRelayKey)
	for _, c := range []struct {
		name      string
		of        []dial.Finding
		light     Light
		says      string
		attention bool
	}{
		{"directly", []dial.Finding{went("a.example:5000", dial.TLS, silence), went("a.example:443", dial.TLS, nil)}, Green, "Works: directly on port 443, 38 ms.", false},
		{"web", []dial.Finding{went("a.example:443", dial.TLS, silence), went("a.example:443", dial.WSS, nil)}, Green, "Works: as web traffic on port 443, 38 ms.", false},
		{"through", []dial.Finding{went("a.example:443", dial.TLS, silence), proxied(went("a.example:443", dial.TLS, nil))}, Green, "Works only through this network's proxy proxy.example:3128, 38 ms.", false},
		{"looked into", []dial.Finding{went("a.example:443", dial.TLS, key), went("a.example:443", dial.WSS, nil)}, Amber, "Works: as web traffic on port 443, 38 ms.", true},
		{"asks", []dial.Finding{went("a.example:443", dial.TLS, silence), proxied(went("a.example:443", dial.TLS, unreachable(asks)))}, Red, "The proxy proxy.example:3128 asks for a name and a password (NTLM, Basic).", false},
		{"asks somehow", []dial.Finding{proxied(went("a.example:443", dial.TLS, unreachable(who)))}, Red, "The proxy proxy.example:3128 asks for a name and a password.", false},
		{"proxy says no", []dial.Finding{proxied(went("a.example:443", dial.TLS, unreachable(no))), went("a.example:443", dial.WSS, refusal)}, Red, "The proxy proxy.example:3128 lets nothing through to this server (answer 403).", false},
		{"wrong key", []dial.Finding{proxied(went("a.example:443", dial.TLS, unreachable(asks))), went("a.example:443", dial.TLS, key)}, Red, "A wrong key answers: somebody is in between, or it is another server.", false},
		{"silence", []dial.Finding{went("a.example:443", dial.TLS, silence)}, Red, "No answer: a firewall keeps it back, or there is no Internet.", false},
		{"refused", []dial.Finding{went("a.example:443", dial.TLS, silence), went("a.example:443", dial.WSS, refusal)}, Red, "Turned away: the server is not running, or a firewall says no.", false},
		{"refused by Windows", []dial.Finding{went("a.example:443", dial.TLS, unreachable(errConnRefused))}, Red, "Turned away: the server is not running, or a firewall says no.", false},
		{"no name", []dial.Finding{went("a.example:443", dial.TLS, unreachable(&net.DNSError{Err: "no such host"}))}, Red, "The server's name is not found here: there is no Internet, or this network hides the name.", false},
		{"not allowed", []dial.Finding{went("a.example:443", dial.TLS, profile.ErrNotAllowed)}, Red, "This program's settings do not let it go there.", false},
		{"too old", []dial.Finding{went("a.example:443", dial.TLS, &wire.UpgradeError{})}, Red, "The server can be reached, but this program is too old for it.", false},
		{"turned away", []dial.Finding{went("a.example:443", dial.TLS, &wire.DeniedError{})}, Red, "The server can be reached, but turns this program away.", false},
		{"wait", []dial.Finding{went("a.example:443", dial.TLS, &wire.WaitError{After: 16 * time.Second})}, Red, "The server can be reached and asks to wait 16 s: there were too many tries from here.", false},
		{"strange", []dial.Finding{went("a.example:443", dial.TLS, errors.New("x"))}, Red, "It did not work; the report says why.", false},
	} {
		p, _ := page(c.of...)
		got := p.View(words.In(words.English)).Lines
		if len(got) != 1 {
			t.Errorf("%s: got %+v, want the one server of which something is known", c.name, got)
			continue
		}
		if l := got[0]; l.Name != "a.example" || l.Light != c.light || l.Says != c.says || (l.Attention != "") != c.attention {
			t.Errorf("%s: got %+v, want light %d, %q", c.name, l, c.light, c.says)
		}
	}
}

func TestAllTogetherIsSaidFirst(t *testing.T) {
	key := fmt.Errorf("%w: somewhere", dial.ErrRelayKey)
	silence := unreachable(context.DeadlineExceeded)
	for _, c := range []struct {
		name  string
		of    []dial.Finding
		phase Phase
		light Light
		says  string
	}{
		{"works", []dial.Finding{went("a", dial.TLS, key), went("a", dial.WSS, nil)}, Done, Green, "It works: from here a server can be reached."},
		{"works so far", []dial.Finding{went("a", dial.WSS, nil)}, CalledOff, Green, "It works: from here a server can be reached."},
		{"danger", []dial.Finding{went("a", dial.TLS, silence), went("a", dial.TLS, key)}, Done, Red, "Somebody in between answers in place of the server. Do not go on."},
		{"too old", []dial.Finding{went("a", dial.TLS, silence), went("a", dial.TLS, &wire.UpgradeError{})}, Done, Amber, "The server can be reached, but this program is too old for it."},
		{"nothing", []dial.Finding{went("a", dial.TLS, silence)}, Done, Red, "No server can be reached from here."},
		{"called off", nil, CalledOff, Grey, "You called it off. This is what was found until then."},
	} {
		p, d := page(c.of...)
		d.state.Phase = c.phase
		if v := p.View(words.In(words.English)); v.Light != c.light || v.Sum != c.says {
			t.Errorf("%s: got %d, %q, want %d, %q", c.name, v.Light, v.Sum, c.light, c.says)
		}
	}
	p, d := page()
	d.state.Servers = nil
	if v := p.View(words.In(words.German)); v.Light != Amber || !strings.HasPrefix(v.Sum, "Dieses Programm kennt keinen Server.") || v.Copy+v.Details != "" {
		t.Errorf("without servers: got %+v", v)
	}
}

func TestClockIsToldWhenItIsWrong(t *testing.T) {
	for _, c := range []struct {
		skew []time.Duration
		want string
	}{
		{[]time.Duration{59 * time.Second}, ""},
		{[]time.Duration{-time.Minute}, ""},
		{[]time.Duration{5 * time.Minute}, "This computer's clock is 5 min slow."},
		{[]time.Duration{-3 * time.Hour}, "This computer's clock is 3 h 0 min fast."},
		{[]time.Duration{50 * time.Hour}, "This computer's clock is 2 d 2 h slow."},
		{[]time.Duration{0, time.Second, 400 * time.Hour}, ""}, // one server's own is wrong
	} {
		var of []dial.Finding
		for _, s := range c.skew {
			f := went("a.example:443", dial.TLS, nil)
			f.Skew = s
			of = append(of, f)
		}
		p, _ := page(of...)
		got := ""
		if lines := p.View(words.In(words.English)).Lines; len(lines) > 1 {
			got = lines[1].Says
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.skew, got, c.want)
		}
	}
}

func TestPageLeadsThroughACheck(t *testing.T) {
	w := words.In(words.English)
	p, d := page(went("a.example:443", dial.TLS, nil))
	d.state.Phase, d.state.Tried, d.state.Ways = Running, 3, 12
	if v := p.View(w); !v.Running || v.CallOff == "" || v.Lines != nil || v.Again+v.Copy+v.Details+v.Sum != "" || v.Focus != CallOffPart {
		t.Errorf("got %+v, want a page that runs", v)
	}
	if got, want := p.Progress(w), "3 of 12 ways tried"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.CallOff()
	d.state.Phase = CalledOff
	if v := p.View(w); v.Running || v.CallOff != "" || v.Focus != BackPart || p.Progress(w) != "" {
		t.Errorf("got %+v, want a page that has ended", v)
	}
	p.Details()
	v := p.View(w)
	if want := []string{"a.example:443, TLS: works, 38 ms"}; !slices.Equal(v.Ways, want) || v.Details != "Hide the ways" || v.Focus != DetailsPart {
		t.Errorf("got %+v, want %q", v, want)
	}
	p.Again()
	p.Close()
	p.Close()
	if want := []string{"call off", "begin", "call off"}; !slices.Equal(d.asked, want) || p.Opened() {
		t.Errorf("got %q, open %t, want %q and closed", d.asked, p.Opened(), want)
	}
	if p.View(w).Ways != nil {
		t.Error("got the ways shown in the next check, want them hidden")
	}
	var none *Page
	none.Open()
	none.Close()
	if none.Opened() || none.Offer(w) != "" {
		t.Error("got a page where there is no check")
	}
}

func TestReportIsForITAndHoldsNoSecret(t *testing.T) {
	stranger := went("a.example:80", dial.WS, fmt.Errorf("%w: a stranger's\n\x1b[31mtext %s", dial.ErrUnreachable, strings.Repeat("x", 1000)))
	works := proxied(went("a.example:443", dial.TLS, nil))
	works.Skew = -2 * time.Second
	p, _ := page(works, stranger)
	w := words.In(words.English)
	got := p.Copy(w)
	for _, want := range []string{
		"Report of a connection check\n2026-03-04T10:00:00Z\n", "It works: from here a server can be reached.",
		"a.example: Works only through this network's proxy proxy.example:3128, 38 ms.",
		"a.example:443, TLS, through proxy.example:3128: 38 ms, ok, clock -2 s\n",
		"a.example:80, WS: 38 ms, dial: no relay can be reached: a stranger's  [31mtext x",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %q", got, want)
		}
	}
	if len(got) > 1500 || strings.Contains(got, "\x1b") {
		t.Errorf("got %d bytes, want a bounded line without control characters", len(got))
	}
	if v := p.View(w); v.Copy != "Copied" || v.Focus != CopyPart {
		t.Errorf("got %q, focus %d, want it said", v.Copy, v.Focus)
	}
}

// What a person reads of a real check through a proxy that wants to know who
// asks and is told a wrong password.
func TestPasswordOfAProxyIsNowhere(t *testing.T) {
	office := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Proxy-Authenticate", "Basic realm=office")
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer office.Close()
	where, err := url.Parse("http://anna:hunter2@" + office.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	findings := dial.Check(t.Context(), dial.Config{
		Servers: []profile.Relay{{Addr: "127.0.0.1:1", Pins: [][32]byte{{1}}}}, Role: wire.RoleParticipant,
		Allow: func(string) error { return nil },
		Proxy: func(context.Context, string) (*url.URL, error) { return where, nil },
	})
	d := &doer{state: State{Phase: Done, Servers: []string{"127.0.0.1:1"}, Findings: findings}}
	p, w := NewPage(d, at), words.In(words.German)
	p.Open()
	p.Details()
	text := fmt.Sprintf("%+v %s", p.View(w), p.Copy(w))
	if !strings.Contains(text, "fragt nach Name und Kennwort (Basic)") {
		t.Errorf("got %s, want what the proxy asks for", text)
	}
	for _, secret := range []string{"hunter2", "anna", base64.StdEncoding.EncodeToString([]byte("anna:hunter2"))} {
		if strings.Contains(text, secret) {
			t.Errorf("got %q in %s", secret, text)
		}
	}
}

func TestEqualStatesLookTheSame(t *testing.T) {
	p, _ := page(went("a.example:443", dial.TLS, nil))
	w := words.In(words.English)
	if a, b := p.View(w), p.View(w); !reflect.DeepEqual(a, b) {
		t.Errorf("got %+v, then %+v", a, b)
	}
}

func TestWhatToDoIsSaidOnce(t *testing.T) {
	wrong := func(relay string) dial.Finding {
		return dial.Finding{Way: dial.Way{Relay: relay, Addr: relay, Kind: dial.TLS}, Err: dial.ErrRelayKey}
	}
	const one, two = "one.example:443", "two.example:443"
	p := NewPage(&doer{state: State{Phase: Done, Servers: []string{one, two}, Findings: []dial.Finding{wrong(one), wrong(two)}}}, time.Now)
	v := p.View(words.In(words.English))
	if v.Next == "" || len(v.Lines) != 2 || v.Lines[0].Next+v.Lines[1].Next != "" {
		t.Errorf("got %+v", v)
	}
}
