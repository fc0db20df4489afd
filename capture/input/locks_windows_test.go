package input

import (
	"errors"
	"slices"
	"testing"
)

func TestLockKeysAreTurnedAndGivenBack(t *testing.T) {
	g := newGuard(t)
	before, err := g.Locks()
	if err != nil {
		t.Fatal(err)
	}
	got, want := []LockState{}, []LockState{}
	for _, set := range []LockState{CapsLock, NumLock | ScrollLock, CapsLock | ScrollLock, 0, CapsLock | NumLock} {
		if err := g.SetLocks(set); err != nil {
			t.Fatal(err)
		}
		now, err := ReadLocks()
		if err != nil {
			t.Fatal(err)
		}
		got, want = append(got, now), append(want, set)
	}
	g.Stop()
	now, err := g.Locks()
	if err != nil {
		t.Fatal(err)
	}
	if got, want = append(got, now), append(want, before); !slices.Equal(got, want) {
		t.Fatalf("got  %03b\nwant %03b", got, want)
	}
	if err := g.SetLocks(CapsLock); !errors.Is(err, ErrStopped) {
		t.Errorf("stopped: got %v, want ErrStopped", err)
	}
}
