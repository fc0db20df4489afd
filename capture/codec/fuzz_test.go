package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"testing"

	"lotse/capture"
	"lotse/capture/capturetest"
)

// fuzzLimits keeps fuzzed pictures small enough to be quick.
func fuzzLimits() Limits { return Limits{Side: 512, Pixels: 1 << 14} }

// packed puts updates in a row, each behind its length in two bytes.
func packed(updates [][]byte) []byte {
	var out []byte
	for _, u := range updates {
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(u))), u...)
	}
	return out
}

// scenery returns the updates of some frames of a scene.
func scenery(tb testing.TB, name string, c Config) [][]byte {
	tb.Helper()
	scene, ok := capturetest.Named(name)
	if !ok {
		tb.Fatal("no such scene: " + name)
	}
	enc, err := NewEncoder(c)
	if err != nil {
		tb.Fatal(err)
	}
	var out [][]byte
	for f := range scene.Frames(96, 64, 4) {
		u, err := enc.Encode(nil, f, Options{Refine: 200})
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

// rawVideo codes a picture of a film as two bytes, its first pixel and how
// many pictures came before: small enough for a fuzzer to play with.
type rawVideo struct{}

func (rawVideo) NewEncoder(size image.Point, _ int) (VideoEncoder, error) {
	return &rawCoder{size: size}, nil
}

func (rawVideo) NewDecoder(size image.Point) (VideoDecoder, error) {
	return &rawCoder{size: size}, nil
}

type rawCoder struct {
	size image.Point
	next byte
}

func (c *rawCoder) Encode(dst []byte, p *image.YCbCr, key bool) ([]byte, error) {
	if key {
		c.next = 0
	}
	c.next++
	return append(dst, p.Y[0], c.next-1), nil
}

func (c *rawCoder) Decode(unit []byte) (*image.YCbCr, error) {
	if len(unit) != 2 || unit[1] != c.next {
		return nil, errOrder
	}
	c.next++
	p := image.NewYCbCr(image.Rectangle{Max: c.size}, image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = unit[0]
	}
	return p, nil
}

func (*rawCoder) SetRate(int) error { return nil }

func (*rawCoder) Close() error { return nil }

// projection returns the updates of a film.
func projection(tb testing.TB) (out [][]byte) {
	tb.Helper()
	enc, err := NewEncoder(Config{Video: rawVideo{}})
	if err != nil {
		tb.Fatal(err)
	}
	f := blank(160, 100)
	for n := range 8 {
		shot(f, f.Bounds().Inset(3), n)
		u, err := enc.Encode(nil, f, withFilm())
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

// FuzzDecode gives one decoder a sequence of updates: it must not panic, must
// keep its picture's size consistent and must refuse all but key updates
// after damage.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"typing", "scroll", "drag", "idle"} {
		f.Add(packed(scenery(f, name, Config{})))
	}
	f.Add(packed(projection(f)))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := NewDecoder(fuzzLimits())
		d.UseVideo(rawVideo{})
		defer d.Close()
		for len(b) >= 2 {
			n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
			update := b[2 : 2+n]
			b = b[2+n:]
			lost := d.lost
			dirty, err := d.Decode(update)
			if err == nil && lost && update[1]&keyFlag == 0 {
				t.Fatal("an update was accepted that has nothing to stand on")
			}
			pix, stride, size := d.Picture()
			if len(pix) != stride*size.Y || stride != 4*size.X || size.X*size.Y > 1<<14 {
				t.Fatalf("picture of %d bytes, stride %d, size %v", len(pix), stride, size)
			}
			for _, r := range dirty {
				if err != nil || !r.In(image.Rectangle{Max: size}) {
					t.Fatalf("dirty %v of %v, %v", r, size, err)
				}
			}
		}
	})
}

// fuzzFrames draws small frames by b: each step is a rectangle, a way to fill
// it and what is reported.
func fuzzFrames(b []byte, w, h int, each func(f *capture.Frame, o Options)) {
	f := blank(w, h)
	for len(b) >= 8 {
		x, y := int(b[0])%w, int(b[1])%h
		r := image.Rect(x, y, x+1+int(b[2])%w, y+1+int(b[3])%h).Intersect(f.Bounds())
		colour := uint32(b[4]) | uint32(b[5])<<8 | uint32(b[6])<<16
		way := b[7]
		b = b[8:]
		switch way & 3 {
		case 0:
			fill(f, r, colour)
		case 1:
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					put(f, x, y, (colour+uint32(x*y))*0x9e3779b1)
				}
			}
		case 2:
			for y := r.Min.Y; y < r.Max.Y; y++ {
				copy(f.Pix[y*f.Stride+4*r.Min.X:y*f.Stride+4*r.Max.X], f.Pix[int(b7(b))%h*f.Stride:])
			}
		case 3:
			shiftRect(f.Pix, func(x, y int) int { return 4 * (y*w + x) }, 4, move{f.Bounds().Intersect(f.Bounds().Add(r.Min)), image.Point{}})
		}
		f.Dirty = nil
		o := Options{Key: way&16 != 0, VideoRate: 1_000_000}
		if way&32 != 0 {
			o.Budget = 300
		}
		if way&64 != 0 {
			o.Refine = 300
		}
		each(f, o)
	}
}

// b7 is the last byte of a step, or zero.
func b7(b []byte) byte {
	if len(b) < 8 {
		return 0
	}
	return b[7]
}

// FuzzEncodeDecode draws frames and wants each back, at once when everything
// is lossless, and after refinement otherwise.
func FuzzEncodeDecode(f *testing.F) {
	f.Add([]byte{0, 0, 80, 60, 1, 2, 3, 1, 3, 5, 1, 1, 0, 0, 0, 3, 9, 9, 30, 30, 255, 0, 0, 2}, true)
	f.Add(bytes.Repeat([]byte{7, 3, 50, 40, 11, 12, 13, 97}, 5), false)
	f.Add(bytes.Repeat([]byte{1, 1, 155, 121, 11, 12, 13, 1, 1, 1, 155, 121, 17, 12, 13, 1}, 9), false)
	f.Add([]byte{0, 0, 80, 60, 1, 2, 3, 1, 0, 0, 80, 60, 1, 2, 4, 33, 0, 9, 1, 1, 1, 2, 4, 67}, false)
	f.Fuzz(func(t *testing.T, b []byte, lossless bool) {
		p := newPipe(t, Config{LosslessOnly: lossless, Video: rawVideo{}})
		p.dec.UseVideo(rawVideo{})
		var last *capture.Frame
		w, h := 75, 52
		if len(b) > 100 { // large enough for a film
			w, h = 160, 127
		}
		fuzzFrames(b[:min(len(b), 160)], w, h, func(f *capture.Frame, o Options) {
			if lossless {
				o.Budget = 0
			}
			p.send(f, o)
			p.exactWhereNotPending(f)
			if lossless {
				p.same(f)
			}
			last = f
		})
		if last != nil {
			p.quiet(last, Options{Refine: 2000, VideoRate: 1_000_000})
			p.same(last)
		}
	})
}
