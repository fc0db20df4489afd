package plain

import "math"

// minContrast is what text needs on its ground (WCAG 2.2, 1.4.3).
const minContrast = 4.5

// Readable moves c towards black or white, whichever is farther from the
// grounds, until it can be read as text on all of them.
func Readable(c Colour, grounds ...Colour) Colour {
	to := Colour(0xFFFFFF)
	if contrastOf(0, grounds[0]) > contrastOf(to, grounds[0]) {
		to = 0
	}
	const steps = 32
	for i := range steps + 1 {
		g := mix(c, to, float64(i)/steps)
		enough := true
		for _, ground := range grounds {
			enough = enough && contrastOf(g, ground) >= minContrast
		}
		if enough {
			return g
		}
	}
	return to
}

// mix is f with part of g in it, 0 to 1.
func mix(f, g Colour, part float64) Colour {
	one := func(shift uint) Colour {
		a, b := float64(f>>shift&0xff), float64(g>>shift&0xff)
		return Colour(math.Round(a+(b-a)*part)) << shift
	}
	return one(16) | one(8) | one(0)
}

// contrastOf is the contrast of two colours (WCAG 2.2, relative luminance).
func contrastOf(f, g Colour) float64 {
	a, b := brightness(f), brightness(g)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func brightness(f Colour) float64 {
	part := func(shift uint) float64 {
		v := float64(f>>shift&0xff) / 0xff
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
