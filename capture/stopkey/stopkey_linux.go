package stopkey

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

// arm listens on the X server in two ways. The grab is told at once but not
// while another program has the keyboard for itself, or took F11 first; the
// poll sees the key even then, but not one that is up again before it looks.
func arm(heard func(time.Time)) ([]way, error) {
	var ways []way
	var errs []error
	if g, err := newGrab(heard); err == nil {
		ways = append(ways, g)
	} else {
		errs = append(errs, fmt.Errorf("%s: %w", grabName, err))
	}
	if p, err := newPoll(heard); err == nil {
		ways = append(ways, p)
	} else {
		errs = append(errs, fmt.Errorf("%s: %w", pollName, err))
	}
	return ways, errors.Join(errs...)
}

// keysymF11 is what X calls F11 (X.Org, keysymdef.h).
const keysymF11 = 0xffc8

// usualF11 is F11's code on every keyboard that the kernel drives: 87 (Linux,
// input-event-codes.h) and the 8 that X adds. It is heard whatever the layout
// says, so that nobody can take the key away by loading another one.
const usualF11 = 87 + 8

// keycodes returns the codes of the keys that have F11 on them, on whichever
// level, in rising order.
func keycodes(conn *x11.Conn) ([]xproto.Keycode, error) {
	lowest, highest := conn.Setup.MinKeycode, conn.Setup.MaxKeycode
	count := int(highest) - int(lowest) + 1
	if count <= 0 {
		return nil, fmt.Errorf("keyboard from %d to %d", lowest, highest)
	}
	reply, err := xproto.GetKeyboardMapping(conn.Conn, lowest, byte(count)).Reply()
	if err != nil {
		return nil, fmt.Errorf("keyboard: %w", err)
	}
	per := int(reply.KeysymsPerKeycode)
	if len(reply.Keysyms) < per*count {
		return nil, fmt.Errorf("keyboard: got %d symbols, want %d", len(reply.Keysyms), per*count)
	}
	var codes []xproto.Keycode
	for i := range count {
		code := xproto.Keycode(int(lowest) + i)
		if code == usualF11 || slices.Contains(reply.Keysyms[i*per:(i+1)*per], keysymF11) {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return nil, errors.New("this keyboard has no F11")
	}
	return codes, nil
}

// added returns the codes in now that are not in before.
func added(before, now []xproto.Keycode) []xproto.Keycode {
	var out []xproto.Keycode
	for _, c := range now {
		if !slices.Contains(before, c) {
			out = append(out, c)
		}
	}
	return out
}
