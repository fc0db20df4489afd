package clipboard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// errNothing says that the owner has nothing for us or gave no answer.
var errNothing = errors.New("nothing to read")

// maxTargets is how many kinds of content of one owner are looked at.
const maxTargets = 1024

// question is what next waits for; each has a window of its own, so that a
// late answer to one is never taken for one to the next.
type question struct {
	window  xproto.Window
	answers chan answered
}

// answered is an owner's word: that it has answered, or that a piece is there.
type answered struct {
	notify   bool // an answer, else a piece
	property xproto.Atom
}

// answer hands an owner's word to next. More than fit are more than an owner
// has to say.
func (s *x11System) answer(window xproto.Window, a answered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asking == nil || s.asking.window != window {
		return
	}
	select {
	case s.asking.answers <- a:
	default:
	}
}

// read asks the owner what it has and for the best of it.
func (s *x11System) read(ctx context.Context, c change) (found, error) {
	const each = 4
	data, _, err := s.ask(ctx, c, s.names.targets, each*maxTargets)
	if err != nil {
		return found{}, err
	}
	var has []xproto.Atom
	for ; len(data) >= each; data = data[each:] {
		has = append(has, xproto.Atom(xgb.Get32(data)))
	}
	if slices.Contains(has, s.names.secret) {
		return found{concealed: true}, nil
	}
	for _, target := range []xproto.Atom{s.names.utf8, s.names.plainUTF8, xproto.AtomString, s.names.png} {
		if slices.Contains(has, target) {
			return s.readAs(ctx, c, target)
		}
	}
	return found{}, errNothing
}

func (s *x11System) readAs(ctx context.Context, c change, target xproto.Atom) (found, error) {
	limit := MaxText
	if target == s.names.png {
		limit = MaxImage
	}
	data, kind, err := s.ask(ctx, c, target, limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		return found{tooLarge: true}, nil
	case err != nil:
		return found{}, err
	case target == s.names.png:
		return found{png: data}, nil
	case kind == xproto.AtomString:
		return found{text: fromLatin1(data)}, nil
	}
	return found{text: string(data)}, nil
}

// fromLatin1 decodes what X calls STRING.
func fromLatin1(data []byte) string {
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// ask has the owner convert the selection and returns at most limit bytes and
// their type.
func (s *x11System) ask(ctx context.Context, c change, target xproto.Atom, limit int) ([]byte, xproto.Atom, error) {
	window, err := s.newWindow()
	if err != nil {
		return nil, 0, err
	}
	const room = 64 // events that wait while a piece is fetched
	q := &question{window, make(chan answered, room)}
	s.put(q)
	defer func() {
		s.put(nil)
		xproto.DestroyWindow(s.conn.Conn, window)
	}()
	xproto.ConvertSelection(s.conn.Conn, window, s.names.clipboard, target, s.names.scratch, c.time)
	notify, err := s.await(ctx, q, true)
	switch {
	case err != nil:
		return nil, 0, err
	case notify.property == xproto.AtomNone:
		return nil, 0, errNothing
	}
	data, kind, err := s.fetch(window, limit)
	if err == nil && kind == s.names.incr {
		return s.pieces(ctx, q, limit)
	}
	return data, kind, err
}

func (s *x11System) put(q *question) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking = q
}

// await waits for the next answer, or for the next piece.
func (s *x11System) await(ctx context.Context, q *question, notify bool) (answered, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case a := <-q.answers:
			if a.notify == notify {
				return a, nil
			}
		case <-timer.C:
			return answered{}, fmt.Errorf("%w: no answer", errNothing)
		case <-s.gone:
			return answered{}, ErrClosed
		case <-ctx.Done():
			return answered{}, ctx.Err()
		}
	}
}

// fetch takes what the owner left on the window.
func (s *x11System) fetch(window xproto.Window, limit int) ([]byte, xproto.Atom, error) {
	const each = 4 // the length is counted in these; one more shows what is too long
	reply, err := xproto.GetProperty(s.conn.Conn, true, window, s.names.scratch, xproto.GetPropertyTypeAny, 0, uint32(limit/each+1)).Reply()
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %w", errNothing, err)
	case reply.Type == s.names.incr:
		return nil, reply.Type, nil
	case reply.BytesAfter > 0 || len(reply.Value) > limit:
		return nil, 0, ErrTooLarge
	}
	return reply.Value, reply.Type, nil
}

// pieces takes a content that comes in pieces; an empty one is the end. The
// server tells when each is there, and taking it away asks for the next.
func (s *x11System) pieces(ctx context.Context, q *question, limit int) ([]byte, xproto.Atom, error) {
	var out []byte
	for {
		if _, err := s.await(ctx, q, false); err != nil {
			return nil, 0, err
		}
		piece, kind, err := s.fetch(q.window, limit-len(out))
		switch {
		case err != nil:
			return nil, 0, err
		case kind == xproto.AtomNone:
			continue // taken already
		case len(piece) == 0:
			return out, kind, nil
		}
		out = append(out, piece...)
	}
}
