package codec

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"lotse/capture/capturetest"
)

// write makes new golden streams; only for a new Version.
var write = flag.Bool("write", false, "write testdata/v*.stream of this version anew")

// golden are streams that every decoder of a version must understand for
// ever, and what it must hold at their end: a hash of the plane, and of the
// picture where no JPEG decoder has a say in it.
var golden = []struct {
	name   string
	config Config
	plane  uint64
	pix    uint64
}{
	{"typing", Config{}, goldenTyping, goldenTyping},
	{"scroll", Config{LosslessOnly: true}, goldenScroll, goldenScroll},
	{"drag", Config{}, goldenDrag, 0},
}

func TestGoldenStreamsStillDecode(t *testing.T) {
	for _, g := range golden {
		t.Run(g.name, func(t *testing.T) {
			name := filepath.Join("testdata", fmt.Sprintf("v%d-%s.stream", Version, g.name))
			if *write {
				writeGolden(t, name, g.name, g.config)
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			d := NewDecoder(Limits{})
			for n := 0; len(b) > 0; n++ {
				size := int(binary.BigEndian.Uint16(b))
				if _, err := d.Decode(b[2 : 2+size]); err != nil {
					t.Fatalf("update %d: %v", n, err)
				}
				b = b[2+size:]
			}
			if got := hashPlane(d.agreed); got != g.plane {
				t.Errorf("plane: got %#x, want %#x", got, g.plane)
			}
			if got := hashColours(colours(d.Picture())); g.pix != 0 && got != g.pix {
				t.Errorf("picture: got %#x, want %#x", got, g.pix)
			}
		})
	}
}

func writeGolden(t *testing.T, file, name string, c Config) {
	t.Helper()
	scene, _ := capturetest.Named(name)
	enc, err := NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	var updates [][]byte
	for f := range scene.Frames(160, 120, 12) {
		u, err := enc.Encode(nil, f, Options{Refine: 300})
		if err != nil {
			t.Fatal(err)
		}
		if len(u) > 0 {
			updates = append(updates, u)
		}
	}
	if err := os.WriteFile(file, packed(updates), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hashPlane hashes the picture's part of p.
func hashPlane(p *plane) uint64 {
	var all []uint32
	for y := range p.h {
		all = append(all, p.px[p.index(0, y):p.index(p.w, y)]...)
	}
	return hashColours(all)
}

func hashColours(all []uint32) uint64 {
	h := fnv.New64a()
	for _, v := range all {
		_, _ = h.Write(binary.BigEndian.AppendUint32(nil, v))
	}
	return h.Sum64()
}
