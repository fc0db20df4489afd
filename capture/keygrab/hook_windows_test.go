package keygrab

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"lotse/capture/input"
)

// Keys of HID page 7.
const (
	usageE, usageTab, usageF5 input.Usage = 0x08, 0x2B, 0x3E
	usageAlt, usageSuper      input.Usage = 0xE2, 0xE3
)

// heard waits for so many keys.
func heard(t *testing.T, keys <-chan Key, n int) []Key {
	t.Helper()
	var got []Key
	timer := time.NewTimer(10 * time.Second)
	defer timer.Stop()
	for len(got) < n {
		select {
		case k := <-keys:
			got = append(got, k)
		case <-timer.C:
			t.Fatalf("got %v, want %d keys", got, n)
		}
	}
	return got
}

func TestKeysOfWindowsAreHeardHere(t *testing.T) {
	injector, err := input.Open()
	if err != nil {
		t.Fatal(err)
	}
	guard := input.NewGuard(injector)
	t.Cleanup(func() { guard.Stop(); _ = injector.Close() })
	tap := func(usages ...input.Usage) {
		t.Helper()
		var errs []error
		for _, u := range usages {
			errs = append(errs, guard.Key(u, true))
		}
		for i := range usages {
			errs = append(errs, guard.Key(usages[len(usages)-1-i], false))
		}
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	keys := make(chan Key, 64)
	g, err := Open(func(k Key) { keys <- k })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(func(Key) {}); !errors.Is(err, errOpen) {
		t.Errorf("a second one: got %v, want %v", err, errOpen)
	}
	tap(usageF5) // passes
	tap(usageSuper, usageE)
	tap(usageAlt, usageTab)
	want := []Key{
		{Scan: 0x15B, Down: true},
		{Scan: 0x12, Letter: 'e', Down: true, With: []int{0x15B}},
		{Scan: 0x12, Letter: 'e'},
		{Scan: 0x15B},
		{Scan: 0x0F, Down: true, With: []int{0x38}},
		{Scan: 0x0F},
	}
	if got := heard(t, keys, len(want)); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	tap(usageSuper)
	g, err = Open(func(k Key) { keys <- k })
	if err != nil {
		t.Fatal(err)
	}
	tap(usageAlt, usageTab)
	if got := heard(t, keys, 2); !reflect.DeepEqual(got, want[4:]) {
		t.Errorf("after it was closed once: got %+v, want %+v", got, want[4:])
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
}
