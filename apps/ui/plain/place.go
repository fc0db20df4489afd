package plain

import "image"

// placeIn returns where a window of that size goes in area: to the top for the
// bar, to the middle for other pages; a window that was at before stays there,
// as far as it fits.
func placeIn(area, before image.Rectangle, size image.Point, top bool) image.Point {
	at := image.Pt((area.Min.X+area.Max.X-size.X)/2, area.Min.Y)
	switch {
	case !before.Empty():
		at = image.Pt((before.Min.X+before.Max.X-size.X)/2, before.Min.Y)
	case !top:
		at.Y += (area.Dy() - size.Y) / 3 // a little above the middle looks like the middle
	}
	at.X = max(min(at.X, area.Max.X-size.X), area.Min.X)
	at.Y = max(min(at.Y, area.Max.Y-size.Y), area.Min.Y)
	return at
}
