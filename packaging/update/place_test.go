package update

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lotse/packaging/profile"
	"lotse/packaging/release"
)

var errDisk = errors.New("the disk says no")

// on makes the world's computer one of a system.
func (w *world) on(system string) {
	w.c.System = system
	w.offer(fresh(w.t, nil), "releases", func(l *release.List) { l.Files[0].System = system })
}

// failing renames, but for the calls of these numbers, from 1 on.
func failing(calls ...int) func(from, to string) error {
	n := 0
	return func(from, to string) error {
		if n++; slices.Contains(calls, n) {
			return errDisk
		}
		return os.Rename(from, to)
	}
}

func TestProgramOfEverySystemIsReplaced(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		w := newWorld(t)
		w.on(system)
		if err := w.run(t.Context()); err != nil {
			t.Errorf("%s: %v", system, err)
		}
		w.finds(fresh(t, nil))
	}
}

// On Linux there is no moment at which no program has the name.
func TestLinuxProgramIsRenamedOver(t *testing.T) {
	w := newWorld(t)
	w.on("linux")
	w.c.disk.rename = failing(2)
	if err := w.run(t.Context()); err != nil {
		t.Errorf("got %v, want one renaming", err)
	}
	w.finds(fresh(t, nil))
}

func TestRenamingThatFailsLeavesEverything(t *testing.T) {
	for name, row := range map[string]struct {
		system string
		calls  []int
	}{
		"Linux":                {"linux", []int{1}},
		"Windows, the old one": {"windows", []int{1}},
		"Windows, the new one": {"windows", []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.on(row.system)
			w.c.disk.rename = failing(row.calls...)
			if err := w.run(t.Context()); !errors.Is(err, ErrPlace) || !errors.Is(err, errDisk) || errors.Is(err, ErrGone) {
				t.Errorf("got %v, want %v", err, ErrPlace)
			}
			w.finds(w.old)
		})
	}
}

// Where neither the new one nor the old one gets the name, both stay, and it is
// not said that everything is as before.
func TestNoProgramIsLostWhereNothingGoesBack(t *testing.T) {
	w := newWorld(t)
	w.on("windows")
	w.c.disk.rename = failing(2, 3)
	for range 2 { // asked again it says the same
		if err := w.run(t.Context()); !errors.Is(err, ErrGone) || errors.Is(err, ErrPlace) {
			t.Errorf("got %v, want %v", err, ErrGone)
		}
	}
	folder := filepath.Dir(w.target)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Fatalf("got %v, %v, want the old one and the new one", entries, err)
	}
	var left [][]byte
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Error(err)
		}
		if s, err := e.Info(); err != nil || s.Mode().Perm() != 0o755 {
			t.Errorf("%s: got %v, %v, want what runs", e.Name(), s.Mode(), err)
		}
		left = append(left, b)
	}
	for what, want := range map[string][]byte{"old": w.old, "new": fresh(t, nil)} {
		if !slices.ContainsFunc(left, func(b []byte) bool { return bytes.Equal(b, want) }) {
			t.Errorf("the %s one is gone", what)
		}
	}
}

func TestProgramThatWasTakenAwayIsTold(t *testing.T) {
	w := newWorld(t)
	w.on("linux")
	if err := os.Remove(w.target); err != nil {
		t.Fatal(err)
	}
	if err := w.run(t.Context()); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want %v", err, ErrGone)
	}
}

// lying is a file that loses what it was given.
type lying struct {
	*os.File
	lose        int // bytes at the end
	sync, close error
}

func (f lying) Write(p []byte) (int, error) {
	_, err := f.File.Write(p[:len(p)-f.lose])
	return len(p), err
}

func (f lying) Sync() error  { return errors.Join(f.sync, f.File.Sync()) }
func (f lying) Close() error { return errors.Join(f.close, f.File.Close()) }

// A network's disk says late, or never, that it did not take everything.
func TestWhatTheDiskLosesIsNoProgram(t *testing.T) {
	for name, spoiled := range map[string]lying{"told by no one": {lose: 100}, "told at last": {sync: errDisk}, "told at the end": {close: errDisk}} {
		for _, system := range []string{"linux", "windows"} {
			t.Run(name+" on "+system, func(t *testing.T) {
				w := newWorld(t)
				w.on(system)
				w.c.disk.create = func(folder, pattern string) (file, error) {
					f, err := os.CreateTemp(folder, pattern)
					spoiled.File = f
					return spoiled, err
				}
				w.c.Publisher = func(string, *profile.Profile) error { t.Error("asked who signed it"); return nil }
				if err := w.run(t.Context()); !errors.Is(err, ErrPlace) {
					t.Errorf("got %v, want %v", err, ErrPlace)
				}
				w.finds(w.old)
			})
		}
	}
}

// Whoever can write to the folder can make links there; none is followed.
func TestNoLinkIsWrittenThrough(t *testing.T) {
	w := newWorld(t)
	w.on("linux")
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := filepath.Base(w.target)
	for _, name := range []string{"." + base + ".new", "." + base + ".old"} {
		if err := os.Symlink(other, filepath.Join(filepath.Dir(w.target), name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "precious" {
		t.Errorf("the other file: got %d bytes, %v", len(b), err)
	}
	if b, err := os.ReadFile(w.target); err != nil || !bytes.Equal(b, fresh(t, nil)) {
		t.Errorf("the program: got %d bytes, %v, want the new one", len(b), err)
	}
}
