//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"lotse/capture"
	"lotse/capture/capturetest"
)

// strip is how many bytes of pixels are put in one request, below the 256 KiB
// that every X server takes.
const strip = 240 << 10

// filmLength is after how many pictures the film begins again.
const filmLength = 200

// PlayFilm opens a window of the place on the display and plays a film in it,
// capturetest.Rate pictures a second, until ctx ends. It counts what it showed.
func (d *Display) PlayFilm(ctx context.Context, place image.Rectangle) (shown int, err error) {
	conn, err := xgb.NewConnDisplay(d.Name)
	if err != nil {
		return 0, fmt.Errorf("stage: film: %w", err)
	}
	defer conn.Close()
	f, err := newFilmWindow(conn, place)
	if err != nil {
		return 0, fmt.Errorf("stage: film: %w", err)
	}
	tick := time.NewTicker(time.Second / capturetest.Rate)
	defer tick.Stop()
	scene := capturetest.Film()
	for {
		for frame := range scene.Frames(place.Dx(), place.Dy(), filmLength) {
			select {
			case <-ctx.Done():
				return shown, nil
			case <-tick.C:
			}
			if err := f.put(frame); err != nil {
				return shown, errors.Join(fmt.Errorf("stage: film: %w", err), ctx.Err())
			}
			shown++
		}
	}
}

// filmWindow is where a film plays.
type filmWindow struct {
	conn   *xgb.Conn
	window xproto.Window
	gc     xproto.Gcontext
	depth  byte
}

func newFilmWindow(conn *xgb.Conn, place image.Rectangle) (*filmWindow, error) {
	screen := xproto.Setup(conn).DefaultScreen(conn)
	window, err := xproto.NewWindowId(conn)
	if err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	gc, err := xproto.NewGcontextId(conn)
	if err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	create := xproto.CreateWindowChecked(conn, screen.RootDepth, window, screen.Root,
		int16(place.Min.X), int16(place.Min.Y), uint16(place.Dx()), uint16(place.Dy()), 0,
		xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwOverrideRedirect, []uint32{1})
	err = errors.Join(create.Check(), xproto.CreateGCChecked(conn, gc, xproto.Drawable(window), 0, nil).Check(),
		xproto.MapWindowChecked(conn, window).Check())
	return &filmWindow{conn: conn, window: window, gc: gc, depth: screen.RootDepth}, err
}

// put shows one picture and waits until the server has it.
func (f *filmWindow) put(p *capture.Frame) error {
	rows := max(strip/p.Stride, 1)
	for y := 0; y < p.H; y += rows {
		n := min(rows, p.H-y)
		err := xproto.PutImageChecked(f.conn, xproto.ImageFormatZPixmap, xproto.Drawable(f.window), f.gc,
			uint16(p.W), uint16(n), 0, int16(y), 0, f.depth, p.Pix[y*p.Stride:(y+n)*p.Stride]).Check()
		if err != nil {
			return fmt.Errorf("put: %w", err)
		}
	}
	return nil
}
