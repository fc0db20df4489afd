package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse/packaging/profile"
)

// relayList is a list as somebody writes it, used until a day that many days off.
func relayList(serial, days int) []byte {
	return fmt.Appendf(nil, `{"schema": 1, "profile": "musterhafen-hilfe", "serial": %d, "not_after": %q, "relays": [
  {"addr": "lotse3.musterhafen.example:443", "region": "Musterhafen", "pins": [%q]}
]}`, serial, time.Now().AddDate(0, 0, days).Format(time.DateOnly), strings.Repeat("ab", 32))
}

// desk is a folder with an issuer's key and its public half: no program is built.
func desk(t *testing.T) *office {
	t.Helper()
	o := &office{tb: t, dir: t.TempDir()}
	o.ok("keys", "new", "-name", "musterhafen", "-out", o.path("issuer"))
	return o
}

func TestListOfRelaysIsSignedAndTaken(t *testing.T) {
	o := desk(t)
	o.write("relays.json", append([]byte("\xef\xbb\xbf"), relayList(4, 30)...)) // as Windows' editor saves it
	sign := []string{"list", "sign", "-in", o.path("relays.json"), "-issuer-key", o.path("issuer"), "-out", o.path("relays.list")}
	verifier := strings.TrimSpace(string(o.read("issuer.pub")))
	want := listSummary{
		Profile: "musterhafen-hilfe", Serial: 4, NotAfter: time.Now().AddDate(0, 0, 30).Format(time.DateOnly),
		Relays: []string{"lotse3.musterhafen.example:443"}, Issuer: verifier,
	}
	said := func(out string) (got listSummary) {
		t.Helper()
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		return got
	}
	if got := said(o.ok(append(sign, "-json")...)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	before := o.read("relays.list")
	if code, _, errs := run(t, "", sign...); code != exitFailed || !strings.Contains(errs, "-force") || !slices.Equal(before, o.read("relays.list")) {
		t.Errorf("a second time: got exit %d: %s", code, errs)
	}
	o.ok(append(sign, "-force")...)
	want.Issuer = ""
	show := []string{"list", "show", "-in", o.path("relays.list"), "-issuer", o.path("issuer.pub"), "-min-serial", "4", "-json"}
	if got := said(o.ok(show...)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if left, err := filepath.Glob(o.path(".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	// What programs do with it is what list show says.
	l, err := profile.OpenList(o.read("relays.list"), []string{verifier})
	if err != nil || l.Serial != 4 {
		t.Errorf("got %+v, %v", l, err)
	}
	for name, row := range map[string]struct {
		more string // of the profile
		code int
	}{
		"newer":           {fmt.Sprintf(`"relay_list": {"keys": [%q], "serial": 3},`, verifier), 0},
		"known already":   {fmt.Sprintf(`"relay_list": {"keys": [%q], "serial": 4},`, verifier), exitRefused},
		"nobody may sign": {"", exitRefused},
	} {
		text := strings.Replace(string(must(os.ReadFile("../brands/example/participant.json"))), `"schema": 1,`, `"schema": 1, `+row.more, 1)
		o.write("p.json", []byte(text))
		o.ok("profile", "sign", "-in", o.path("p.json"), "-issuer-key", o.path("issuer"), "-out", o.path("p.profile"), "-force")
		if code, out, _ := run(t, "", append(show, "-profile", o.path("p.profile"))...); code != row.code {
			t.Errorf("%s: got exit %d, want %d: %s", name, code, row.code, out)
		}
	}
}

func TestListOfRelaysThatNobodyTakesIsRefused(t *testing.T) {
	o := desk(t)
	o.ok("keys", "new", "-name", "another", "-out", o.path("another"))
	o.write("good.json", relayList(4, 30))
	o.write("over.json", relayList(4, -2))
	o.write("uncounted.json", relayList(0, 30))
	o.write("profile.json", must(os.ReadFile("../brands/example/participant.json")))
	o.write("long.json", make([]byte, profile.MaxList+1))
	sign := func(in, key string) []string {
		return []string{"list", "sign", "-in", o.path(in), "-issuer-key", o.path(key), "-out", o.path("relays.list")}
	}
	for name, row := range map[string]struct {
		args []string
		code int
	}{
		"over":            {sign("over.json", "issuer"), exitRefused},
		"not counted":     {sign("uncounted.json", "issuer"), exitRefused},
		"a profile":       {sign("profile.json", "issuer"), exitRefused},
		"too long":        {sign("long.json", "issuer"), exitFailed},
		"not there":       {sign("none.json", "issuer"), exitFailed},
		"a public key":    {sign("good.json", "issuer.pub"), exitKey},
		"no key":          {sign("good.json", "issuer")[:4], exitUsage},
		"two keys at all": {append(sign("good.json", "issuer"), "-issuer-module", "m.so"), exitUsage},
	} {
		if code, _, errs := run(t, "", row.args...); code != row.code {
			t.Errorf("%s: got exit %d, want %d: %s", name, code, row.code, errs)
		}
		if _, err := os.Stat(o.path("relays.list")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a file was written: %v", name, err)
		}
	}
	o.ok(sign("good.json", "issuer")...)
	show := func(more ...string) []string {
		return append([]string{"list", "show", "-in", o.path("relays.list")}, more...)
	}
	for name, row := range map[string]struct {
		args []string
		code int
	}{
		"somebody else's": {show("-issuer", o.path("another.pub")), exitRefused},
		"an older one":    {show("-issuer", o.path("issuer.pub"), "-min-serial", "5"), exitRefused},
		"of nobody":       {show(), exitUsage},
		"as written":      {[]string{"list", "show", "-in", o.path("good.json"), "-issuer", o.path("issuer.pub")}, exitRefused},
	} {
		if code, _, errs := run(t, "", row.args...); code != row.code {
			t.Errorf("%s: got exit %d, want %d: %s", name, code, row.code, errs)
		}
	}
}
