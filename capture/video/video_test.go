package video

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"lotse/capture/codec"
)

// scene fills p with the n-th picture of a film: soft shapes that move, and a
// little grain.
func scene(p *image.YCbCr, n int) {
	grain := rand.New(rand.NewPCG(uint64(n), 1))
	w, h := p.Rect.Dx(), p.Rect.Dy()
	for y := range h {
		for x := range w {
			v := 120 + 60*math.Sin(float64(x+3*n)/37) + 50*math.Cos(float64(y-2*n)/29)
			p.Y[y*p.YStride+x] = byte(min(max(v+float64(grain.IntN(3)), 0), 255))
		}
	}
	for y := range h / 2 {
		for x := range w / 2 {
			p.Cb[y*p.CStride+x] = byte(100 + 40*math.Sin(float64(x+y+n)/50))
			p.Cr[y*p.CStride+x] = byte(150 - 30*math.Cos(float64(x-y+2*n)/60))
		}
	}
}

func blank(size image.Point) *image.YCbCr {
	return image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
}

// psnr compares samples, in decibels.
func psnr(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a))/math.Max(sum, 1e-9))
}

// coders returns both ends for a size, or skips where there is no H.264.
func coders(tb testing.TB, size image.Point, rate int) (codec.VideoEncoder, codec.VideoDecoder) {
	tb.Helper()
	if !Supported() {
		tb.Skip("built without H.264")
	}
	e, err := H264{}.NewEncoder(size, rate)
	if err != nil {
		tb.Fatal(err)
	}
	d, err := H264{}.NewDecoder(size)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(e.Close(), d.Close()); err != nil {
			tb.Error(err)
		}
	})
	return e, d
}

func TestPicturesComeBack(t *testing.T) {
	for _, size := range []image.Point{{16, 16}, {262, 198}, {640, 360}} {
		e, d := coders(t, size, 1_000_000)
		p := blank(size)
		for n := range 12 {
			scene(p, n)
			unit, err := e.Encode(nil, p, n == 0)
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.Decode(unit)
			if err != nil {
				t.Fatalf("%v, picture %d: %v", size, n, err)
			}
			for _, plane := range []struct {
				name  string
				is, w []byte
			}{{"Y", got.Y, p.Y}, {"Cb", got.Cb, p.Cb}, {"Cr", got.Cr, p.Cr}} {
				if db := psnr(plane.is, plane.w); db < 36 {
					t.Errorf("%v, picture %d, %s: %.1f dB, want at least 36", size, n, plane.name, db)
				}
			}
		}
	}
}

func TestRateIsFollowed(t *testing.T) {
	size := image.Pt(640, 360)
	spent := func(e codec.VideoEncoder, from int) (n int) {
		p := blank(size)
		for i := range 40 {
			scene(p, from+3*i)
			unit, err := e.Encode(nil, p, from+i == 0)
			if err != nil {
				t.Fatal(err)
			}
			n += len(unit)
		}
		return n
	}
	e, _ := coders(t, size, 2_000_000)
	much := spent(e, 0)
	if err := e.SetRate(150_000); err != nil {
		t.Fatal(err)
	}
	spent(e, 200)
	if little := spent(e, 400); little*2 > much {
		t.Errorf("got %d bytes at 150 kbit/s and %d at 2 Mbit/s, want less than half", little, much)
	}
}

func TestImpossibleSizesAreRefused(t *testing.T) {
	for _, size := range []image.Point{{0, 0}, {15, 16}, {17, 16}, {4000, 16}, {3840, 2162}, {-16, 16}} {
		if _, err := (H264{}).NewEncoder(size, 1_000_000); !errors.Is(err, ErrSize) {
			t.Errorf("encoder of %v: got %v, want ErrSize", size, err)
		}
		if _, err := (H264{}).NewDecoder(size); !errors.Is(err, ErrSize) {
			t.Errorf("decoder of %v: got %v, want ErrSize", size, err)
		}
	}
	e, _ := coders(t, image.Pt(64, 64), 1_000_000)
	if _, err := e.Encode(nil, blank(image.Pt(64, 48)), true); !errors.Is(err, ErrSize) {
		t.Errorf("another picture: got %v, want ErrSize", err)
	}
}

func TestClosedCodersSaySo(t *testing.T) {
	e, d := coders(t, image.Pt(64, 64), 1_000_000)
	if err := errors.Join(e.Close(), d.Close(), e.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Encode(nil, blank(image.Pt(64, 64)), true); err == nil {
		t.Error("a closed encoder encodes")
	}
	if _, err := d.Decode([]byte{1}); err == nil {
		t.Error("a closed decoder decodes")
	}
	if e.SetRate(1) == nil {
		t.Error("a closed encoder takes a rate")
	}
}

// stream returns the first pictures of a film.
func stream(tb testing.TB, size image.Point, n int) (units [][]byte) {
	tb.Helper()
	e, _ := coders(tb, size, 500_000)
	p := blank(size)
	for i := range n {
		scene(p, i)
		unit, err := e.Encode(nil, p, i == 0)
		if err != nil {
			tb.Fatal(err)
		}
		units = append(units, unit)
	}
	return units
}

// TestDamagedStreamsNeverCrash changes bits and bytes of real streams: each is
// refused or shown wrong, and the program lives on.
func TestDamagedStreamsNeverCrash(t *testing.T) {
	size := image.Pt(176, 144)
	units := stream(t, size, 6)
	rnd := rand.New(rand.NewPCG(1, 2))
	refused := 0
	const rounds = 400
	for range rounds {
		d, err := H264{}.NewDecoder(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, unit := range units {
			damaged := append([]byte(nil), unit...)
			for range rnd.IntN(3) {
				at := rnd.IntN(len(damaged))
				damaged[at] ^= 1 << rnd.IntN(8)
			}
			if rnd.IntN(8) == 0 {
				damaged = damaged[:1+rnd.IntN(len(damaged))]
			}
			if _, err := d.Decode(damaged); err != nil {
				refused++
				break
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d damaged streams were refused", refused, rounds)
}

func BenchmarkEncode720p(b *testing.B) {
	e, _ := coders(b, image.Pt(1280, 720), 1_000_000)
	var pictures [8]*image.YCbCr
	for i := range pictures {
		pictures[i] = blank(image.Pt(1280, 720))
		scene(pictures[i], i)
	}
	n, bytes := 0, 0
	var buf []byte
	for b.Loop() {
		unit, err := e.Encode(buf[:0], pictures[n%len(pictures)], n == 0)
		if err != nil {
			b.Fatal(err)
		}
		buf = unit
		n++
		bytes += len(unit)
	}
	b.ReportMetric(float64(bytes)*8*frameRate/float64(n)/1000, "kbit/s")
}

func BenchmarkDecode720p(b *testing.B) {
	units := stream(b, image.Pt(1280, 720), 30)
	for b.Loop() {
		d, err := H264{}.NewDecoder(image.Pt(1280, 720))
		if err != nil {
			b.Fatal(err)
		}
		for _, u := range units {
			if _, err := d.Decode(u); err != nil {
				b.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(units))/1000, "ms/picture")
}

// FuzzDecoder gives the gate and the decoder behind it what a stranger sent.
func FuzzDecoder(f *testing.F) {
	if !Supported() {
		f.Skip("built without H.264")
	}
	size := image.Pt(64, 48)
	units := stream(f, size, 3)
	f.Add(units[0], units[1], units[2])
	f.Add(units[0], units[2], units[1])
	f.Add(units[0], units[0], units[1])
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		d, err := Best().NewDecoder(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range [][]byte{a, b, c} {
			if got, err := d.Decode(u); err == nil && got.Rect.Size() != size {
				t.Errorf("got a picture of %v, want %v", got.Rect.Size(), size)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}
