package stopkey

import (
	"errors"
	"fmt"
	"slices"
	"sync"
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
	stop  chan struct{}
	over  chan struct{} // closed when renew has ended

	// mu guards the fields below.
	mu    sync.Mutex
	codes []xproto.Keycode
	lost  error // why the key could not be grabbed again
}

// grabEvery is how often the key is grabbed anew. Nobody but us can let go of
// our grab, but a server that answers is one that still would tell us.
const grabEvery = time.Second

func newGrab(heard func(time.Time)) (*grab, error) {
	conn, err := x11.Dial("")
	if err != nil {
		return nil, err
	}
	g := &grab{thread: newThread(), conn: conn, heard: heard, label: grabName, stop: make(chan struct{}), over: make(chan struct{})}
	if err := g.begin(); err != nil {
		conn.Close()
		return nil, err
	}
	go g.run(g.listen)
	go g.renew()
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
		if slices.Contains(g.keys(), e.Detail) {
			g.heard(time.Now())
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
	for _, code := range added(g.keys(), codes) {
		for _, root := range g.conn.Setup.Roots {
			if _, err := take(g.conn, root.Root, code); err != nil {
				return err
			}
		}
		g.mu.Lock()
		g.codes = append(g.codes, code)
		g.mu.Unlock()
	}
	return nil
}

// keys returns the codes that are grabbed.
func (g *grab) keys() []xproto.Keycode {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.codes)
}

// renew grabs the key again and again. That changes nothing as long as we have
// it, brings it back when we have not, and is a sign of life of the server's.
func (g *grab) renew() {
	defer close(g.over)
	tick := time.NewTicker(grabEvery)
	defer tick.Stop()
	for {
		select {
		case <-g.stop:
			return
		case <-g.done:
			return
		case <-tick.C:
		}
		err := g.again()
		g.mu.Lock()
		g.lost = err
		g.mu.Unlock()
		if err == nil {
			g.beat()
		}
	}
}

func (g *grab) again() error {
	for _, root := range g.conn.Setup.Roots {
		for _, code := range g.keys() {
			if _, err := take(g.conn, root.Root, code); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *grab) name() string { return g.label }

func (g *grab) healthy() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost != nil {
		return g.lost
	}
	return g.alive()
}

func (g *grab) close() error {
	close(g.stop)
	g.conn.Close()
	<-g.over
	return g.wait()
}
