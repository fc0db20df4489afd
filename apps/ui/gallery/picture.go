//go:build gallery && cgo

package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"lotse/capture"
	"lotse/capture/codec"
	"lotse/participant/watch"
)

// picture is a screen of an invented desktop, coded and decoded as it would
// be on its way.
func picture(size image.Point) *watch.Screen {
	img := image.NewRGBA(image.Rectangle{Max: size})
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	write := func(x, y int, s string) {
		d := font.Drawer{Dst: img, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
		d.DrawString(s)
	}
	fill(img.Bounds(), color.RGBA{0x2F, 0x6F, 0x7F, 0xff})
	fill(image.Rect(120, 70, 980, 700), color.RGBA{0xE4, 0xE4, 0xE4, 0xff})
	fill(image.Rect(120, 70, 980, 96), color.RGBA{0x30, 0x50, 0x80, 0xff})
	fill(image.Rect(130, 106, 970, 690), color.White)
	for i := range 40 {
		write(140, 124+14*i, fmt.Sprintf("%2d  The quick brown fox jumps over the lazy dog. 0123456789 (readable when fitted?)", i+1))
	}
	f := &capture.Frame{W: size.X, H: size.Y, Stride: 4 * size.X, Pix: make([]byte, 4*size.X*size.Y), Dirty: []image.Rectangle{img.Bounds()}}
	for i := 0; i < len(f.Pix); i += 4 {
		f.Pix[i], f.Pix[i+1], f.Pix[i+2], f.Pix[i+3] = img.Pix[i+2], img.Pix[i+1], img.Pix[i], 0xff
	}
	screen := watch.NewScreen(func() {})
	screen.Announce(size)
	enc, err := codec.NewEncoder(codec.Config{LosslessOnly: true})
	if err != nil {
		panic(err)
	}
	update, err := enc.Encode(nil, f, codec.Options{Key: true})
	if err != nil {
		panic(err)
	}
	if err := screen.Update(update); err != nil {
		panic(err)
	}
	screen.Point(capture.Cursor{Visible: true, At: image.Pt(420, 300), Shape: arrow()})
	return screen
}

// arrow is a pointer: a black triangle with a white edge.
func arrow() *capture.CursorShape {
	const side = 20
	s := &capture.CursorShape{W: side, H: side, Pix: make([]byte, 4*side*side)}
	for y := range side {
		for x := 0; x <= y*2/3; x++ {
			i := 4 * (y*side + x)
			if x == 0 || x == y*2/3 || y == side-1 {
				s.Pix[i], s.Pix[i+1], s.Pix[i+2] = 0xff, 0xff, 0xff
			}
			s.Pix[i+3] = 0xff
		}
	}
	return s
}
