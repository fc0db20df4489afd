package ui

import (
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Actions of a _NET_WM_STATE message (EWMH 1.5, "_NET_WM_STATE") and where it
// comes from: 1 is an ordinary program.
const (
	stateRemove = 0
	stateAdd    = 1
	sourceApp   = 1
)

// keepAbove asks the window manager over a connection of its own, so that it
// needs nothing of Fyne's.
func keepAbove(context any, on bool) {
	withWindow(context, func(x *xgb.Conn, root *xproto.ScreenInfo, win xproto.Window) {
		state, err := atom(x, "_NET_WM_STATE")
		if err != nil {
			return
		}
		above, err := atom(x, "_NET_WM_STATE_ABOVE")
		if err != nil {
			return
		}
		action := uint32(stateRemove)
		if on {
			action = stateAdd
		}
		e := xproto.ClientMessageEvent{
			Format: 32, Window: win, Type: state,
			Data: xproto.ClientMessageDataUnionData32New([]uint32{action, uint32(above), 0, sourceApp, 0}),
		}
		const mask = xproto.EventMaskSubstructureRedirect | xproto.EventMaskSubstructureNotify
		check(xproto.SendEventChecked(x, false, root.Root, mask, string(e.Bytes())))
		minimisable(x, win, !on)
	})
}

// Bits of _MOTIF_WM_HINTS (Motif's MwmUtil.h), which window managers heed
// beyond Motif: what may be done to a window, and which buttons it has.
const (
	hintFunctions   = 1 << 0
	hintDecorations = 1 << 1
	hintAll         = 1 << 0
	mayResize       = 1 << 1
	mayMove         = 1 << 2
	mayClose        = 1 << 5
	hasBorder       = 1 << 1
	hasTitle        = 1 << 3
	hasMenu         = 1 << 4
)

// minimisable gives a window the way to be minimised, or takes it.
func minimisable(x *xgb.Conn, win xproto.Window, on bool) {
	name, err := atom(x, "_MOTIF_WM_HINTS")
	if err != nil {
		return
	}
	functions, decorations := uint32(hintAll), uint32(hintAll)
	if !on {
		functions, decorations = mayResize|mayMove|mayClose, hasBorder|hasTitle|hasMenu
	}
	words := []uint32{hintFunctions | hintDecorations, functions, decorations, 0, 0}
	data := make([]byte, 4*len(words))
	for i, word := range words {
		xgb.Put32(data[4*i:], word)
	}
	check(xproto.ChangePropertyChecked(x, xproto.PropModeReplace, win, name, name, 32, uint32(len(words)), data))
}

func placeTop(context any, width int) {
	withWindow(context, func(x *xgb.Conn, root *xproto.ScreenInfo, win xproto.Window) {
		left := max((int(root.WidthInPixels)-width)/2, 0)
		values := []uint32{uint32(left), frameTop(x, win)}
		check(xproto.ConfigureWindowChecked(x, win, xproto.ConfigWindowX|xproto.ConfigWindowY, values))
	})
}

// frameTop returns how high the window manager's title bar is, so that it
// stays on the screen and the window can be moved (EWMH,
// "_NET_FRAME_EXTENTS": left, right, top, bottom).
func frameTop(x *xgb.Conn, win xproto.Window) uint32 {
	const top = 2
	if f := cardinals(x, win, "_NET_FRAME_EXTENTS", 4); len(f) == 4 {
		return f[top]
	}
	return 0
}

func withWindow(context any, do func(*xgb.Conn, *xproto.ScreenInfo, xproto.Window)) {
	c, ok := context.(driver.X11WindowContext)
	if !ok || c.WindowHandle == 0 {
		return
	}
	x, err := xgb.NewConn()
	if err != nil {
		return
	}
	defer x.Close()
	do(x, xproto.Setup(x).DefaultScreen(x), xproto.Window(c.WindowHandle))
}

func atom(x *xgb.Conn, name string) (xproto.Atom, error) {
	r, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	return r.Atom, nil
}

// check waits until the server has seen the request. A window that stays
// where it was is the only consequence of a refusal.
func check(c interface{ Check() error }) {
	if c.Check() != nil {
		return
	}
}
