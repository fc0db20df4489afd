package screen

import (
	"encoding/binary"
	"image"

	"lotse/capture"
)

// maxMetadata is how many bytes of rectangles are read of one picture, 1024
// of them. Who has more to tell has changed everything.
const maxMetadata = 16 << 10

// The sizes of RECT and DXGI_OUTDUPL_MOVE_RECT.
const rectBytes, moveBytes = 16, 24

// rectAt reads a RECT. One that makes no sense is empty.
func rectAt(b []byte) image.Rectangle {
	r := image.Rectangle{Min: pointAt(b), Max: pointAt(b[8:])}
	if r.Empty() {
		return image.Rectangle{}
	}
	return r
}

// pointAt reads a POINT.
func pointAt(b []byte) image.Point {
	return image.Pt(int(int32(binary.LittleEndian.Uint32(b))), int(int32(binary.LittleEndian.Uint32(b[4:]))))
}

// told turns what a duplication says about a monitor with its corner at
// monitor into rectangles on the desktop within area. moves are
// DXGI_OUTDUPL_MOVE_RECT and dirty are RECT, a half one at the end does not
// count. Windows moves first and then draws; dirty holds where content was
// moved to as well, so that who copies it need not move anything.
func told(moves, dirty []byte, monitor image.Point, area image.Rectangle) ([]image.Rectangle, []capture.Move) {
	var changed []image.Rectangle
	var moved []capture.Move
	for ; len(moves) >= moveBytes; moves = moves[moveBytes:] {
		from, to := pointAt(moves).Add(monitor), rectAt(moves[8:]).Add(monitor)
		changed = append(changed, to.Intersect(area))
		if m, ok := clipMove(from, to, area); ok && len(moved) < maxDirty {
			moved = append(moved, m)
		}
	}
	for ; len(dirty) >= rectBytes; dirty = dirty[rectBytes:] {
		changed = append(changed, rectAt(dirty).Add(monitor).Intersect(area))
	}
	return merge(fewer(changed)), moved
}

// clipMove returns what of a move begins and ends within area.
func clipMove(from image.Point, to, area image.Rectangle) (capture.Move, bool) {
	by := to.Min.Sub(from)
	to = to.Intersect(area).Intersect(area.Add(by))
	return capture.Move{From: to.Min.Sub(by), To: to}, !to.Empty()
}

// fewer takes neighbours in the list together until the list is short enough
// for merge, whose work grows faster than the list.
func fewer(rects []image.Rectangle) []image.Rectangle {
	for len(rects) > 4*maxDirty {
		half := rects[:0]
		for i := 0; i < len(rects); i += 2 {
			half = append(half, rects[i].Union(rects[min(i+1, len(rects)-1)]))
		}
		rects = half
	}
	return rects
}

// copyRows copies r from one picture to another, both BGRA. Pixel 0,0 of dst
// lies at to, that of src at from.
func copyRows(dst []byte, stride int, to image.Point, src []byte, pitch int, from image.Point, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		i, j := (y-to.Y)*stride+4*(r.Min.X-to.X), (y-from.Y)*pitch+4*(r.Min.X-from.X)
		copy(dst[i:i+4*r.Dx()], src[j:j+4*r.Dx()])
	}
}
