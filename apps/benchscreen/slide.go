//go:build linux

package main

import (
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// slide is the n-th slide of a talk: a ground that fades, a heading, lines of
// text, and on every second one a photograph.
func slide(n int) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: size()})
	for y := range img.Rect.Dy() {
		c := color.RGBA{R: uint8(250 - y/40), G: uint8(252 - y/60), B: 255, A: 255}
		draw.Draw(img, image.Rect(0, y, img.Rect.Dx(), y+1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	draw.Draw(img, image.Rect(0, 0, img.Rect.Dx(), 130), image.NewUniform(color.RGBA{R: 0x10, G: 0x26, B: 0x3d, A: 255}), image.Point{}, draw.Src)
	words := strings.Split(prose(400), "\n")
	letters(img, gobold.TTF, 56, image.Pt(90, 90), color.White, words[n])
	for i := range 9 {
		letters(img, goregular.TTF, 34, image.Pt(110, 240+86*i), color.RGBA{R: 0x20, G: 0x30, B: 0x45, A: 255}, "• "+cut(words[(n*9+i+1)%len(words)], 44))
	}
	if n%2 == 1 {
		photo := landscape(image.Pt(760, 620), uint64(n)+20)
		draw.Draw(img, photo.Rect.Add(image.Pt(1080, 260)), photo, image.Point{}, draw.Src)
	}
	return img
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

func letters(img draw.Image, ttf []byte, points float64, at image.Point, c color.Color, text string) {
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		return // the font is part of the program
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: points, DPI: 72})
	if err != nil {
		return
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(at.X, at.Y)}
	d.DrawString(text)
}
