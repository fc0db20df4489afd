package screen

import "image"

// monochrome makes BGRA of an old pointer of two masks, one above the other,
// each as BGRA in black and white: where the first is white the second says
// keep the screen (black) or invert it (white). What would be inverted is
// drawn black, for nobody knows here what is below.
func monochrome(masks []byte, size image.Point) []byte {
	half := 4 * size.X * size.Y
	out := make([]byte, half)
	for i := 0; i < half; i += 4 {
		keep, second := masks[i] != 0, masks[half+i]
		switch {
		case keep && second == 0:
		case keep:
			out[i+3] = 255
		default:
			out[i], out[i+1], out[i+2], out[i+3] = second, second, second, 255
		}
	}
	return out
}

// blend gives BGRA an alpha from the mask where it brought none of its own:
// white in the mask is a hole. It reports whether anything is left to see.
func blend(pix, mask []byte) bool {
	own, shows := false, false
	for i := 3; i < len(pix); i += 4 {
		own = own || pix[i] != 0
	}
	for i := 0; i < len(pix); i += 4 {
		if !own && mask[i] == 0 {
			pix[i+3] = 255
		}
		shows = shows || pix[i+3] != 0
	}
	return shows
}
