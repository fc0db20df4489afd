//go:build cgo && !noh264

package video

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"lotse/capture/capturetest"
	"lotse/capture/codec"
)

// write makes the golden stream; only for a new codec.Version.
var write = flag.Bool("write", false, "write testdata/v*-film.stream of this version anew")

// goldenFilm is what the stream must show at its end.
const goldenFilm = 0x92a8be959d08d57c

// TestGoldenFilmStillDecodes keeps every decoder of a version able to show what
// any encoder of it wrote, film and all.
func TestGoldenFilmStillDecodes(t *testing.T) {
	name := filepath.Join("testdata", fmt.Sprintf("v%d-film.stream", codec.Version))
	if *write {
		writeFilm(t, name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := play(b, nil); err == nil {
		t.Error("no film is in it")
	}
	d, err := play(b, Best())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	pix, _, _ := d.Picture()
	h := fnv.New64a()
	_, _ = h.Write(pix) // it cannot fail
	if got := h.Sum64(); got != goldenFilm {
		t.Errorf("got %#x, want %#x", got, uint64(goldenFilm))
	}
}

// play decodes the updates in b.
func play(b []byte, films codec.Video) (*codec.Decoder, error) {
	d := codec.NewDecoder(codec.Limits{})
	if films != nil {
		d.UseVideo(films)
	}
	for n := 0; len(b) > 0; n++ {
		size := int(binary.BigEndian.Uint32(b))
		if _, err := d.Decode(b[4 : 4+size]); err != nil {
			d.Close()
			return nil, fmt.Errorf("update %d: %w", n, err)
		}
		b = b[4+size:]
	}
	return d, nil
}

func writeFilm(t *testing.T, name string) {
	t.Helper()
	enc, err := codec.NewEncoder(codec.Config{Video: Best()})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	var out []byte
	scene, _ := capturetest.Named("film")
	for f := range scene.Frames(320, 240, 40) {
		u, err := enc.Encode(nil, f, codec.Options{VideoRate: 200_000})
		if err != nil {
			t.Fatal(err)
		}
		if len(u) > 0 {
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(u))), u...)
		}
	}
	if err := os.WriteFile(name, out, 0o600); err != nil {
		t.Fatal(err)
	}
}
