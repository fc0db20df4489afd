package input

import (
	"fmt"
	"unicode"
)

// Layout is an Injector that knows what is printed on the keys.
type Layout interface {
	// Place returns the key that makes r on the layout that is set, alone or
	// else with Shift, and false when there is none.
	Place(r rune) (Usage, bool)
}

// Letter presses or releases the key that makes r here, or u where no key
// does or nobody knows. A person knows a shortcut by its letter: Ctrl+Z on a
// German keyboard is another place than on an English one, and the wrong place
// would not undo but do it once more. The release names the same u.
func (g *Guard) Letter(u Usage, r rune, down bool) error {
	if r <= ' ' || !unicode.IsPrint(r) {
		return fmt.Errorf("%w: key of %#x", ErrRange, r)
	}
	return g.press(u, r, down)
}

// placeLocked returns where u is pressed or was pressed; r is 0 for u itself.
func (g *Guard) placeLocked(u Usage, r rune, down bool) Usage {
	at, moved := g.moved[u]
	switch {
	case moved && !down:
		delete(g.moved, u)
		return at
	case moved:
		return at // a repetition
	case !down || r == 0:
		return u
	}
	l, ok := g.inj.(Layout)
	if !ok {
		return u
	}
	at, ok = l.Place(unicode.ToLower(r))
	if !ok || at == u {
		return u
	}
	g.moved[u] = at
	return at
}

// Place asks the injector behind.
func (w *watched) Place(r rune) (Usage, bool) {
	if l, ok := w.Injector.(Layout); ok {
		return l.Place(r)
	}
	return 0, false
}
