package input

import (
	"errors"
	"slices"
	"testing"
)

// german is a keyboard on which Y and Z have changed places; X is on the stop
// key, and nothing else is known.
type german struct{ released }

func (*german) Place(r rune) (Usage, bool) {
	at, ok := map[rune]Usage{'z': 0x1C, 'y': 0x1D, 'x': StopKey}[r]
	return at, ok
}

func TestShortcutFollowsItsLetter(t *testing.T) {
	const keyZ, keyQ, keyX = 0x1D, 0x14, 0x1B // on an English keyboard
	for _, row := range []struct {
		name string
		do   func(g *Guard) error
		want []string
	}{
		{"elsewhere", func(g *Guard) error { return errors.Join(g.Letter(keyZ, 'z', true), g.Letter(keyZ, 'z', false)) }, []string{"key 0x1c true", "key 0x1c false"}},
		{"capital", func(g *Guard) error { return errors.Join(g.Letter(keyZ, 'Z', true), g.Key(keyZ, false)) }, []string{"key 0x1c true", "key 0x1c false"}},
		{"repeats", func(g *Guard) error { return errors.Join(g.Letter(keyZ, 'z', true), g.Key(keyZ, true), g.Release()) }, []string{"key 0x1c true", "key 0x1c true", "key 0x1c false"}},
		{"unknown", func(g *Guard) error { return errors.Join(g.Letter(keyQ, 'я', true), g.Letter(keyQ, 'я', false)) }, []string{"key 0x14 true", "key 0x14 false"}},
		{"plain key", func(g *Guard) error { return errors.Join(g.Key(keyZ, true), g.Key(keyZ, false)) }, []string{"key 0x1d true", "key 0x1d false"}},
		{"forgotten", func(g *Guard) error {
			return errors.Join(g.Letter(keyZ, 'z', true), g.Release(), g.Key(keyZ, true))
		}, []string{"key 0x1c true", "key 0x1c false", "key 0x1d true"}},
		{"not held", func(g *Guard) error { return g.Letter(keyZ, 'z', false) }, nil},
	} {
		keys := &german{}
		g := NewGuard(&watched{Injector: keys, dog: &watchdog{in: &pipe{}}})
		if err := row.do(g); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if !slices.Equal(keys.events, row.want) {
			t.Errorf("%s: got %q, want %q", row.name, keys.events, row.want)
		}
	}
	keys := &german{}
	g := NewGuard(keys)
	if err := g.Letter(keyX, 'x', true); !errors.Is(err, ErrStopKey) {
		t.Errorf("a letter on the stop key: got %v, want ErrStopKey", err)
	}
	for _, r := range []rune{0, '\t', '\r', ' ', 0x1B, 0x7F, -1, 0x110000} {
		if err := g.Letter(keyZ, r, true); !errors.Is(err, ErrRange) {
			t.Errorf("letter %#x: got %v, want ErrRange", r, err)
		}
	}
	if len(keys.events) != 0 {
		t.Errorf("refused: got %q, want nothing", keys.events)
	}
}
