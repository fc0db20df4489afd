package stopbutton

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// red is the ground of the button, that of the STOP in the program's window.
func red() color.RGBA { return color.RGBA{R: 0xC8, G: 0x10, B: 0x2E, A: 0xff} }

// picture draws the button as large as size: red with a white line inside the edge,
// the text, and the key below it. Letters are Go's own typeface, which has
// Latin, Greek and Cyrillic.
func picture(size image.Point, text, key string) (*image.RGBA, error) {
	typeface, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("stopbutton: typeface: %w", err)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	const edge, line = 24, 60 // parts of the width: how far in the line is, how wide
	in := img.Rect.Inset(size.X / edge)
	draw.Draw(img, img.Rect, image.NewUniform(red()), image.Point{}, draw.Src)
	draw.Draw(img, in, image.White, image.Point{}, draw.Src)
	draw.Draw(img, in.Inset(max(1, size.X/line)), image.NewUniform(red()), image.Point{}, draw.Src)
	// Where the two lines stand and how high their letters may be, in
	// hundredths of the height.
	const full, textLine, textSize, keyLine, keySize = 100, 58, 42, 84, 20
	widest := in.Dx() * 4 / 5
	for _, l := range []struct {
		text       string
		foot, size int
	}{{text, textLine, textSize}, {key, keyLine, keySize}} {
		if err := write(img, typeface, l.text, l.foot*size.Y/full, l.size*size.Y/full, widest); err != nil {
			return nil, err
		}
	}
	return img, nil
}

// write draws a line of text in the middle, with its foot at y, smaller when it
// would be wider than widest.
func write(img *image.RGBA, typeface *opentype.Font, text string, y, size, widest int) error {
	const pixels = 72 // dots an inch at which a point is a pixel
	for ; size > 1; size-- {
		face, err := opentype.NewFace(typeface, &opentype.FaceOptions{Size: float64(size), DPI: pixels, Hinting: font.HintingFull})
		if err != nil {
			return fmt.Errorf("stopbutton: typeface: %w", err)
		}
		width := font.MeasureString(face, text).Ceil()
		if width > widest {
			continue
		}
		pen := font.Drawer{Dst: img, Src: image.White, Face: face, Dot: fixed.P((img.Rect.Dx()-width)/2, y)}
		pen.DrawString(text)
		return nil
	}
	return nil
}

// bgra returns the pixels in the order in which screens have them.
func bgra(img *image.RGBA) []byte {
	out := make([]byte, len(img.Pix))
	for i := 0; i+3 < len(out); i += 4 {
		out[i], out[i+1], out[i+2], out[i+3] = img.Pix[i+2], img.Pix[i+1], img.Pix[i], 0xff
	}
	return out
}
