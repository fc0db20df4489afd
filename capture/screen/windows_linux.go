package screen

import (
	"encoding/binary"
	"fmt"
	"image"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11"
)

// maxWindows is how many windows are listed at the most; nobody finds one
// among more.
const maxWindows = 256

// listWindows lists what a person would call a window.
func listWindows() ([]capture.Window, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if !conn.Has("Composite") {
		return nil, fmt.Errorf("%w: the X server lacks Composite", ErrUnsupported)
	}
	l := lister{conn: conn, atoms: map[string]xproto.Atom{}}
	ids, err := l.candidates()
	if err != nil {
		return nil, err
	}
	var out []capture.Window
	for _, id := range ids {
		if w, ok := l.window(id); ok && len(out) < maxWindows {
			out = append(out, w)
		}
	}
	return out, nil
}

// lister asks what the window manager and the programs say of windows (EWMH
// 1.5). A window that vanishes meanwhile is left out.
type lister struct {
	conn  *x11.Conn
	atoms map[string]xproto.Atom
}

// candidates returns windows from front to back: those that the window
// manager knows, or the children of the root where there is none.
func (l *lister) candidates() ([]xproto.Window, error) {
	root := l.conn.Screen.Root
	if known := l.numbers(root, "_NET_CLIENT_LIST_STACKING"); len(known) > 0 {
		out := make([]xproto.Window, len(known))
		for i, id := range known {
			out[len(known)-1-i] = xproto.Window(id)
		}
		return out, nil
	}
	tree, err := xproto.QueryTree(l.conn.Conn, root).Reply()
	if err != nil {
		return nil, fmt.Errorf("tree: %w", err)
	}
	slices.Reverse(tree.Children)
	return tree.Children, nil
}

// window describes one that a person sees and would share.
func (l *lister) window(id xproto.Window) (capture.Window, bool) {
	attributes, err := xproto.GetWindowAttributes(l.conn.Conn, id).Reply()
	if err != nil || attributes.MapState != xproto.MapStateViewable || attributes.OverrideRedirect ||
		attributes.Class != xproto.WindowClassInputOutput || l.ours(id) || l.furniture(id) {
		return capture.Window{}, false
	}
	geometry, err := xproto.GetGeometry(l.conn.Conn, xproto.Drawable(id)).Reply()
	if err != nil {
		return capture.Window{}, false
	}
	corner, err := xproto.TranslateCoordinates(l.conn.Conn, id, l.conn.Screen.Root, 0, 0).Reply()
	if err != nil {
		return capture.Window{}, false
	}
	at := image.Pt(int(corner.DstX), int(corner.DstY))
	w := capture.Window{
		ID: uint32(id), Title: l.title(id), App: l.app(id),
		Bounds: image.Rect(0, 0, int(geometry.Width), int(geometry.Height)).Add(at),
	}
	return w, fits(w.Bounds)
}

// ours reports whether a window belongs to this process.
func (l *lister) ours(id xproto.Window) bool {
	pid := l.numbers(id, "_NET_WM_PID")
	return len(pid) > 0 && int(pid[0]) == os.Getpid()
}

// furniture reports whether a window is a part of the desktop.
func (l *lister) furniture(id xproto.Window) bool {
	return slices.ContainsFunc(l.numbers(id, "_NET_WM_WINDOW_TYPE"), func(kind uint32) bool {
		return kind == uint32(l.atom("_NET_WM_WINDOW_TYPE_DESKTOP")) || kind == uint32(l.atom("_NET_WM_WINDOW_TYPE_DOCK"))
	})
}

func (l *lister) title(id xproto.Window) string {
	title := l.bytes(id, l.atom("_NET_WM_NAME"))
	if len(title) == 0 {
		title = latin1(l.bytes(id, xproto.AtomWmName))
	}
	return plain(title)
}

// app is the class of WM_CLASS, which holds two texts that end in a zero.
func (l *lister) app(id xproto.Window) string {
	parts := strings.Split(string(l.bytes(id, xproto.AtomWmClass)), "\x00")
	if len(parts) < 2 {
		return ""
	}
	return plain(latin1([]byte(parts[1])))
}

// latin1 turns ISO 8859-1, as old properties are, into UTF-8.
func latin1(b []byte) []byte {
	var out []byte
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

func (l *lister) atom(name string) xproto.Atom {
	if a, ok := l.atoms[name]; ok {
		return a
	}
	a := xproto.Atom(0)
	if reply, err := xproto.InternAtom(l.conn.Conn, true, uint16(len(name)), name).Reply(); err == nil {
		a = reply.Atom
	}
	l.atoms[name] = a
	return a
}

// bytes returns a property of bytes, at most 4 * maxWindows of them.
func (l *lister) bytes(id xproto.Window, property xproto.Atom) []byte {
	reply, err := xproto.GetProperty(l.conn.Conn, false, id, property, xproto.GetPropertyTypeAny, 0, maxWindows).Reply()
	if err != nil || reply.Format != 8 {
		return nil
	}
	return reply.Value
}

// numbers returns a property of 32-bit numbers.
func (l *lister) numbers(id xproto.Window, property string) []uint32 {
	reply, err := xproto.GetProperty(l.conn.Conn, false, id, l.atom(property), xproto.GetPropertyTypeAny, 0, 4*maxWindows).Reply()
	if err != nil || reply.Format != 32 {
		return nil
	}
	out := make([]uint32, 0, reply.ValueLen)
	for b := reply.Value; len(b) >= 4; b = b[4:] {
		out = append(out, binary.LittleEndian.Uint32(b))
	}
	return out
}
