package clipboard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

// patience is how long another program may take for one answer or one piece
// before it is given up.
const patience = 3 * time.Second

// x11System owns the selection CLIPBOARD and asks its other owners (Inter-Client
// Communication Conventions Manual, section 2). The server tells every change
// of owner (XFixes), so nothing is polled and nothing compared.
type x11System struct {
	conn   *x11.Conn
	window xproto.Window // owns the selection and tells the time
	names  atoms

	wake  chan struct{}          // there is news
	gone  chan struct{}          // closed when the connection ended
	clock chan xproto.Timestamp  // the server's time, after it was asked for
	moves map[transfer]*movement // owned by pump

	setting sync.Mutex // one set at a time

	mu      sync.Mutex // guards the fields below
	offered *served    // nil while the selection is somebody else's
	changes uint64     // how often the selection got an owner
	news    *change    // the last change by somebody else, until it was read
	asking  *question  // what next waits for
}

// change is a moment at which somebody else took the selection.
type change struct {
	number uint64
	time   xproto.Timestamp
}

func open() (system, error) {
	conn, err := x11.Dial("", "XFIXES")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	s := &x11System{
		conn: conn, wake: make(chan struct{}, 1), gone: make(chan struct{}),
		clock: make(chan xproto.Timestamp, 1), moves: map[transfer]*movement{},
	}
	if err := s.begin(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	go s.pump()
	return s, nil
}

func (s *x11System) begin() error {
	if !s.conn.Has("XFIXES") {
		return errors.New("no XFIXES")
	}
	var err error
	if s.names, err = intern(s.conn); err != nil {
		return err
	}
	if s.window, err = s.newWindow(); err != nil {
		return err
	}
	const major, minor = 5, 0
	if _, err := xfixes.QueryVersion(s.conn.Conn, major, minor).Reply(); err != nil {
		return fmt.Errorf("XFIXES: %w", err)
	}
	err = xfixes.SelectSelectionInputChecked(s.conn.Conn, s.conn.Screen.Root, s.names.clipboard, xfixes.SelectionEventMaskSetSelectionOwner).Check()
	if err != nil {
		return fmt.Errorf("XFIXES: %w", err)
	}
	return nil
}

// newWindow makes a window that is never shown and hears of its properties.
func (s *x11System) newWindow() (xproto.Window, error) {
	id, err := xproto.NewWindowId(s.conn.Conn)
	if err != nil {
		return 0, fmt.Errorf("window: %w", err)
	}
	err = xproto.CreateWindowChecked(s.conn.Conn, 0, id, s.conn.Screen.Root, -1, -1, 1, 1, 0,
		xproto.WindowClassInputOnly, s.conn.Screen.RootVisual, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		return 0, fmt.Errorf("window: %w", err)
	}
	return id, nil
}

// pump takes events until the connection ends. It must not wait for the
// server's answers: those come behind the events.
func (s *x11System) pump() {
	defer close(s.gone)
	for {
		event, failure := s.conn.WaitForEvent()
		switch {
		case event != nil:
			s.handle(event)
		case failure == nil:
			return
		}
	}
}

func (s *x11System) handle(event xgb.Event) {
	switch e := event.(type) {
	case xproto.SelectionRequestEvent:
		s.serve(e)
	case xproto.SelectionNotifyEvent:
		s.answer(e.Requestor, answered{notify: true, property: e.Property})
	case xproto.PropertyNotifyEvent:
		s.property(e)
	case xproto.DestroyNotifyEvent:
		s.forget(e.Window)
	default:
		if n, ok := s.conn.Of("XFIXES", event); ok && n == xfixes.SelectionNotify {
			if e, ok := xfixes.SelectionNotifyEventNew(event.Bytes()).(xfixes.SelectionNotifyEvent); ok {
				s.note(e)
			}
		}
	}
}

// note remembers who owns the selection now. Our own taking it ends what was
// news before.
func (s *x11System) note(e xfixes.SelectionNotifyEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	s.news = nil
	if e.Owner == s.window {
		return
	}
	if s.offered != nil && after(e.SelectionTimestamp, s.offered.time) {
		s.offered = nil
	}
	if e.Owner != xproto.WindowNone {
		s.news = &change{s.changes, e.Timestamp}
		s.poke()
	}
}

// after reports whether a is later than b; the server's clock starts again
// every 49 days.
func after(a, b xproto.Timestamp) bool { return int32(a-b) > 0 }

func (s *x11System) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take returns the news, once.
func (s *x11System) take() (change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.news == nil {
		return change{}, false
	}
	c := *s.news
	s.news = nil
	return c, true
}

// keep makes c news again if nothing happened since.
func (s *x11System) keep(c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes == c.number {
		s.news = &c
		s.poke()
	}
}

// holds reports whether the selection is still that of c. Events arrive in
// the order in which things happened: an answer by a later owner comes after
// the word that there is one.
func (s *x11System) holds(c change) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes == c.number
}

// next waits for somebody to take the selection and reads it.
func (s *x11System) next(ctx context.Context) (found, error) {
	for {
		select {
		case <-s.wake:
		case <-s.gone:
			return found{}, ErrClosed
		case <-ctx.Done():
			return found{}, ctx.Err()
		}
		c, ok := s.take()
		if !ok {
			continue
		}
		f, err := s.read(ctx, c)
		switch {
		case ctx.Err() != nil:
			s.keep(c)
			return found{}, ctx.Err()
		case err == nil && s.holds(c):
			return f, nil
		}
		// The owner has nothing for us, gave no answer or is none any more.
	}
}

// set takes the selection.
func (s *x11System) set(o offer) error {
	s.setting.Lock()
	defer s.setting.Unlock()
	now, err := s.now()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.offered = s.names.served(o, now)
	s.mu.Unlock()
	if err := xproto.SetSelectionOwnerChecked(s.conn.Conn, s.window, s.names.clipboard, now).Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	owner, err := xproto.GetSelectionOwner(s.conn.Conn, s.names.clipboard).Reply()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if owner.Owner != s.window {
		return ErrBusy // somebody took it a moment later
	}
	return nil
}

// now asks for the server's time the way the manual says: by a change of
// nothing.
func (s *x11System) now() (xproto.Timestamp, error) {
	select {
	case <-s.clock: // late, of an earlier question
	default:
	}
	const bits = 8
	xproto.ChangeProperty(s.conn.Conn, xproto.PropModeAppend, s.window, s.names.scratch, xproto.AtomString, bits, 0, nil)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t := <-s.clock:
		return t, nil
	case <-s.gone:
	case <-timer.C:
	}
	return 0, ErrClosed
}

// close gives up the selection together with the window: the server forgets
// an owner that went away, whatever clear says.
func (s *x11System) close(bool) error {
	s.conn.Close()
	<-s.gone
	return nil
}
