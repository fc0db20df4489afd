package video

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"testing"
)

// What openh264 2.1 wrote for 262 × 200 pixels: parameters, and the beginning
// of an intra and of a predicted picture.
const (
	sequenceHex = "6742c0148c8d408800db34b00f08846a"
	pictureHex  = "68ce3c80"
	intraHex    = "65b8000400"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// unit puts parts together behind start codes.
func unit(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(append(out, 0, 0, 0, 1), p...)
	}
	return out
}

// first returns the parts of a real first unit for the size.
func first(tb testing.TB, size image.Point) [][]byte {
	tb.Helper()
	parts, ok := split(stream(tb, size, 1)[0], 3)
	if !ok || len(parts) != 3 {
		tb.Fatalf("the encoder wrote %d parts", len(parts))
	}
	return parts
}

func TestGateKnowsOurEncoder(t *testing.T) {
	for _, size := range []image.Point{{16, 16}, {176, 144}, {262, 198}, {1280, 720}, {1920, 1080}} {
		g := gate{size: size}
		for i, u := range stream(t, size, 3) {
			if err := g.pass(u); err != nil {
				t.Errorf("%v, picture %d: %v", size, i, err)
			}
		}
	}
}

func TestGateRefusesEverythingElse(t *testing.T) {
	size := image.Pt(176, 144)
	parts := first(t, size)
	sps, pps, idr := parts[0], parts[1], parts[2]
	next := stream(t, size, 2)[1][4:]
	change := func(b []byte, at int, to byte) []byte {
		out := bytes.Clone(b)
		out[at] = to
		return out
	}
	tests := []struct {
		name  string
		units [][]byte
	}{
		{"nothing", [][]byte{{}}},
		{"no start code", [][]byte{sps}},
		{"a predicted picture first", [][]byte{unit(next)}},
		{"no picture parameters", [][]byte{unit(sps, idr)}},
		{"another order", [][]byte{unit(pps, sps, idr)}},
		{"two intra pictures", [][]byte{unit(sps, pps, idr, idr)}},
		{"supplemental information", [][]byte{unit(change(sps, 0, 0x66), sps, pps, idr)}},
		{"another profile", [][]byte{unit(change(sps, 1, 100), pps, idr)}},
		{"more than baseline", [][]byte{unit(change(sps, 2, 0), pps, idr)}},
		{"a level beyond all", [][]byte{unit(change(sps, 3, 60), pps, idr)}},
		{"a scalable extension", [][]byte{unit(sps, pps, change(idr, 0, 0x74))}},
		{"forbidden bit", [][]byte{unit(sps, pps, change(idr, 0, 0xe5))}},
		{"parameters with something behind", [][]byte{unit(append(bytes.Clone(sps), 0x80), pps, idr)}},
		{"parameters that are too long", [][]byte{unit(append(bytes.Clone(sps), make([]byte, maxHead)...), pps, idr)}},
		{"parameters that are cut", [][]byte{unit(sps[:len(sps)-1], pps, idr)}},
		{"parameters again", [][]byte{unit(sps, pps, idr), unit(sps, pps, idr)}},
		{"an intra unit later", [][]byte{unit(sps, pps, idr), unit(idr)}},
		{"two pictures in one", [][]byte{unit(sps, pps, idr), unit(next, next)}},
		{"a picture that begins in the middle", [][]byte{unit(sps, pps, idr), unit(change(next, 1, 0x40))}},
		{"too large", [][]byte{unit(sps, pps, append(bytes.Clone(idr), bytes.Repeat([]byte{0xff}, maxUnit)...))}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := gate{size: size}
			var err error
			for _, u := range test.units {
				err = g.pass(u)
			}
			if !errors.Is(err, ErrStream) {
				t.Errorf("got %v, want ErrStream", err)
			}
			if err := g.pass(unit(sps, pps, idr)); !errors.Is(err, ErrStream) {
				t.Errorf("after that: got %v, want ErrStream", err)
			}
		})
	}
}

func TestGateRefusesAnotherSize(t *testing.T) {
	u := unit(first(t, image.Pt(176, 144))...)
	for _, size := range []image.Point{{160, 144}, {176, 128}, {174, 144}, {352, 288}} {
		g := gate{size: size}
		if err := g.pass(u); !errors.Is(err, ErrStream) {
			t.Errorf("%v: got %v, want ErrStream", size, err)
		}
	}
}

func TestNumbersAreExpGolomb(t *testing.T) {
	r := &bitReader{b: []byte{0b1_010_011_0, 0b0100_0010, 0b1_0000000}}
	for i, want := range []int{0, 1, 2, 3, 4} {
		if got := r.number(9); got != want {
			t.Errorf("number %d: got %d, want %d", i, got, want)
		}
	}
	if r.number(9); !r.bad {
		t.Error("a number without an end was read")
	}
	if r := (&bitReader{b: []byte{0b00100_000}}); r.number(2) != -1 || !r.bad {
		t.Error("a number above its limit was read")
	}
}

func TestUnescapeTakesTheThreesOut(t *testing.T) {
	got := unescape([]byte{0, 0, 3, 1, 0, 0, 3, 0, 0, 3}, 9)
	if want := []byte{0, 0, 1, 0, 0, 0, 0}; !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzGate(f *testing.F) {
	size := image.Pt(176, 144)
	if Supported() {
		for _, u := range stream(f, size, 2) {
			f.Add(u, u)
		}
	}
	f.Add(unit(unhex(f, sequenceHex), unhex(f, pictureHex), unhex(f, intraHex)), unit([]byte{0x61, 0xe0, 0, 0x40}))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		g := gate{size: size}
		if err := g.pass(a); err == nil && !bytes.HasPrefix(a, []byte{0, 0, 0, 1}) {
			t.Error("a unit without a start code passed")
		}
		if err := g.pass(b); err == nil && b[4]&0x1f != unitPicture {
			t.Errorf("a second unit of kind %d passed", b[4]&0x1f)
		}
	})
}
