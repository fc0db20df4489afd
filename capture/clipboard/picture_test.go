package clipboard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"reflect"
	"testing"
)

func pngChunk(kind, data string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, kind...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// header is a PNG that says it is of that size and ends there.
func header(tb testing.TB, w, h uint32) []byte {
	tb.Helper()
	data := binary.BigEndian.AppendUint32(nil, w)
	data = binary.BigEndian.AppendUint32(data, h)
	data = append(data, 8, 6, 0, 0, 0)
	return append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(data))...)
}

// bitmap writes the header of an old bitmap and what follows.
func bitmap(w, h int32, depth uint16, compression, used uint32, rest ...byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, dibHeader)
	out = binary.LittleEndian.AppendUint32(out, uint32(w))
	out = binary.LittleEndian.AppendUint32(out, uint32(h))
	out = binary.LittleEndian.AppendUint16(out, 1)
	out = binary.LittleEndian.AppendUint16(out, depth)
	out = binary.LittleEndian.AppendUint32(out, compression)
	out = append(out, make([]byte, 12)...)
	out = binary.LittleEndian.AppendUint32(out, used)
	return append(append(out, make([]byte, 4)...), rest...)
}

func longs(values ...uint32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

var (
	red   = color.NRGBA{255, 0, 0, 255}
	green = color.NRGBA{0, 255, 0, 255}
	blue  = color.NRGBA{0, 0, 255, 255}
	black = color.NRGBA{0, 0, 0, 255}
)

func TestEveryKindOfBitmapIsRead(t *testing.T) {
	palette := []byte{0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0} // red, green, blue
	repeated := encodeDIB(picture(2, 1, red, blue))
	repeated = append(append(bytes.Clone(repeated[:dibHeaderV5]), repeated[dibHeader:dibHeader+12]...), repeated[dibHeaderV5:]...)
	v5 := encodeDIB(picture(1, 1, color.NRGBA{1, 2, 3, 4}))
	noAlpha := encodeDIB(picture(1, 1, color.NRGBA{1, 2, 3, 0}))
	for name, row := range map[string]struct {
		data []byte
		want *image.NRGBA
	}{
		"24 bits, upward":   {bitmap(1, 2, 24, dibPlain, 0, 0, 0, 255, 0, 0, 255, 0, 0), picture(1, 2, green, red)},
		"24 bits, downward": {bitmap(1, -2, 24, dibPlain, 0, 0, 0, 255, 0, 0, 255, 0, 0), picture(1, 2, red, green)},
		"32 bits":           {bitmap(2, 1, 32, dibPlain, 0, longs(0x7fff0000, 0x000000ff)...), picture(2, 1, red, blue)},
		"16 bits, 555":      {bitmap(2, 1, 16, dibPlain, 0, longs(0x03e0_7c00)...), picture(2, 1, red, green)},
		"16 bits, 565":      {bitmap(2, 1, 16, dibMasks, 0, longs(0xf800, 0x07e0, 0x001f, 0x07e0_f800)...), picture(2, 1, red, green)},
		"32 bits, masks":    {bitmap(1, 1, 32, dibMasks, 0, longs(0xff, 0xff00, 0xff0000, 0x0000ff)...), picture(1, 1, red)},
		"10 bits a channel": {bitmap(1, 1, 32, dibMasks, 0, longs(0x3ff, 0x3ff<<10, 0x3ff<<20, 0x3ff)...), picture(1, 1, red)},
		"alpha mask": {
			bitmap(1, 1, 32, dibAlphaMasks, 0, longs(0xff0000, 0xff00, 0xff, 0xff000000, 0x80010203)...),
			picture(1, 1, color.NRGBA{1, 2, 3, 0x80}),
		},
		"8 bits":          {bitmap(3, 1, 8, dibPlain, 3, append(palette, 2, 1, 9, 0)...), picture(3, 1, blue, green, black)},
		"4 bits":          {bitmap(3, 1, 4, dibPlain, 3, append(palette, 0x21, 0x00, 0, 0)...), picture(3, 1, blue, green, red)},
		"1 bit":           {bitmap(3, 1, 1, dibPlain, 2, append(palette[:8:8], 0b101_00000, 0, 0, 0)...), picture(3, 1, green, red, green)},
		"unneeded table":  {bitmap(1, 1, 24, dibPlain, 1, 9, 9, 9, 9, 0, 0, 255, 0), picture(1, 1, red)},
		"newest":          {v5, picture(1, 1, color.NRGBA{1, 2, 3, 4})},
		"repeated masks":  {repeated, picture(2, 1, red, blue)},
		"no alpha at all": {noAlpha, picture(1, 1, color.NRGBA{1, 2, 3, 255})},
	} {
		got, err := parseDIB(row.data)
		if err != nil || !reflect.DeepEqual(got, image.Image(row.want)) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, row.want)
		}
		// Every shorter one is refused, one byte more is nobody's business.
		for n := range row.data {
			if m, err := parseDIB(row.data[:n]); err == nil && name != "repeated masks" {
				t.Errorf("%s: %d of %d bytes: got %v, want an error", name, n, len(row.data), m)
			}
		}
		if got, err := parseDIB(append(bytes.Clone(row.data), 0)); err != nil || !reflect.DeepEqual(got, image.Image(row.want)) {
			t.Errorf("%s and a byte: got %v, %v, want %v", name, got, err, row.want)
		}
	}
}

func picture(w, h int, px ...color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, c := range px {
		m.SetNRGBA(i%w, i/w, c)
	}
	return m
}

func TestBitmapsThatLieAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		data []byte
		want error
	}{
		"no width":         {bitmap(0, 1, 32, dibPlain, 0, make([]byte, 64)...), ErrInvalid},
		"negative width":   {bitmap(-1, 1, 32, dibPlain, 0, make([]byte, 64)...), ErrInvalid},
		"lowest height":    {bitmap(1, -1<<31, 32, dibPlain, 0, make([]byte, 64)...), ErrTooLarge},
		"too wide":         {bitmap(MaxSide+1, 1, 32, dibPlain, 0, make([]byte, 64)...), ErrTooLarge},
		"five bits":        {bitmap(1, 1, 5, dibPlain, 0, make([]byte, 64)...), ErrInvalid},
		"no bits":          {bitmap(1, 1, 0, dibPlain, 0, make([]byte, 64)...), ErrInvalid},
		"run lengths":      {bitmap(1, 1, 8, 1, 0, make([]byte, 2048)...), ErrInvalid},
		"JPEG inside":      {bitmap(1, 1, 0, 4, 0, make([]byte, 64)...), ErrInvalid},
		"large table":      {bitmap(1, 1, 8, dibPlain, 257, make([]byte, 2048)...), ErrInvalid},
		"mask with a hole": {bitmap(1, 1, 32, dibMasks, 0, longs(5, 0xff00, 0xff0000, 0)...), ErrInvalid},
		"no mask":          {bitmap(1, 1, 32, dibMasks, 0, longs(0, 0xff00, 0xff0000, 0)...), ErrInvalid},
	} {
		if m, err := parseDIB(row.data); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, %v, want %v", name, m, err, row.want)
		}
	}
}

func TestBitmapsAreWrittenAsWindowsHasThem(t *testing.T) {
	got := encodeDIB(picture(1, 2, color.NRGBA{1, 2, 3, 4}, color.NRGBA{5, 6, 7, 8}))
	want := append(bytes.Repeat([]byte{0}, dibHeaderV5), 7, 6, 5, 8, 3, 2, 1, 4)
	for at, v := range map[int]uint32{
		0: 124, 4: 1, 8: 2, 12: 1 | 32<<16, 16: 3, 20: 8,
		40: 0xff0000, 44: 0xff00, 48: 0xff, 52: 0xff000000, 56: 0x73524742, 108: 4,
	} {
		binary.LittleEndian.PutUint32(want[at:], v)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	m := somePicture(17, 9)
	if back, err := parseDIB(encodeDIB(m)); err != nil || !reflect.DeepEqual(back, image.Image(m)) {
		t.Errorf("round trip: got %v, want the picture back", err)
	}
}

func TestEveryShorterPNGIsRefused(t *testing.T) {
	data := somePNG(t, 3, 3)
	for n := range data {
		if m, err := decodePNG(data[:n]); err == nil {
			t.Errorf("%d of %d bytes: got %v, want an error", n, len(data), m.Bounds())
		}
	}
	if m, err := decodePNG(append(bytes.Clone(data), 0)); err != nil || m.Bounds() != image.Rect(0, 0, 3, 3) {
		t.Errorf("a byte more: got %v", err)
	}
}

func TestDeepPicturesMayBeHalfAsLarge(t *testing.T) {
	for name, row := range map[string]struct {
		w, h, each int
		want       error
	}{
		"largest":          {MaxSide, MaxSide, 4, nil},
		"deep and largest": {MaxSide, MaxSide, 8, ErrTooLarge},
		"deep and half":    {MaxSide, MaxSide / 2, 8, nil},
	} {
		if err := fits(row.w, row.h, row.each); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

func FuzzBitmap(f *testing.F) {
	f.Add(encodeDIB(somePicture(3, 2)))
	f.Add(bitmap(3, 1, 8, dibPlain, 1, 0, 0, 255, 0, 2, 1, 9, 0))
	f.Add(bitmap(2, 1, 16, dibMasks, 0, longs(0xf800, 0x07e0, 0x001f, 0)...))
	f.Add(bitmap(1, -2, 24, dibPlain, 0, make([]byte, 8)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseDIB(data)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("got %v, want one of ours", err)
			}
			return
		}
		back, err := parseDIB(encodeDIB(m))
		if err != nil || !reflect.DeepEqual(m, back) && !blank(m.(*image.NRGBA).Pix) {
			t.Errorf("got %v, want the picture back", err)
		}
	})
}

func FuzzPNG(f *testing.F) {
	f.Add(somePNG(f, 3, 2))
	f.Add(header(f, 1<<31, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodePNG(data)
		if err != nil {
			return
		}
		again, err := encodePNG(m)
		if err != nil {
			t.Fatalf("got %v, want a PNG", err)
		}
		if _, err := decodePNG(again); err != nil && !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v for our own PNG", err)
		}
	})
}
