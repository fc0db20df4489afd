//go:build windows

package stopkey

import (
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// board is a keyboard made of SendInput.
type board struct {
	tb   testing.TB
	send *windows.LazyProc
}

func newBoard(t *testing.T) *board {
	t.Helper()
	return &board{t, windows.NewLazySystemDLL("user32.dll").NewProc("SendInput")}
}

func systemWays(t *testing.T) []opener {
	t.Helper()
	api, err := loadUser32()
	if err != nil {
		t.Fatal(err)
	}
	one := func(name string, e func() ear) opener {
		return opener{name, func(h func(time.Time)) (interface{ close() error }, error) { return newPump(api, e(), h) }}
	}
	return []opener{
		one("hotkeys", func() ear { return &hotKeys{user32: api} }),
		one("hook", func() ear { return &hook{user32: api} }),
		one("rawinput", func() ear { return &rawInput{user32: api} }),
	}
}

const (
	up      = 2
	unicode = 4
)

func (b *board) key(key, scan uint16, flags uint32) {
	in := struct {
		kind        uint32
		_           uint32
		key, scan   uint16
		flags, time uint32
		extra       uintptr
		_           [8]byte
	}{kind: 1, key: key, scan: scan, flags: flags}
	if n, _, err := b.send.Call(1, uintptr(unsafe.Pointer(&in)), unsafe.Sizeof(in)); n != 1 {
		b.tb.Errorf("SendInput: %v", err)
	}
}

func (b *board) set(k button, down bool) {
	key := [...]uint16{f11: keyF11, ctrl: 0x11, alt: 0x12, shift: 0x10, super: 0x5b, letter: 'W'}[k]
	scan := [...]uint16{f11: scanF11, ctrl: 0x1d, alt: 0x38, shift: 0x2a, super: 0x5b, letter: 0x11}[k]
	flags := uint32(0)
	if !down {
		flags = up
	}
	b.key(key, scan, flags)
}

// others taps F10 and F12 and types every letter as a character.
func (b *board) others() {
	for _, key := range []uint16{0x79, 0x7b} {
		b.key(key, 0, 0)
		b.key(key, 0, up)
	}
	for r := uint16('A'); r <= 'Z'; r++ {
		b.key(0, r, unicode)
		b.key(0, r, unicode|up)
	}
}
