package ui

import (
	"bytes"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"lotse/participant/watch"
)

// noise is a picture with a stride wider than its rows.
func noise(size image.Point, seed uint64) watch.View {
	v := watch.View{Size: size, Stride: 4*size.X + 12}
	v.Pix = make([]byte, v.Stride*size.Y)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range v.Pix {
		v.Pix[i] = byte(r.UintN(256))
	}
	return v
}

// at returns what the mosaic shows at a pixel.
func (m *mosaic) at(x, y int) color.RGBA {
	for _, t := range m.tiles {
		if p := image.Pt(x, y); p.In(t.at) {
			p = p.Sub(t.at.Min)
			return t.img.RGBAAt(p.X, p.Y)
		}
	}
	return color.RGBA{}
}

func TestMosaicCopiesEveryPixelAtFullSize(t *testing.T) {
	v := noise(image.Pt(300, 270), 1)
	var m mosaic
	if !m.shape(v.Size, v.Size) || m.shape(v.Size, v.Size) {
		t.Fatal("shape did not change once")
	}
	if got, want := len(m.paint(v, true)), 4; got != want {
		t.Fatalf("got %d tiles, want %d", got, want)
	}
	for y := range v.Size.Y {
		for x := range v.Size.X {
			p := v.Pix[y*v.Stride+4*x:]
			if got, want := m.at(x, y), (color.RGBA{p[2], p[1], p[0], 0xff}); got != want {
				t.Fatalf("%d,%d: got %v, want %v", x, y, got, want)
			}
		}
	}
}

// area is the same filter, slowly and in floating point.
func area(v watch.View, dst image.Point, x, y, channel int) float64 {
	sx, sy := float64(v.Size.X)/float64(dst.X), float64(v.Size.Y)/float64(dst.Y)
	over := func(i int, s float64, p int) float64 {
		return max(0, min(float64(i+1)*s, float64(p+1))-max(float64(i)*s, float64(p)))
	}
	var sum float64
	for q := int(float64(y) * sy); q < v.Size.Y && float64(q) < float64(y+1)*sy; q++ {
		for p := int(float64(x) * sx); p < v.Size.X && float64(p) < float64(x+1)*sx; p++ {
			sum += over(x, sx, p) * over(y, sy, q) * float64(v.Pix[q*v.Stride+4*p+channel])
		}
	}
	return sum / (sx * sy)
}

func TestMosaicScalesByArea(t *testing.T) {
	v := noise(image.Pt(613, 411), 2)
	for _, dst := range []image.Point{{400, 268}, {612, 410}, {100, 67}, {1, 1}, {613, 200}} {
		var m mosaic
		m.shape(v.Size, dst)
		m.paint(v, true)
		r := rand.New(rand.NewPCG(3, 3))
		for range 500 {
			x, y := r.IntN(dst.X), r.IntN(dst.Y)
			got := m.at(x, y)
			for channel, value := range []uint8{got.B, got.G, got.R} {
				if want := area(v, dst, x, y, channel); float64(value) < want-1.5 || float64(value) > want+1.5 {
					t.Fatalf("%v at %d,%d channel %d: got %d, want %.2f", dst, x, y, channel, value, want)
				}
			}
		}
	}
}

func TestMosaicKeepsOneColourOneColour(t *testing.T) {
	v := noise(image.Pt(777, 555), 4)
	for i := 0; i < len(v.Pix); i += 4 {
		v.Pix[i], v.Pix[i+1], v.Pix[i+2] = 0xff, 0x80, 0x01
	}
	var m mosaic
	m.shape(v.Size, image.Pt(431, 308))
	m.paint(v, true)
	for y := range 308 {
		for x := range 431 {
			if got, want := m.at(x, y), (color.RGBA{0x01, 0x80, 0xff, 0xff}); got != want {
				t.Fatalf("%d,%d: got %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestMosaicPaintsChangesAsIfItPaintedAll(t *testing.T) {
	for _, dst := range []image.Point{{800, 600}, {530, 397}, {266, 199}} {
		v := noise(image.Pt(800, 600), 5)
		var part, whole mosaic
		part.shape(v.Size, dst)
		part.paint(v, true)
		r := rand.New(rand.NewPCG(6, uint64(dst.X)))
		for range 50 {
			from := image.Pt(r.IntN(800), r.IntN(600))
			d := image.Rectangle{Min: from, Max: from.Add(image.Pt(1+r.IntN(60), 1+r.IntN(60)))}
			for y := d.Min.Y; y < min(d.Max.Y, 600); y++ {
				for x := d.Min.X; x < min(d.Max.X, 800); x++ {
					v.Pix[y*v.Stride+4*x] = byte(r.UintN(256))
				}
			}
			v.Dirty = []image.Rectangle{d}
			if len(part.paint(v, false)) == 0 {
				t.Fatalf("nothing painted for %v", d)
			}
		}
		whole.shape(v.Size, dst)
		whole.paint(v, true)
		for i := range whole.tiles {
			if !bytes.Equal(part.tiles[i].img.Pix, whole.tiles[i].img.Pix) {
				t.Errorf("%v: tile %d differs from one that was painted whole", dst, i)
			}
		}
	}
}

func TestMosaicPaintsOnlyTheTilesThatChanged(t *testing.T) {
	v := noise(image.Pt(1024, 1024), 7)
	var m mosaic
	m.shape(v.Size, v.Size)
	m.paint(v, true)
	v.Dirty = []image.Rectangle{image.Rect(300, 10, 301, 11)}
	if got := m.paint(v, false); len(got) != 1 || got[0] != 1 {
		t.Errorf("got tiles %v, want [1]", got)
	}
	v.Dirty = nil
	if got := m.paint(v, false); len(got) != 0 {
		t.Errorf("got tiles %v, want none", got)
	}
}

func TestMosaicNeverEnlargesAndBearsNothing(t *testing.T) {
	var m mosaic
	m.shape(image.Pt(10, 10), image.Pt(100, 100))
	if got, want := m.dst, image.Pt(10, 10); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	m.shape(image.Point{}, image.Pt(100, 100))
	if got := m.paint(watch.View{}, true); len(got) != 0 {
		t.Errorf("got tiles %v, want none", got)
	}
	m.shape(image.Pt(10, 10), image.Pt(10, 10))
	short := watch.View{Size: image.Pt(10, 10), Stride: 40, Pix: make([]byte, 399)}
	if got := m.paint(short, true); len(got) != 0 {
		t.Errorf("got tiles %v of a picture that is too short, want none", got)
	}
}

func BenchmarkMosaicFit1080p(b *testing.B) {
	v := noise(image.Pt(1920, 1080), 8)
	var m mosaic
	m.shape(v.Size, image.Pt(1280, 720))
	for b.Loop() {
		m.paint(v, true)
	}
}
