package input

import (
	"errors"
	"slices"
	"testing"
)

// presses is an injector that can't turn lock keys.
type presses struct{ released }

func TestLockKeysAreTurnedAndGivenBack(t *testing.T) {
	d := newDesktop(t)
	g := d.guard(t)
	var got []LockState
	look := func() {
		now, err := g.Locks()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, now)
	}
	tap := func(u Usage) error { return errors.Join(g.Key(u, true), g.Key(u, false)) }
	steps := []func() error{
		func() error { return nil },
		func() error { return tap(0x53) }, // the person's own Num Lock
		func() error { return g.SetLocks(CapsLock) },
		func() error { return g.SetLocks(CapsLock | NumLock) },
		func() error { return g.SetLocks(CapsLock) },
		g.Release,
		func() error { return g.SetLocks(CapsLock | NumLock) },
		func() error { return tap(0x53) }, // the person turns Num Lock off
		func() error { g.Stop(); return nil },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		look()
	}
	want := []LockState{
		0, NumLock, CapsLock, CapsLock | NumLock, CapsLock, NumLock,
		CapsLock | NumLock, CapsLock, 0,
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %03b\nwant %03b", got, want)
	}
	if now, err := locksAt(d.name); now != 0 || err != nil {
		t.Errorf("another connection: got %03b, %v, want none", now, err)
	}
	if err := g.SetLocks(0); !errors.Is(err, ErrStopped) {
		t.Errorf("stopped: got %v, want ErrStopped", err)
	}
}

// A program that listens hears no key when a lock is turned: nothing opens a
// menu or types by it.
func TestLockKeysAreTurnedWithoutAKey(t *testing.T) {
	d := newDesktop(t)
	g := d.guard(t)
	if err := g.SetLocks(CapsLock | NumLock); err != nil {
		t.Fatal(err)
	}
	if got := d.pressed(t); len(got) != 0 {
		t.Fatalf("got %v, want nothing pressed", got)
	}
	file := d.xterm(t)
	if err := errors.Join(g.Key(0x04, true), g.Key(0x04, false), g.Text("a\n")); err != nil {
		t.Fatal(err)
	}
	arrives(t, file, "Aa\n")
}

func TestAnInjectorWithoutLockKeysSaysSo(t *testing.T) {
	for _, inj := range []Injector{&presses{}, &watched{Injector: &presses{}}} {
		g := NewGuard(inj)
		if err := g.SetLocks(CapsLock); !errors.Is(err, ErrUnsupported) {
			t.Errorf("set: got %v, want ErrUnsupported", err)
		}
		if _, err := g.Locks(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("read: got %v, want ErrUnsupported", err)
		}
		if err := g.SetLocks(8); !errors.Is(err, ErrRange) {
			t.Errorf("no such lock: got %v, want ErrRange", err)
		}
	}
}
