package screen

import (
	"fmt"
	"image"
	"math"
	"slices"

	"lotse/capture"
)

// On macOS one pixel of ours is one point of the desktop: a screen with two
// pixels a point is shared at half its fineness, and what is pressed lands
// where it is seen, for macOS counts the pointer in points, too.

// cgPoint is CGPoint, and CGSize.
type cgPoint struct{ X, Y float64 }

// cgRect is CGRect. It is flat, for purego passes nested structures otherwise.
type cgRect struct{ X, Y, W, H float64 }

// cmTime is CMTime.
type cmTime struct {
	Value int64
	Scale int32
	Flags uint32
	Epoch int64
}

// bgra is kCVPixelFormatType_32BGRA.
const bgra = 'B'<<24 | 'G'<<16 | 'R'<<8 | 'A'

// SCStreamError: what a person decided, and what no second try changes.
const (
	userDeclined = -3801
	userStopped  = -3817
)

// sckError is an error of ScreenCaptureKit.
type sckError struct {
	code int64
	text string
}

// Error is what macOS says.
func (e sckError) Error() string { return fmt.Sprintf("ScreenCaptureKit %d: %s", e.code, e.text) }

// Is tells ErrPermission and ErrStopped.
func (e sckError) Is(target error) bool {
	return e.code == userDeclined && target == ErrPermission || e.code == userStopped && target == ErrStopped
}

// final reports whether a person has said no.
func (e sckError) final() bool { return e.code == userDeclined || e.code == userStopped }

// farthest is beyond every desktop, in points.
const farthest = 1 << 20

// cover returns the smallest rectangle of whole pixels around r; one that is
// no place on any desktop is empty.
func (r cgRect) cover() image.Rectangle {
	for _, v := range []float64{r.X, r.Y, r.W, r.H} {
		if !(math.Abs(v) <= farthest) { // NaN, too
			return image.Rectangle{}
		}
	}
	if r.W <= 0 || r.H <= 0 {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(r.X)), int(math.Floor(r.Y)), int(math.Ceil(r.X+r.W)), int(math.Ceil(r.Y+r.H)))
}

// rectOf is the place of r in a display that begins at corner.
func rectOf(r image.Rectangle, corner image.Point) cgRect {
	r = r.Sub(corner)
	return cgRect{X: float64(r.Min.X), Y: float64(r.Min.Y), W: float64(r.Dx()), H: float64(r.Dy())}
}

// monitor is a display and what macOS calls it.
type monitor struct {
	id     uint32 // CGDirectDisplayID
	bounds image.Rectangle
	fine   bool // has more pixels than points
}

// arrange puts the main display first, as kbinani/screenshot does, so that a
// number means the same whichever way of looking is taken.
func arrange(all []monitor, main uint32) []monitor {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b monitor) int {
		switch {
		case a.id == main && b.id != main:
			return -1
		case b.id == main && a.id != main:
			return 1
		}
		return 0
	})
	return out
}

// numbered returns monitors as displays, numbered from 1.
func numbered(all []monitor) []capture.Display {
	out := make([]capture.Display, 0, len(all))
	for i, m := range all {
		out = append(out, capture.Display{
			ID: uint32(i + 1), Name: fmt.Sprintf("Display %d", i+1), Bounds: m.bounds, Primary: i == 0,
		})
	}
	return out
}

// holding returns the first monitor on which all of part lies.
func holding(all []monitor, part image.Rectangle) (monitor, bool) {
	i := slices.IndexFunc(all, func(m monitor) bool { return part.In(m.bounds) })
	if i < 0 {
		return monitor{}, false
	}
	return all[i], true
}

// bleed is how many pixels around what macOS names dirty may have changed,
// too: edges that it rounds.
const bleed = 1

// damaged returns which pixels of size the rectangles that macOS names cover.
func damaged(named []cgRect, size image.Point) []image.Rectangle {
	whole := image.Rectangle{Max: size}
	out := make([]image.Rectangle, 0, min(len(named), maxDirty))
	for _, r := range named {
		if c := r.cover(); !c.Empty() {
			out = append(out, c.Inset(-bleed).Intersect(whole))
		}
	}
	return merge(out)
}
