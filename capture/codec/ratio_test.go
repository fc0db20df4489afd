package codec

import (
	"encoding/binary"
	"image"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lotse/capture"
	"lotse/capture/capturetest"
)

// tightBytes is how many bytes TigerVNC 1.12 (Debian) sends after its first
// picture of a drawn scene of tightFrames frames of 1920 × 1080 pixels, with
// its Tight encoding at quality 8 and compression 2, as counted between its
// server and its viewer: benchscreen -drawn -seconds 5, kbit/s × 625.
func tightBytes() map[string]int {
	return map[string]int{"typing": 26_438, "scroll": 22_337_750, "drag": 11_334_063, "slides": 1_011_813}
}

const tightFrames = 100

// TestScenesTakeAFractionOfTight holds our bytes against TigerVNC's for the
// same pixels.
func TestScenesTakeAFractionOfTight(t *testing.T) {
	parts := map[string]int{"typing": 4, "scroll": 40, "drag": 8, "slides": 5}
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene, _ := capturetest.Named(name)
			got, want := changes(t, scene), tightBytes()[name]/part
			if got > want {
				t.Errorf("got %d bytes for what changed, want at most %d, 1/%d of Tight's", got, want, part)
			}
			t.Logf("1/%d of Tight's bytes", tightBytes()[name]/max(got, 1))
		})
	}
}

// changes returns how many bytes a scene takes after its first picture.
func changes(t *testing.T, scene capturetest.Scene) int {
	t.Helper()
	enc, err := NewEncoder(Config{})
	if err != nil {
		t.Fatal(err)
	}
	n := -1
	var u []byte
	for f := range scene.Frames(benchW, benchH, tightFrames) {
		if u, err = enc.Encode(u[:0], f, Options{}); err != nil {
			t.Fatal(err)
		}
		if n++; n == 0 {
			continue
		}
		n += len(u) - 1
	}
	return n
}

// TestTextTakesLessThanPalettesAndZstd sends what our encoder codes bit by bit
// once more: as palettes with indices, or true colours where there are too
// many, in one stream of zstd at its best level.
func TestTextTakesLessThanPalettesAndZstd(t *testing.T) {
	for _, name := range []string{"typing", "scroll", "drag", "slides"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene, _ := capturetest.Named(name)
			enc, err := NewEncoder(Config{LosslessOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			own, peer := 0, newPalettes(t)
			for f := range scene.Frames(benchW, benchH, 50) {
				u, err := enc.Encode(nil, f, Options{})
				if err != nil {
					t.Fatal(err)
				}
				own += len(u)
				for _, r := range exactly(t, u) {
					peer.add(f, r)
				}
				peer.flush(t)
			}
			if got, want := own, peer.bytes*7/10; got > want {
				t.Errorf("got %d bytes, want at most %d, 0.7 of palettes and zstd", got, want)
			}
			t.Logf("%.2f of palettes and zstd", float64(own)/float64(peer.bytes))
		})
	}
}

// exactly returns what an update codes bit by bit, in squares of 64 pixels.
func exactly(t *testing.T, u []byte) []image.Rectangle {
	t.Helper()
	const side = 64
	if len(u) == 0 {
		return nil
	}
	r := reader{b: u}
	if _, err := parseHead(&r); err != nil {
		t.Fatal(err)
	}
	ops, _, err := parseBody(&r, image.Pt(benchW, benchH))
	if err != nil {
		t.Fatal(err)
	}
	var out []image.Rectangle
	for _, o := range ops {
		if o.kind != opLossless {
			continue
		}
		for y := o.rect.Min.Y; y < o.rect.Max.Y; y += side {
			for x := o.rect.Min.X; x < o.rect.Max.X; x += side {
				out = append(out, image.Rect(x, y, x+side, y+side).Intersect(o.rect))
			}
		}
	}
	return out
}

// palettes counts what palettes and zstd take.
type palettes struct {
	packer *zstd.Encoder
	bytes  int
}

func newPalettes(t *testing.T) *palettes {
	t.Helper()
	p := &palettes{}
	packer, err := zstd.NewWriter(p, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	p.packer = packer
	return p
}

// Write counts.
func (p *palettes) Write(b []byte) (int, error) {
	p.bytes += len(b)
	return len(b), nil
}

func (p *palettes) flush(t *testing.T) {
	t.Helper()
	if err := p.packer.Flush(); err != nil {
		t.Fatal(err)
	}
}

// add writes a rectangle: up to 256 colours and an index a pixel, or three
// bytes a pixel.
func (p *palettes) add(f *capture.Frame, r image.Rectangle) {
	index := map[uint32]int{}
	var colours, indices, plain []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			v := f.Pix[y*f.Stride+4*x:]
			c := binary.LittleEndian.Uint32(v) & 0xffffff
			if _, ok := index[c]; !ok {
				index[c] = len(index)
				colours = append(colours, v[:3]...)
			}
			indices = append(indices, byte(index[c]))
			plain = append(plain, v[:3]...)
		}
	}
	out := append([]byte{byte(len(index))}, append(colours, indices...)...)
	if len(index) > 256 {
		out = append([]byte{0}, plain...)
	}
	_, _ = p.packer.Write(out) // Write of palettes cannot fail
}
