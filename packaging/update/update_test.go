package update

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/profile"
	"lotse/packaging/release"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// keyOf returns the key pair of a name, the same one each time.
func keyOf(t *testing.T, name string) (note.Signer, string) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	private, verifier, err := ournote.KeyFromSeed(name, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// version is how a program says its own.
func version(v string) string { return "\x91\x03\xb7NOISREV ESTOL\xe2\x1d\x9c" + v + "\n" }

// program is what carries a profile; the rest of it is a word.
func program(t *testing.T, word string, change func(map[string]any)) ([]byte, *profile.Profile) {
	t.Helper()
	_, verifier := keyOf(t, "releases")
	d := map[string]any{
		"schema": 1, "id": "musterhafen-hilfe", "serial": 7, "edition": "participant", "organisation": "Stadtwerke Musterhafen",
		"name": "Musterhafen Hilfe", "lan": true,
		"update": map[string]any{"list": "https://musterhafen.example/lotse/releases.json", "keys": []string{verifier}, "in_place": true},
	}
	if change != nil {
		change(d)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	signer, issuer := keyOf(t, "musterhafen")
	signed, err := profile.Sign(text, signer)
	if err != nil {
		t.Fatal(err)
	}
	out := append([]byte("\x7fELF "+word+version("0.2.0")), profile.EmptySlot()...)
	if err := profile.Fill(out, profile.Slot{Issuers: []string{issuer}, Note: signed}); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return out, p
}

// world is a program on a computer, and a server with newer ones.
type world struct {
	t      *testing.T
	target string
	old    []byte
	files  map[string][]byte // by path
	serve  http.HandlerFunc  // nil serves files
	c      Config
	steps  []Step
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, target: filepath.Join(t.TempDir(), "musterhafen-hilfe"), files: make(map[string][]byte)}
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.serve != nil {
			w.serve(rw, r)
			return
		}
		b, ok := w.files[r.URL.Path]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		if _, err := rw.Write(b); err != nil {
			t.Log(err)
		}
	}))
	t.Cleanup(server.Close)
	var p *profile.Profile
	w.old, p = program(t, "old", nil)
	if err := os.WriteFile(w.target, w.old, 0o755); err != nil {
		t.Fatal(err)
	}
	p.UpdateList = server.URL + "/lotse/releases.json"
	w.c = Config{
		Profile: p, Version: "0.1.0", Client: server.Client(), Target: w.target, System: "linux",
		Publisher: func(string, *profile.Profile) error { return nil }, Now: func() time.Time { return now },
	}
	return w
}

// offer puts a program on the server, in a list that change may spoil.
func (w *world) offer(b []byte, signer string, change func(*release.List)) {
	w.t.Helper()
	sum := sha256.Sum256(b)
	l := release.List{
		Schema: 1, Serial: 3, Expires: now.Add(24 * time.Hour), Version: "0.2.0", Minimum: "0.1.0",
		Files: []release.File{{Name: "musterhafen-hilfe", System: "linux", Edition: "participant", Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}},
	}
	if change != nil {
		change(&l)
	}
	text, err := json.Marshal(l)
	if err != nil {
		w.t.Fatal(err)
	}
	key, _ := keyOf(w.t, signer)
	signed, err := ournote.SignWith("releases", text, key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.files["/lotse/releases.json"], w.files["/lotse/musterhafen-hilfe"] = signed, b
}

func (w *world) run(ctx context.Context) error {
	return Run(ctx, w.c, func(s Step) { w.steps = append(w.steps, s) })
}

// finds checks what lies there: the program, and nothing beside it.
func (w *world) finds(want []byte) {
	w.t.Helper()
	got, err := os.ReadFile(w.target)
	if err != nil || !bytes.Equal(got, want) {
		w.t.Errorf("the program: got %d bytes, %v, want %d others", len(got), err, len(want))
	}
	entries, err := os.ReadDir(filepath.Dir(w.target))
	if err != nil || len(entries) != 1 {
		w.t.Errorf("got %v, %v, want the program alone", entries, err)
	}
}

func TestNewerProgramTakesTheOldOnesPlace(t *testing.T) {
	w := newWorld(t)
	fresh, _ := program(t, "new", func(d map[string]any) { d["serial"] = 8 })
	w.offer(fresh, "releases", nil)
	if err := w.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.finds(fresh)
	size := int64(len(fresh))
	if first, last := w.steps[0], w.steps[len(w.steps)-1]; first != (Step{Phase: Looking}) || last != (Step{Replacing, size, size}) {
		t.Errorf("got %+v to %+v, want looking to replacing", first, last)
	}
	if s, err := os.Stat(w.target); err != nil || s.Mode().Perm() != 0o755 {
		t.Errorf("got mode %v, %v, want that of the old one", s.Mode(), err)
	}
	if err := w.run(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("again: got %v, want %v", err, ErrNone)
	}
}

func TestNothingElseTakesItsPlace(t *testing.T) {
	for name, row := range map[string]struct {
		spoil func(*world)
		want  error
	}{
		"signed by somebody else": {func(w *world) { w.offer(fresh(w.t, nil), "musterhafen", nil) }, ErrList},
		"list over": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Expires = now.Add(-1) })
		}, ErrListOver},
		"list over, by somebody else": {func(w *world) {
			w.offer(fresh(w.t, nil), "musterhafen", func(l *release.List) { l.Expires = now.Add(-1) })
		}, ErrList},
		"list without an end": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Expires = time.Time{} })
		}, ErrList},
		"list of another kind": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Schema = 2 })
		}, ErrList},
		"list that leads away": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].Name = "../musterhafen-hilfe" })
		}, ErrList},
		"list too long": {func(w *world) { w.files["/lotse/releases.json"] = make([]byte, maxList+1) }, ErrUnreachable},
		"more than a program can be": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].Size = maxProgram + 1 })
		}, ErrFile},
		"no list": {func(*world) {}, ErrUnreachable},
		"older": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Version, l.Minimum = "0.0.9", "0.0.1" })
		}, ErrNone},
		"the same": {func(w *world) { w.offer(w.old, "releases", nil) }, ErrNone},
		"another system": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].System = "windows" })
		}, ErrNone},
		"another system, and too old": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].System, l.Minimum = "windows", "0.2.0" })
		}, ErrTooOld},
		"another edition": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].Edition = "master" })
		}, ErrNone},
		"a byte changed": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", nil)
			w.files["/lotse/musterhafen-hilfe"] = append([]byte{0}, w.files["/lotse/musterhafen-hilfe"][1:]...)
		}, ErrFile},
		"a byte missing": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", nil)
			w.files["/lotse/musterhafen-hilfe"] = w.files["/lotse/musterhafen-hilfe"][1:]
		}, ErrFile},
		"a byte more": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", nil)
			w.files["/lotse/musterhafen-hilfe"] = append(w.files["/lotse/musterhafen-hilfe"], 0)
		}, ErrUnreachable},
		"an older profile": {func(w *world) {
			w.offer(fresh(w.t, func(d map[string]any) { d["serial"] = 6 }), "releases", nil)
		}, ErrFile},
		"another profile": {func(w *world) {
			w.offer(fresh(w.t, func(d map[string]any) { d["id"] = "other" }), "releases", nil)
		}, ErrFile},
		"a profile that is over": {func(w *world) {
			w.offer(fresh(w.t, func(d map[string]any) { d["not_after"] = "2026-05-31" }), "releases", nil)
		}, ErrFile},
		"a profile that wants a newer program": {func(w *world) {
			w.offer(fresh(w.t, func(d map[string]any) { d["min_version"] = "0.3.0" }), "releases", nil)
		}, ErrFile},
		"an older program that is listed as newer": {func(w *world) {
			w.offer(bytes.Replace(fresh(w.t, nil), []byte(version("0.2.0")), []byte(version("0.1.0")), 1), "releases", nil)
		}, ErrFile},
		"no version": {func(w *world) {
			w.offer(bytes.Replace(fresh(w.t, nil), []byte(version("0.2.0")), nil, 1), "releases", nil)
		}, ErrFile},
		"no profile": {func(w *world) {
			w.offer(append([]byte("\x7fELF"+version("0.2.0")), profile.EmptySlot()...), "releases", nil)
		}, ErrFile},
		"no program": {func(w *world) { w.offer([]byte("hello"), "releases", nil) }, ErrFile},
		"another publisher's": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", nil)
			w.c.Publisher = func(path string, p *profile.Profile) error {
				if b, err := os.ReadFile(path); err != nil || len(b) == 0 || p != w.c.Profile {
					w.t.Errorf("asked about %d bytes, %v", len(b), err)
				}
				return errors.New("somebody else")
			}
		}, ErrPublisher},
		// It would be in place, and start no more.
		"whom the new profile does not name": {func(w *world) {
			w.offer(fresh(w.t, func(d map[string]any) { d["serial"] = 8 }), "releases", nil)
			w.c.Publisher = func(_ string, p *profile.Profile) error {
				if p == w.c.Profile {
					return nil
				}
				if p.Serial != 8 {
					w.t.Errorf("asked with profile %d", p.Serial)
				}
				return errors.New("somebody whom it does not name")
			}
		}, ErrPublisher},
		"a redirect": {func(w *world) {
			w.serve = func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/away") {
					w.t.Errorf("got a request for %s", r.URL)
				}
				http.Redirect(rw, r, "/away/releases.json", http.StatusFound)
			}
		}, ErrUnreachable},
		"off in the profile": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", nil)
			w.c.Profile.UpdateInPlace = false
		}, ErrOff},
		"macOS": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].System = "darwin" })
			w.c.System = "darwin"
			w.serve = func(http.ResponseWriter, *http.Request) { w.t.Error("it fetches what it can't use") }
		}, ErrOff},
		"no keys": {func(w *world) { w.offer(fresh(w.t, nil), "releases", nil); w.c.Profile.UpdateKeys = nil }, ErrOff},
		"not encrypted": {func(w *world) {
			w.offer(fresh(w.t, nil), "releases", nil)
			w.c.Profile.UpdateList = strings.Replace(w.c.Profile.UpdateList, "https", "http", 1)
		}, ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			row.spoil(w)
			if err := w.run(t.Context()); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			w.finds(w.old)
		})
	}
}

// Of two programs for one system the one like this one is taken, wherever it
// stands in the list.
func TestProgramIsReplacedByOneOfItsKind(t *testing.T) {
	for _, ours := range []string{"", release.NoGL} {
		for _, first := range []string{"", release.NoGL} {
			t.Run(ours+" of "+first+" and the other", func(t *testing.T) {
				w := newWorld(t)
				w.c.Variant = &ours
				other, _ := program(t, "other", nil)
				mine := fresh(t, nil)
				listed := func(l *release.List) {
					like, unlike := l.Files[0], l.Files[0]
					sum := sha256.Sum256(other)
					like.Variant, unlike.Variant = ours, release.NoGL
					if ours == release.NoGL {
						unlike.Variant = ""
					}
					unlike.Name, unlike.Size, unlike.SHA256 = "other", int64(len(other)), hex.EncodeToString(sum[:])
					l.Files = []release.File{like, unlike}
					if first != ours {
						l.Files = []release.File{unlike, like}
					}
				}
				w.offer(mine, "releases", listed)
				w.files["/lotse/other"] = other
				if err := w.run(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.finds(mine)
				// The other one alone is nothing newer.
				w.offer(other, "releases", func(l *release.List) {
					listed(l)
					l.Files = slices.DeleteFunc(l.Files, func(f release.File) bool { return f.Variant == ours })
				})
				if err := w.run(t.Context()); !errors.Is(err, ErrNone) {
					t.Errorf("the other alone: got %v, want %v", err, ErrNone)
				}
				w.finds(mine)
			})
		}
	}
}

func fresh(t *testing.T, change func(map[string]any)) []byte {
	t.Helper()
	b, _ := program(t, "new", change)
	return b
}

// TestCalledOffLeavesEverything stops in the middle of the download, and at the
// last moment.
func TestCalledOffLeavesEverything(t *testing.T) {
	w := newWorld(t)
	b := fresh(t, nil)
	w.offer(b, "releases", nil)
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan struct{})
	w.serve = func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/lotse/releases.json" {
			_, err := rw.Write(w.files[r.URL.Path])
			if err != nil {
				t.Error(err)
			}
			return
		}
		_, _ = rw.Write(b[:1000])
		rw.(http.Flusher).Flush()
		cancel()
		<-held
	}
	err := w.run(ctx)
	close(held)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	w.finds(w.old)

	w.serve = nil
	ctx, cancel = context.WithCancel(t.Context())
	w.c.Publisher = func(string, *profile.Profile) error { cancel(); return nil }
	if err := w.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("at the last moment: got %v, want %v", err, context.Canceled)
	}
	w.finds(w.old)
}

func TestFolderThatTakesNothingIsTold(t *testing.T) {
	w := newWorld(t)
	w.offer(fresh(t, nil), "releases", nil)
	w.c.Target = filepath.Join(w.target, "not", "there")
	if err := w.run(t.Context()); !errors.Is(err, ErrPlace) {
		t.Errorf("got %v, want %v", err, ErrPlace)
	}
	w.finds(w.old)
}

func TestFileLiesBesideTheList(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/releases.json":           "https://a.example/x.exe",
		"https://a.example/b/c/releases.json?v=1#f": "https://a.example/b/c/x.exe",
		"https://a.example":                         "https://a.example/x.exe",
		"https://a.example/../../releases.json":     "https://a.example/x.exe",
	} {
		if got := beside(in, "x.exe"); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestReplacingIsOfferedWhereItWorks(t *testing.T) {
	_, verifier := keyOf(t, "releases")
	good := profile.Profile{UpdateInPlace: true, UpdateList: "https://musterhafen.example/releases.json", UpdateKeys: []string{verifier}}
	off, noList, noKeys := good, good, good
	off.UpdateInPlace, noList.UpdateList, noKeys.UpdateKeys = false, "", nil
	for _, row := range []struct {
		name   string
		p      profile.Profile
		system string
		want   bool
	}{
		{"Windows", good, "windows", true},
		{"Linux", good, "linux", true},
		{"macOS", good, "darwin", false},
		{"another system", good, "freebsd", false},
		{"off", off, "windows", false},
		{"no list", noList, "windows", false},
		{"no keys", noKeys, "windows", false},
	} {
		if got := Offered(&row.p, row.system); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}
