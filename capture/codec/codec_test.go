package codec

import (
	"bytes"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"testing"

	"lotse/capture"
)

// colours returns the picture's pixels without alpha.
func colours(pix []byte, stride int, size image.Point) []uint32 {
	out := make([]uint32, 0, size.X*size.Y)
	for y := range size.Y {
		for x := range size.X {
			out = append(out, binary.LittleEndian.Uint32(pix[y*stride+4*x:])&0xffffff)
		}
	}
	return out
}

// firstDifference returns where f and the decoder's picture part, or false.
func firstDifference(f *capture.Frame, d *Decoder) (image.Point, bool) {
	pix, stride, size := d.Picture()
	got, want := colours(pix, stride, size), colours(f.Pix, f.Stride, image.Pt(f.W, f.H))
	if len(got) != len(want) {
		return image.Pt(-1, -1), true
	}
	for i := range got {
		if got[i] != want[i] {
			return image.Pt(i%f.W, i/f.W), true
		}
	}
	return image.Point{}, false
}

// pipe is an encoder and a decoder that follows it.
type pipe struct {
	t   testing.TB
	enc *Encoder
	dec *Decoder
}

func newPipe(tb testing.TB, c Config) *pipe {
	tb.Helper()
	enc, err := NewEncoder(c)
	if err != nil {
		tb.Fatal(err)
	}
	return &pipe{tb, enc, NewDecoder(Limits{})}
}

// send passes f through and returns the update.
func (p *pipe) send(f *capture.Frame, o Options) []byte {
	p.t.Helper()
	update, err := p.enc.Encode(nil, f, o)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(update) == 0 {
		return nil
	}
	if _, err := p.dec.Decode(update); err != nil {
		p.t.Fatalf("decode an update of %d bytes: %v", len(update), err)
	}
	p.agree()
	return update
}

// agree fails unless encoder and decoder hold the same state.
func (p *pipe) agree() {
	p.t.Helper()
	if !equal(p.enc.agreed.px, p.dec.agreed.px) {
		p.t.Fatal("encoder and decoder hold different planes")
	}
	if *p.enc.model != *p.dec.model {
		p.t.Fatal("encoder and decoder learned differently")
	}
	if p.enc.photos.kind != p.dec.photos.kind {
		p.t.Fatal("encoder and decoder learned different photographs")
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// same fails unless the decoder shows f exactly.
func (p *pipe) same(f *capture.Frame) {
	p.t.Helper()
	if at, different := firstDifference(f, p.dec); different {
		p.t.Fatalf("picture differs from the frame at %v", at)
	}
}

// blank returns a black frame with alpha left at zero.
func blank(w, h int) *capture.Frame {
	return &capture.Frame{Pix: make([]byte, 4*w*h), Stride: 4 * w, W: w, H: h}
}

func put(f *capture.Frame, x, y int, colour uint32) {
	binary.LittleEndian.PutUint32(f.Pix[y*f.Stride+4*x:], colour)
}

// noise fills r with colours nobody can predict.
func noise(f *capture.Frame, r image.Rectangle, rnd *rand.Rand) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			put(f, x, y, rnd.Uint32())
		}
	}
}

func fill(f *capture.Frame, r image.Rectangle, colour uint32) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			put(f, x, y, colour)
		}
	}
}

func TestLosslessUpdatesAreExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	p := newPipe(t, Config{LosslessOnly: true})
	f := blank(203, 117)
	for range 40 {
		x, y := rnd.IntN(f.W), rnd.IntN(f.H)
		r := image.Rect(x, y, x+1+rnd.IntN(f.W-x), y+1+rnd.IntN(f.H-y))
		if rnd.IntN(3) == 0 {
			noise(f, r, rnd)
		} else {
			fill(f, r, rnd.Uint32())
		}
		f.Dirty = []image.Rectangle{r}
		p.send(f, Options{Key: rnd.IntN(9) == 0})
		p.same(f)
	}
}

func TestNothingChangedIsNothingSent(t *testing.T) {
	p := newPipe(t, Config{})
	f := blank(64, 64)
	fill(f, image.Rect(3, 3, 40, 50), 0x123456)
	p.send(f, Options{})
	if got := p.send(f, Options{}); !bytes.Equal(got, nil) {
		t.Errorf("second update: got %x, want nothing", got)
	}
}
