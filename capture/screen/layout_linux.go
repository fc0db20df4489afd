package screen

import (
	"errors"
	"fmt"
	"image"

	"github.com/jezek/xgb/damage"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/internal/x11"
)

// errFormat says that the server's pixels are not four bytes of blue, green,
// red and one more.
var errFormat = errors.New("screen: pixels are not BGRA")

// greet tells the server which versions of its extensions we speak, without
// which it doesn't answer, and checks that its pixels are ours.
func greet(conn *x11.Conn) error {
	for _, name := range []string{"DAMAGE", "XFIXES"} {
		if !conn.Has(name) {
			return fmt.Errorf("screen: the X server lacks %s", name)
		}
	}
	if _, err := xfixes.QueryVersion(conn.Conn, 5, 0).Reply(); err != nil {
		return fmt.Errorf("screen: XFIXES: %w", err)
	}
	if _, err := damage.QueryVersion(conn.Conn, 1, 1).Reply(); err != nil {
		return fmt.Errorf("screen: DAMAGE: %w", err)
	}
	if conn.Has("RANDR") {
		if _, err := randr.QueryVersion(conn.Conn, 1, 5).Reply(); err != nil {
			return fmt.Errorf("screen: RANDR: %w", err)
		}
	}
	return checkFormat(conn)
}

func checkFormat(conn *x11.Conn) error {
	depth := conn.Screen.RootDepth
	if conn.Setup.ImageByteOrder != xproto.ImageOrderLSBFirst || depth != 24 && depth != 32 {
		return fmt.Errorf("%w: depth %d, byte order %d", errFormat, depth, conn.Setup.ImageByteOrder)
	}
	for _, f := range conn.Setup.PixmapFormats {
		if f.Depth == depth && (f.BitsPerPixel != 32 || f.ScanlinePad != 32) {
			return fmt.Errorf("%w: %d bits a pixel", errFormat, f.BitsPerPixel)
		}
	}
	for _, d := range conn.Screen.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId == conn.Screen.RootVisual && (v.RedMask != 0xff0000 || v.GreenMask != 0xff00 || v.BlueMask != 0xff) {
				return fmt.Errorf("%w: masks %#x %#x %#x", errFormat, v.RedMask, v.GreenMask, v.BlueMask)
			}
		}
	}
	return nil
}

// monitors lists what RandR knows, or the whole screen where it knows nothing.
// Nothing reaches beyond the screen: the server refuses to read there.
func monitors(conn *x11.Conn) ([]capture.Display, error) {
	geometry, err := xproto.GetGeometry(conn.Conn, xproto.Drawable(conn.Screen.Root)).Reply()
	if err != nil {
		return nil, fmt.Errorf("geometry: %w", err)
	}
	whole := image.Rect(0, 0, int(geometry.Width), int(geometry.Height))
	if !conn.Has("RANDR") {
		return []capture.Display{{ID: 1, Name: "screen", Bounds: whole, Primary: true}}, nil
	}
	reply, err := randr.GetMonitors(conn.Conn, conn.Screen.Root, true).Reply()
	if err != nil {
		return nil, fmt.Errorf("monitors: %w", err)
	}
	var out []capture.Display
	for _, m := range reply.Monitors {
		bounds := image.Rect(0, 0, int(m.Width), int(m.Height)).Add(image.Pt(int(m.X), int(m.Y)))
		out = append(out, capture.Display{
			// An atom keeps its number as long as the server runs.
			ID: uint32(m.Name), Name: atomName(conn, m.Name),
			Bounds: bounds.Intersect(whole), Primary: m.Primary,
		})
	}
	return onePrimary(usable(out)), nil
}

func atomName(conn *x11.Conn, atom xproto.Atom) string {
	reply, err := xproto.GetAtomName(conn.Conn, atom).Reply()
	if err != nil {
		return fmt.Sprintf("monitor %d", atom)
	}
	return reply.Name
}

// onePrimary marks the first monitor where the person has marked none.
func onePrimary(all []capture.Display) []capture.Display {
	for _, d := range all {
		if d.Primary {
			return all
		}
	}
	if len(all) > 0 {
		all[0].Primary = true
	}
	return all
}
