package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"lotse/capture"
	"lotse/capture/capturetest"
)

// plainVideo codes each picture of a film as a JPEG behind its number, and
// insists on their order as real coders do. open counts those not closed.
type plainVideo struct {
	open  int
	sizes []image.Point
}

func (v *plainVideo) NewEncoder(size image.Point, _ int) (VideoEncoder, error) {
	v.open++
	v.sizes = append(v.sizes, size)
	return &plainCoder{video: v, size: size}, nil
}

func (v *plainVideo) NewDecoder(size image.Point) (VideoDecoder, error) {
	v.open++
	return &plainCoder{video: v, size: size}, nil
}

type plainCoder struct {
	video *plainVideo
	size  image.Point
	next  uint32
	rate  int
}

var errOrder = errors.New("not the next picture")

func (c *plainCoder) Encode(dst []byte, p *image.YCbCr, key bool) ([]byte, error) {
	if p.Rect.Size() != c.size {
		return nil, errors.New("size")
	}
	if key {
		c.next = 0
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 95})
	dst = append(binary.BigEndian.AppendUint32(dst, c.next), b.Bytes()...)
	c.next++
	return dst, err
}

func (c *plainCoder) Decode(unit []byte) (*image.YCbCr, error) {
	if len(unit) < 4 || binary.BigEndian.Uint32(unit) != c.next {
		return nil, errOrder
	}
	c.next++
	img, err := jpeg.Decode(bytes.NewReader(unit[4:]))
	if err != nil {
		return nil, err
	}
	return img.(*image.YCbCr), nil //nolint:forcetypeassert // our own encoder writes no other
}

func (c *plainCoder) SetRate(rate int) error { c.rate = rate; return nil }

func (c *plainCoder) Close() error { c.video.open--; return nil }

// filmPipe is a pipe with video at both ends.
func filmPipe(t *testing.T) (*pipe, *plainVideo) {
	t.Helper()
	v := new(plainVideo)
	p := newPipe(t, Config{Video: v})
	p.dec.UseVideo(v)
	t.Cleanup(func() {
		p.enc.Close()
		p.dec.Close()
		if v.open != 0 {
			t.Errorf("%d coders are still open", v.open)
		}
	})
	return p, v
}

// withFilm is how updates are made while every viewer knows video.
func withFilm() Options { return Options{VideoRate: 1_000_000} }

// videoOps returns the rectangles that an update paints as video.
func videoOps(t *testing.T, p *pipe, u []byte) (out []image.Rectangle) {
	t.Helper()
	r := &reader{b: u}
	if _, err := parseHead(r); err != nil {
		t.Fatal(err)
	}
	ops, _, err := parseBody(r, p.dec.size)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range ops {
		if o.kind == opVideo {
			out = append(out, o.rect)
		}
	}
	return out
}

// shot paints the n-th picture of a film into r: soft shapes that move, and grain.
func shot(f *capture.Frame, r image.Rectangle, n int) {
	rnd := rand.New(rand.NewPCG(uint64(n), 3))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			g := uint32((x*2 + y + 5*n) & 511)
			g = min(g, 511-g)/2 + 40 + rnd.Uint32N(5)
			put(f, x, y, g<<16|(g*3/4)<<8|(255-g))
		}
	}
}

func TestFilmIsVideoAfterAFewFrames(t *testing.T) {
	p, v := filmPipe(t)
	f := blank(400, 300)
	film := image.Rect(51, 37, 51+261, 37+199) // odd on purpose
	p.send(f, withFilm())
	first := 0
	for n := range 12 {
		shot(f, film, n)
		u := p.send(f, withFilm())
		if got := videoOps(t, p, u); len(got) > 0 {
			if first == 0 {
				first = n
			}
			if len(got) != 1 || got[0] != film {
				t.Fatalf("frame %d: got video in %v, want %v", n, got, film)
			}
		}
	}
	if first != filmRun {
		t.Errorf("video began with frame %d, want %d", first, filmRun)
	}
	if want := []image.Point{{262, 200}}; len(v.sizes) != 1 || v.sizes[0] != want[0] {
		t.Errorf("coded sizes: got %v, want %v", v.sizes, want)
	}
	p.close(f, film, 12)
}

// close fails when a colour in the picture is further than off from the frame.
func (p *pipe) close(f *capture.Frame, r image.Rectangle, off int) {
	p.t.Helper()
	pix, stride, _ := p.dec.Picture()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for i := 4 * r.Min.X; i < 4*r.Max.X; i++ {
			a, b := int(pix[y*stride+i]), int(f.Pix[y*f.Stride+i])
			if i%4 != 3 && max(a-b, b-a) > off {
				p.t.Fatalf("pixel %d,%d byte %d: got %d, want about %d", i/4, y, i%4, a, b)
			}
		}
	}
}

func TestFilmThatStandsStillBecomesExact(t *testing.T) {
	p, v := filmPipe(t)
	f := blank(400, 300)
	p.send(f, withFilm())
	for n := range 10 {
		shot(f, image.Rect(50, 30, 300, 230), n)
		p.send(f, withFilm())
	}
	if v.open != 2 {
		t.Fatalf("%d coders are open while the film plays, want 2", v.open)
	}
	f.Dirty = []image.Rectangle{}
	for range 400 {
		o := withFilm()
		o.Refine = 4000
		p.send(f, o)
	}
	p.same(f)
	if p.enc.Pending() {
		t.Error("something is left to send")
	}
	if v.open != 1 {
		t.Errorf("%d coders are open, want the decoder that waits for the next film", v.open)
	}
}

func TestTextBesideAFilmStaysExact(t *testing.T) {
	p, _ := filmPipe(t)
	f := blank(400, 300)
	film := image.Rect(50, 30, 300, 230)
	rnd := rand.New(rand.NewPCG(5, 6))
	p.send(f, withFilm())
	for n := range 30 {
		shot(f, film, n)
		for range 20 { // somebody types right beside it
			put(f, 300+rnd.IntN(40), 30+rnd.IntN(200), 0xffffff)
		}
		p.send(f, withFilm())
		for y := range f.H {
			for x := 300; x < f.W; x++ {
				pix, stride, _ := p.dec.Picture()
				if a, b := pix[y*stride+4*x], f.Pix[y*f.Stride+4*x]; a != b {
					t.Fatalf("frame %d, pixel %d,%d: got %d, want %d", n, x, y, a, b)
				}
			}
		}
	}
}

func TestTwoFilmsPlayAtOnce(t *testing.T) {
	p, v := filmPipe(t)
	f := blank(640, 300)
	left, right := image.Rect(10, 30, 200, 230), image.Rect(300, 50, 520, 250)
	p.send(f, withFilm())
	var got []image.Rectangle
	for n := range 12 {
		shot(f, left, n)
		shot(f, right, n+100)
		got = videoOps(t, p, p.send(f, withFilm()))
	}
	if len(got) != 2 || got[0] != left || got[1] != right {
		t.Errorf("got video in %v, want %v and %v", got, left, right)
	}
	if v.open != 4 {
		t.Errorf("%d coders are open, want 4", v.open)
	}
}

func TestFilmBeginsAnewForAJoiner(t *testing.T) {
	p, v := filmPipe(t)
	f := blank(400, 300)
	film := image.Rect(50, 30, 300, 230)
	p.send(f, withFilm())
	for n := range 10 {
		shot(f, film, n)
		p.send(f, withFilm())
	}
	p.dec.Close()
	p.dec = NewDecoder(Limits{})
	p.dec.UseVideo(v)
	shot(f, film, 10)
	o := withFilm()
	o.Key = true
	p.send(f, o)
	shot(f, film, 11)
	if got := videoOps(t, p, p.send(f, withFilm())); len(got) != 1 {
		t.Errorf("got video in %v, want one", got)
	}
	p.close(f, film, 12)
}

func TestFilmEndsWhenAViewerKnowsNoVideo(t *testing.T) {
	p, _ := filmPipe(t)
	f := blank(400, 300)
	film := image.Rect(50, 30, 300, 230)
	p.send(f, withFilm())
	for n := range 10 {
		shot(f, film, n)
		p.send(f, withFilm())
	}
	for n := range 10 {
		shot(f, film, 10+n)
		if got := videoOps(t, p, p.send(f, Options{})); got != nil {
			t.Fatalf("got video in %v, want none", got)
		}
	}
}

func TestFilmFollowsItsWindow(t *testing.T) {
	p, _ := filmPipe(t)
	f := blank(640, 400)
	film := image.Rect(50, 30, 300, 230)
	p.send(f, withFilm())
	var got []image.Rectangle
	for n := range 80 {
		if n == 20 {
			fill(f, film, 0)
			film = film.Add(image.Pt(107, 93))
		}
		shot(f, film, n)
		got = videoOps(t, p, p.send(f, withFilm()))
	}
	if len(got) != 1 || got[0] != film {
		t.Errorf("got video in %v, want %v", got, film)
	}
}

func TestFilmScenesAreExactOnceTheyEnd(t *testing.T) {
	p, _ := filmPipe(t)
	scene, _ := capturetest.Named("film")
	var last *capture.Frame
	for f := range scene.Frames(640, 400, 40) {
		p.send(f, withFilm())
		last = f
	}
	last.Dirty = []image.Rectangle{}
	for p.enc.Pending() {
		o := withFilm()
		o.Refine = 1 << 20
		p.send(last, o)
	}
	p.same(last)
}

func TestVideoIsRefused(t *testing.T) {
	video := func(slot uint8, begin bool, r image.Rectangle, data string) op {
		return op{kind: opVideo, rect: r, slot: slot, begin: begin, data: []byte(data)}
	}
	small := image.Rect(0, 0, 16, 16)
	tests := []struct {
		name  string
		video Video
		ops   []op
	}{
		{"no decoder", nil, []op{video(0, true, small, "x")}},
		{"no beginning", new(plainVideo), []op{video(0, false, small, "x")}},
		{"slot", new(plainVideo), []op{video(maxFilms, true, small, "x")}},
		{"twice", new(plainVideo), []op{video(0, true, small, "x"), video(0, true, small, "x")}},
		{"not a picture", new(plainVideo), []op{video(0, true, small, "\x00\x00\x00\x00junk")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := NewDecoder(Limits{})
			d.UseVideo(test.video)
			defer d.Close()
			var ops []byte
			for _, o := range test.ops {
				ops = o.append(ops)
			}
			u := cloneUpdate(head{key: true, width: 64, height: 64}, ops, len(test.ops), nil)
			if _, err := d.Decode(u); !errors.Is(err, ErrFormat) {
				t.Errorf("got %v, want ErrFormat", err)
			}
		})
	}
}

func TestColoursOfAFilmAreThoseOfJFIF(t *testing.T) {
	f := blank(3, 3)
	fill(f, f.Bounds(), 0xff0000)
	var got image.YCbCr
	toYCbCr(&got, f.Pix, f.Stride, f.Bounds(), 2)
	if want := image.Pt(4, 4); got.Rect.Size() != want {
		t.Fatalf("size: got %v, want %v", got.Rect.Size(), want)
	}
	for i, v := range got.Y {
		if v != 76 {
			t.Fatalf("luma %d: got %d, want 76", i, v)
		}
	}
	for i := range got.Cb {
		if got.Cb[i] != 85 || got.Cr[i] != 255 {
			t.Fatalf("colour %d: got %d %d, want 85 255", i, got.Cb[i], got.Cr[i])
		}
	}
}

func TestScrolledPhotographIsNoFilm(t *testing.T) {
	p, v := filmPipe(t)
	page := landscape(400, 900)
	f := blank(400, 300)
	for n := range 40 {
		copy(f.Pix, page.Pix[15*n*page.Stride:])
		p.send(f, withFilm())
	}
	if len(v.sizes) != 0 {
		t.Errorf("got video of %v, want none", v.sizes)
	}
}
