package screen

import (
	"bytes"
	"image"
	"reflect"
	"testing"

	"lotse/capture"
)

// Pixels as they are in a pointer: blue, green, red, alpha.
const (
	clear  = "\x00\x00\x00\x00"
	black  = "\x00\x00\x00\xff"
	white  = "\xff\xff\xff\xff"
	orange = "\x00\x80\xff\xff"
)

// monoArrow has all four cases in its first row, and ten pixels a row, so that
// the second byte of a row counts, too.
func monoArrow() (dxgiShapeInfo, []byte, *capture.CursorShape) {
	info := dxgiShapeInfo{kind: shapeMonochrome, width: 10, height: 4, pitch: 4, hotX: 1, hotY: 1}
	b := []byte{
		0b00110000, 0b01000000, 0xaa, 0xaa, // and: black, white, keep, invert, black…, keep at 9
		0b11111111, 0b11000000, 0xaa, 0xaa,
		0b01010000, 0b00000000, 0xaa, 0xaa, // xor
		0b00000000, 0b01000000, 0xaa, 0xaa,
	}
	first := black + white + clear + black + black + black + black + black + black + clear
	second := clear + clear + clear + clear + clear + clear + clear + clear + clear + black
	return info, b, &capture.CursorShape{W: 10, H: 2, Hot: image.Pt(1, 1), Pix: []byte(first + second)}
}

func TestPointersBecomeBGRAWithStraightAlpha(t *testing.T) {
	mono, monoBytes, monoWant := monoArrow()
	for _, c := range []struct {
		name string
		info dxgiShapeInfo
		b    []byte
		want *capture.CursorShape
	}{
		{"monochrome", mono, monoBytes, monoWant},
		{
			"colour with longer rows",
			dxgiShapeInfo{kind: shapeColour, width: 2, height: 2, pitch: 12, hotX: 1},
			[]byte(orange + clear + "skip" + "\x10\x20\x30\x40" + white),
			&capture.CursorShape{W: 2, H: 2, Hot: image.Pt(1, 0), Pix: []byte(orange + clear + "\x10\x20\x30\x40" + white)},
		},
		{
			"masked colour",
			dxgiShapeInfo{kind: shapeMasked, width: 4, height: 1, pitch: 16, hotX: 3},
			[]byte("\x00\x80\xff\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\xff" + "\xff\xff\xff\xff"), // replaced twice, kept, inverted
			&capture.CursorShape{W: 4, H: 1, Hot: image.Pt(3, 0), Pix: []byte(orange + black + clear + black)},
		},
		{
			"a hot spot outside",
			dxgiShapeInfo{kind: shapeColour, width: 1, height: 1, pitch: 4, hotX: -3, hotY: 9},
			[]byte(white),
			&capture.CursorShape{W: 1, H: 1, Pix: []byte(white)},
		},
		{"an unknown kind", dxgiShapeInfo{kind: 3, width: 1, height: 1, pitch: 4}, []byte(white), nil},
		{"no width", dxgiShapeInfo{kind: shapeColour, height: 1, pitch: 4}, []byte(white), nil},
		{"one mask", dxgiShapeInfo{kind: shapeMonochrome, width: 8, height: 1, pitch: 1}, []byte(white), nil},
		{"rows too short", dxgiShapeInfo{kind: shapeColour, width: 2, height: 1, pitch: 7}, []byte(white + white), nil},
		{"too large", dxgiShapeInfo{kind: shapeColour, width: capture.MaxCursor + 1, height: 1, pitch: 4 * (capture.MaxCursor + 1)}, make([]byte, maxShape), nil},
		{"absurd", dxgiShapeInfo{kind: shapeMonochrome, width: 1 << 31, height: 1 << 31, pitch: 1 << 31}, make([]byte, 64), nil},
	} {
		if got := pointerShape(c.info, c.b); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestAPointerOfTheLargestSizeIsRead(t *testing.T) {
	n := capture.MaxCursor
	b := bytes.Repeat([]byte(orange), n*n)
	info := dxgiShapeInfo{kind: shapeColour, width: uint32(n), height: uint32(n), pitch: uint32(4 * n)}
	want := &capture.CursorShape{W: n, H: n, Pix: b}
	if got := pointerShape(info, b); len(b) != maxShape || !reflect.DeepEqual(got, want) {
		t.Errorf("%d bytes: got %v", len(b), got)
	}
}

func TestEveryShorterPointerIsRefused(t *testing.T) {
	mono, monoBytes, _ := monoArrow()
	mono.pitch = 2
	monoBytes = monoBytes[:8]
	colour := dxgiShapeInfo{kind: shapeColour, width: 2, height: 2, pitch: 12}
	for _, c := range []struct {
		info dxgiShapeInfo
		b    []byte
	}{{mono, monoBytes}, {colour, make([]byte, 20)}} {
		for n := range c.b {
			if got := pointerShape(c.info, c.b[:n]); got != nil {
				t.Errorf("kind %d, %d bytes of %d: got %v", c.info.kind, n, len(c.b), got)
			}
		}
		whole, more := pointerShape(c.info, c.b), pointerShape(c.info, append(c.b, 1))
		if whole == nil || !reflect.DeepEqual(whole, more) {
			t.Errorf("kind %d: one byte more makes %v of %v", c.info.kind, more, whole)
		}
	}
}

func FuzzPointerShape(f *testing.F) {
	info, b, _ := monoArrow()
	f.Add(info.kind, info.width, info.height, info.pitch, info.hotX, info.hotY, b)
	f.Add(uint32(shapeMasked), uint32(2), uint32(1), uint32(8), int32(0), int32(0), []byte(orange+black))
	f.Fuzz(func(t *testing.T, kind, w, h, pitch uint32, x, y int32, b []byte) {
		s := pointerShape(dxgiShapeInfo{kind: kind, width: w, height: h, pitch: pitch, hotX: x, hotY: y}, b)
		if s == nil {
			return
		}
		if s.W > capture.MaxCursor || s.H > capture.MaxCursor || len(s.Pix) != 4*s.W*s.H || !s.Hot.In(image.Rect(0, 0, s.W, s.H)) {
			t.Errorf("%d × %d, hot spot %v, %d bytes", s.W, s.H, s.Hot, len(s.Pix))
		}
	})
}
