package release

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func key(tb testing.TB, seed byte) (note.Signer, string) {
	tb.Helper()
	private, verifier, err := ournote.KeyFromSeed("musterhafen", []byte(strings.Repeat(string(rune(seed)), 32)))
	if err != nil {
		tb.Fatal(err)
	}
	s, err := note.NewSigner(private.Reveal())
	if err != nil {
		tb.Fatal(err)
	}
	return s, verifier
}

const content = "a program"

func list() List {
	sum := sha256.Sum256([]byte(content))
	return List{
		Serial: 3, Expires: now.AddDate(0, 1, 0), Version: "1.4.0", Minimum: "1.2.0",
		Files: []File{{"musterhafen-hilfe.exe", "windows", "participant", NoGL, int64(len(content)), hex.EncodeToString(sum[:])}},
	}
}

func TestListComesBack(t *testing.T) {
	s, verifier := key(t, 'a')
	signed, err := Sign(list(), s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(signed, []string{verifier}, now, 3)
	if err != nil || got.Serial != 3 || got.Files[0] != list().Files[0] || !got.Expires.Equal(list().Expires) {
		t.Errorf("got %+v, %v", got, err)
	}
	for version, old := range map[string]bool{"1.1.9": true, "1.2.0": false, "1.10.0": false, "": true, "2": true} {
		if got.TooOld(version) != old {
			t.Errorf("%q: got %v", version, !old)
		}
	}
	f := got.Files[0]
	if err := f.Check(strings.NewReader(content)); err != nil {
		t.Error(err)
	}
	for _, other := range []string{"", "a progran", content[:4], content + "!", strings.Repeat("x", 1<<16)} {
		if err := f.Check(strings.NewReader(other)); !errors.Is(err, ErrFile) {
			t.Errorf("%d bytes: got %v", len(other), err)
		}
	}
}

func TestListsThatAreRefused(t *testing.T) {
	s, verifier := key(t, 'a')
	_, another := key(t, 'b')
	signed, err := Sign(list(), s)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		data []byte
		keys []string
		now  time.Time
		seen uint32
		want error
	}{
		"another key":   {signed, []string{another}, now, 0, ErrList},
		"no key":        {signed, nil, now, 0, ErrList},
		"over":          {signed, []string{verifier}, now.AddDate(0, 2, 0), 0, ErrOver},
		"an older one":  {signed, []string{verifier}, now, 4, ErrOlder},
		"cut short":     {signed[:len(signed)-9], []string{verifier}, now, 0, ErrList},
		"another kind":  {raw(t, "licence", list(), s), []string{verifier}, now, 0, ErrList},
		"unknown field": {rawText(t, strings.Replace(text(t, list()), `{`, `{"more":1,`, 1), s), []string{verifier}, now, 0, ErrList},
		"other spacing": {rawText(t, strings.Replace(text(t, list()), `:`, `: `, 1), s), []string{verifier}, now, 0, ErrList},
	} {
		if _, err := Open(row.data, row.keys, row.now, row.seen); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
	for name, change := range map[string]func(*List){
		"no serial":         func(l *List) { l.Serial = 0 },
		"no end":            func(l *List) { l.Expires = time.Time{} },
		"no file":           func(l *List) { l.Files = nil },
		"two of a name":     func(l *List) { l.Files = append(l.Files, l.Files[0]) },
		"two of a kind":     func(l *List) { l.Files = append(l.Files, l.Files[0]); l.Files[1].Name = "other.exe" },
		"a folder":          func(l *List) { l.Files[0].Name = "../x.exe" },
		"a hidden file":     func(l *List) { l.Files[0].Name = ".x.exe" },
		"a short hash":      func(l *List) { l.Files[0].SHA256 = "ab" },
		"no size":           func(l *List) { l.Files[0].Size = 0 },
		"no version":        func(l *List) { l.Version = "" },
		"newer than itself": func(l *List) { l.Minimum = "1.5.0" },
	} {
		l := list()
		change(&l)
		if _, err := Sign(l, s); !errors.Is(err, ErrList) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func text(t *testing.T, l List) string {
	t.Helper()
	l.Schema = schema
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func raw(t *testing.T, kind string, l List, s note.Signer) []byte {
	t.Helper()
	out, err := ournote.SignWith(kind, []byte(text(t, l)), s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rawText(t *testing.T, text string, s note.Signer) []byte {
	t.Helper()
	out, err := ournote.SignWith(kind, []byte(text), s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What differs in one of the three is another program.
func TestListHoldsOneOfAKind(t *testing.T) {
	s, _ := key(t, 'a')
	l := list()
	for i, change := range []func(*File){func(f *File) { f.System = "linux" }, func(f *File) { f.Edition = "master" }, func(f *File) { f.Variant = "" }} {
		f := l.Files[0]
		f.Name = string(rune('a' + i))
		change(&f)
		l.Files = append(l.Files, f)
	}
	if _, err := Sign(l, s); err != nil {
		t.Error(err)
	}
}

func TestVariantIsHowAProgramWasBuilt(t *testing.T) {
	for tags, want := range map[string]string{"": "", "nogl": NoGL, "ci,nogl": NoGL, "noglass": "", "devprofile,ci": ""} {
		if got := Variant([]debug.BuildSetting{{Key: "-ldflags", Value: "nogl"}, {Key: "-tags", Value: tags}}); got != want {
			t.Errorf("%q: got %q, want %q", tags, got, want)
		}
	}
	by, _ := key(t, 'a')
	l := list()
	l.Files[0].Variant = "another"
	if _, err := Sign(l, by); !errors.Is(err, ErrList) {
		t.Errorf("got %v, want %v", err, ErrList)
	}
}
