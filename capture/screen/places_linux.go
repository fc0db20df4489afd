package screen

import (
	"errors"
	"fmt"
	"image"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

// x11Places asks the X server. xgb lets several goroutines ask at a time.
type x11Places struct{ conn *x11.Conn }

func openPlaces() (Places, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	return x11Places{conn}, nil
}

// Place returns where a window's content is. The frame that a window manager
// puts around it holds nothing but the title.
func (p x11Places) Place(id uint32) (image.Rectangle, error) {
	win := xproto.Window(id)
	look := xproto.GetWindowAttributes(p.conn.Conn, win)
	size := xproto.GetGeometry(p.conn.Conn, xproto.Drawable(win))
	corner := xproto.TranslateCoordinates(p.conn.Conn, win, p.conn.Screen.Root, 0, 0)
	attributes, err := look.Reply()
	g, sizeErr := size.Reply()
	c, cornerErr := corner.Reply()
	if err := errors.Join(err, sizeErr, cornerErr); err != nil {
		if _, gone := errors.AsType[xproto.WindowError](err); gone {
			return image.Rectangle{}, nil
		}
		return image.Rectangle{}, fmt.Errorf("screen: window %d: %w", id, err)
	}
	if attributes.MapState != xproto.MapStateViewable {
		return image.Rectangle{}, nil
	}
	return image.Rect(0, 0, int(g.Width), int(g.Height)).Add(image.Pt(int(c.DstX), int(c.DstY))), nil
}

// Conceal does nothing: X11 keeps no window from those that look.
func (p x11Places) Conceal(uint32, bool) {}

// Close hangs up.
func (p x11Places) Close() error {
	p.conn.Close()
	return nil
}
