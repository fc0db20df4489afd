package x11_test

import (
	"errors"
	"testing"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

func TestModifiersLockWithoutAKey(t *testing.T) {
	server := x11test.Start(t, "320x200x24")
	one, err := x11.Dial(server.Display, x11.Keyboard)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	other, err := x11.Dial(server.Display, x11.Keyboard)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, row := range []struct{ which, on, want uint8 }{
		{xproto.ModMaskLock | xproto.ModMask2, xproto.ModMaskLock, xproto.ModMaskLock},
		{xproto.ModMask2, 0xFF, xproto.ModMaskLock | xproto.ModMask2},
		{xproto.ModMaskLock, 0, xproto.ModMask2},
		{0, 0xFF, xproto.ModMask2},
	} {
		if err := one.Lock(row.which, row.on); err != nil {
			t.Fatal(err)
		}
		got, err := other.Locked()
		if err != nil || got != row.want {
			t.Fatalf("lock %#x of %#x: got %#x, %v, want %#x", row.on, row.which, got, err, row.want)
		}
	}
}

func TestModifierOfAKeysym(t *testing.T) {
	server := x11test.Start(t, "320x200x24")
	c, err := x11.Dial(server.Display, x11.Keyboard)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for sym, want := range map[xproto.Keysym]uint8{
		0xffe5: xproto.ModMaskLock,    // Caps_Lock
		0xff7f: xproto.ModMask2,       // Num_Lock
		0xffe3: xproto.ModMaskControl, // Control_L
		'a':    0,
	} {
		if got, err := c.ModifierOf(sym); got != want || err != nil {
			t.Errorf("%#x: got %#x, %v, want %#x", sym, got, err, want)
		}
	}
}

func TestWithoutTheExtensionNothingLocks(t *testing.T) {
	server := x11test.Start(t, "320x200x24")
	c, err := x11.Dial(server.Display) // did not ask for it
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Locked(); !errors.Is(err, x11.ErrNoKeyboard) {
		t.Errorf("read: got %v, want ErrNoKeyboard", err)
	}
	if err := c.Lock(2, 2); !errors.Is(err, x11.ErrNoKeyboard) {
		t.Errorf("lock: got %v, want ErrNoKeyboard", err)
	}
}
