package stopkey

import (
	"errors"
	"fmt"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

const (
	grabName   = "x11-grab"
	partlyName = "x11-grab-partly"
)

// masks is the number of combinations of X's eight modifiers.
const masks = 1 << 8

// errTaken says that another program grabbed F11 with every modifier.
var errTaken = errors.New("another program has taken F11")

// grab has the X server hand F11 to us before anybody else, with any modifier
// (X Window System Protocol, GrabKey). While the key is down no other key
// reaches a program either.
type grab struct {
	*thread
	conn  *x11.Conn
	heard func(time.Time)
	label string
	codes []xproto.Keycode // owned by listen once it runs
}

func newGrab(heard func(time.Time)) (*grab, error) {
	conn, err := x11.Dial("")
	if err != nil {
		return nil, err
	}
	g := &grab{thread: newThread(), conn: conn, heard: heard, label: grabName}
	if err := g.begin(); err != nil {
		conn.Close()
		return nil, err
	}
	go g.run(g.listen)
	return g, nil
}

func (g *grab) begin() error {
	codes, err := keycodes(g.conn)
	if err != nil {
		return err
	}
	g.codes = codes
	for _, root := range g.conn.Setup.Roots {
		for _, code := range codes {
			all, err := take(g.conn, root.Root, code)
			if err != nil {
				return err
			}
			if !all {
				g.label = partlyName
			}
		}
	}
	return nil
}

// take grabs a key with any modifier. Where another program has it with some,
// it grabs the key with the others and returns false.
func take(conn *x11.Conn, root xproto.Window, code xproto.Keycode) (all bool, err error) {
	err = ask(conn, root, code, xproto.ModMaskAny).Check()
	if err == nil {
		return true, nil
	}
	if _, taken := errors.AsType[xproto.AccessError](err); !taken {
		return false, fmt.Errorf("grab key %d: %w", code, err)
	}
	asked := make([]xproto.GrabKeyCookie, 0, masks)
	for mask := range uint16(masks) {
		asked = append(asked, ask(conn, root, code, mask))
	}
	got := 0
	for _, a := range asked {
		if a.Check() == nil {
			got++
		}
	}
	if got == 0 {
		return false, errTaken
	}
	return false, nil
}

func ask(conn *x11.Conn, root xproto.Window, code xproto.Keycode, mask uint16) xproto.GrabKeyCookie {
	return xproto.GrabKeyChecked(conn.Conn, false, root, mask, code, xproto.GrabModeAsync, xproto.GrabModeAsync)
}

// listen takes events until the connection ends.
func (g *grab) listen() error {
	for {
		event, failure := g.conn.WaitForEvent()
		if event == nil && failure == nil {
			return nil
		}
		if err := g.handle(event); err != nil {
			return err
		}
	}
}

func (g *grab) handle(event xgb.Event) error {
	switch e := event.(type) {
	case xproto.KeyPressEvent:
		// Nothing but F11 is grabbed. While it is down all keys come to us.
		for _, code := range g.codes {
			if code == e.Detail {
				g.heard(time.Now())
			}
		}
	case xproto.MappingNotifyEvent:
		return g.follow()
	}
	return nil
}

// follow grabs keys that a new layout gave F11. Keys that lost it stay.
func (g *grab) follow() error {
	codes, err := keycodes(g.conn)
	if err != nil {
		return err
	}
	for _, code := range added(g.codes, codes) {
		for _, root := range g.conn.Setup.Roots {
			if _, err := take(g.conn, root.Root, code); err != nil {
				return err
			}
		}
		g.codes = append(g.codes, code)
	}
	return nil
}

func (g *grab) name() string { return g.label }

// healthy can't ask for a sign of life: nothing happens until somebody
// presses F11. The poll asks the same server all the time.
func (g *grab) healthy() error { return g.ended() }

func (g *grab) close() error {
	g.conn.Close()
	return g.wait()
}
