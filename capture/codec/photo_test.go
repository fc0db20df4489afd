package codec

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"testing"

	"lotse/capture"
	"lotse/capture/capturetest"
)

// through sends f as one photograph and returns what arrives, BGRA, and how
// many bytes it took.
func through(f *capture.Frame, quality int) (pix []byte, n int) {
	var p photos
	var c coder
	p.reset()
	c.encode(nil)
	p.rect(&c, f.Pix, f.Stride, f.Bounds(), quality)
	c.finish()
	coded := c.out
	pix = make([]byte, f.Stride*f.H)
	p.reset()
	c.decode(coded)
	p.rect(&c, pix, f.Stride, f.Bounds(), quality)
	if c.close() != nil {
		return nil, len(coded)
	}
	return pix, len(coded)
}

// throughJPEG does the same with the standard library.
func throughJPEG(t *testing.T, f *capture.Frame, quality int) (pix []byte, n int) {
	t.Helper()
	img := image.NewRGBA(f.Bounds())
	for y := range f.H {
		for x := range f.W {
			p := f.Pix[y*f.Stride+4*x:]
			img.SetRGBA(x, y, color.RGBA{p[2], p[1], p[0], 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	n = b.Len()
	back, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	draw.Draw(img, img.Rect, back, image.Point{}, draw.Src)
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+2] = img.Pix[i+2], img.Pix[i]
	}
	return img.Pix, n
}

// psnr is the peak signal-to-noise ratio of luma in decibels.
func psnr(a, b []byte) float64 {
	sum := 0.0
	for i := 0; i+3 < len(a); i += 4 {
		l := func(p []byte) float64 { return 0.114*float64(p[0]) + 0.587*float64(p[1]) + 0.299*float64(p[2]) }
		d := l(a[i:]) - l(b[i:])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a)/4)/math.Max(sum, 1e-9))
}

// landscape is a still picture with soft and rough parts.
func landscape(w, h int) *capture.Frame {
	scene, _ := capturetest.Named("film")
	for f := range scene.Frames(w*3/2, h*3/2, 1) {
		out := blank(w, h)
		for y := range h {
			at := (y+h/4)*f.Stride + 4*(w/4)
			copy(out.Pix[y*out.Stride:][:4*w], f.Pix[at:])
		}
		return out
	}
	return nil
}

func TestPhotoColoursAreRight(t *testing.T) {
	for _, colour := range []uint32{0x000000, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0x808080, 0x123456, 0xfedcba} {
		f := blank(61, 47)
		fill(f, f.Bounds(), colour)
		got, _ := through(f, 95)
		for i := range got {
			want := f.Pix[i]
			if i%4 == 3 {
				want = 255
			}
			if d := int(got[i]) - int(want); d < -4 || d > 4 {
				t.Fatalf("%06x, byte %d: got %d, want %d within 4", colour, i, got[i], want)
			}
		}
	}
}

func TestPhotosTakeLessThanJPEGAndShowAsMuch(t *testing.T) {
	f := landscape(320, 240)
	for _, quality := range []int{25, 70, 90} {
		ours, n := through(f, quality)
		theirs, m := throughJPEG(t, f, quality)
		a, b := psnr(f.Pix, ours), psnr(f.Pix, theirs)
		t.Logf("quality %d: %d bytes %.1f dB, JPEG %d bytes %.1f dB", quality, n, a, m, b)
		if n*100 > m*85 || a < b-0.5 {
			t.Errorf("quality %d: got %d bytes and %.1f dB, want at most 0.85 of %d and %.1f", quality, n, a, m, b)
		}
	}
}

func TestBackwardUndoesForward(t *testing.T) {
	f := landscape(64, 64)
	var q quantiser
	q.set(100)
	for at := 0; at < 4*64*56; at += 32 {
		row := make([]byte, 64*8)
		for i := range row {
			row[i] = f.Pix[(at+4*i)%len(f.Pix)]
		}
		var b block
		last := q.quantise(&b, 0, row, 64)
		for i := range b {
			b[i] *= q.step[0][i]
		}
		backward(&b, last)
		for y := range 8 {
			for x := range 8 {
				if d := b[8*y+x] + 128 - int32(row[64*y+x]); d < -3 || d > 3 {
					t.Fatalf("sample %d,%d: off by %d", x, y, d)
				}
			}
		}
	}
}

func TestPhotoCutShortIsNoticed(t *testing.T) {
	p := newPipe(t, Config{})
	f := landscape(160, 96)
	u := p.send(f, Options{})
	r := &reader{b: u}
	h, err := parseHead(r)
	if err != nil {
		t.Fatal(err)
	}
	ops, coded, err := parseBody(r, image.Pt(160, 96))
	if err != nil {
		t.Fatal(err)
	}
	var again []byte
	for _, o := range ops {
		again = o.append(again)
	}
	for _, n := range []int{0, 1, len(coded) / 2} {
		d := NewDecoder(Limits{})
		if _, err := d.Decode(cloneUpdate(h, again, len(ops), coded[:n])); err == nil {
			t.Errorf("%d of %d coded bytes were accepted", n, len(coded))
		}
	}
}

func BenchmarkPhoto(b *testing.B) {
	f := landscape(1280, 720)
	var p photos
	var c coder
	p.reset()
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(4 * 1280 * 720)
		for b.Loop() {
			c.encode(c.out[:0])
			p.rect(&c, f.Pix, f.Stride, f.Bounds(), 70)
			c.finish()
		}
	})
	var coder2 coder
	p.reset()
	c.encode(nil)
	p.rect(&c, f.Pix, f.Stride, f.Bounds(), 70)
	c.finish()
	b.Run("decode", func(b *testing.B) {
		pix := make([]byte, len(f.Pix))
		b.SetBytes(4 * 1280 * 720)
		for b.Loop() {
			p.reset()
			coder2.decode(c.out)
			p.rect(&coder2, pix, f.Stride, f.Bounds(), 70)
		}
	})
	b.Run("encode-jpeg", func(b *testing.B) {
		img := image.NewRGBA(f.Bounds())
		copy(img.Pix, f.Pix)
		b.SetBytes(4 * 1280 * 720)
		for b.Loop() {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 70}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
