package capturetest

import (
	"bytes"
	"hash/fnv"
	"image"
	"testing"

	"lotse/capture"
)

func fingerprint(f *capture.Frame) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(f.Pix)
	return h.Sum64()
}

func TestSceneIsTheSameEveryTime(t *testing.T) {
	for _, s := range Scenes() {
		t.Run(s.Name, func(t *testing.T) {
			var first, second []uint64
			for f := range s.Frames(400, 300, 45) {
				first = append(first, fingerprint(f))
			}
			for f := range s.Frames(400, 300, 45) {
				second = append(second, fingerprint(f))
			}
			for i := range first {
				if first[i] != second[i] {
					t.Fatalf("frame %d: got %x, want %x", i, second[i], first[i])
				}
			}
		})
	}
}

func TestSceneReportsEverythingThatChanged(t *testing.T) {
	for _, s := range Scenes() {
		t.Run(s.Name, func(t *testing.T) {
			var last *capture.Frame
			changed := 0
			for f := range s.Frames(400, 300, 45) {
				if last != nil {
					if f.Dirty == nil {
						t.Fatal("a later frame has no list of what is dirty")
					}
					patch(last, f)
					if !bytes.Equal(last.Pix, f.Pix) {
						t.Fatal("pixels changed that are not dirty")
					}
					if len(f.Dirty) > 0 {
						changed++
					}
				}
				last = Clone(f)
			}
			if changed == 0 {
				t.Error("nothing happens in this scene")
			}
		})
	}
}

// patch copies what f reports as dirty to last.
func patch(last, f *capture.Frame) {
	for _, r := range f.Dirty {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			copy(last.Pix[y*f.Stride+4*r.Min.X:y*f.Stride+4*r.Max.X], f.Pix[y*f.Stride+4*r.Min.X:])
		}
	}
}

func TestPatternDependsOnSeed(t *testing.T) {
	a, b := Pattern(32, 24, 1), Pattern(32, 24, 2)
	if fingerprint(a) != fingerprint(Pattern(32, 24, 1)) {
		t.Error("the same seed gives another picture")
	}
	if fingerprint(a) == fingerprint(b) {
		t.Error("another seed gives the same picture")
	}
	if got, want := a.Bounds(), image.Rect(0, 0, 32, 24); got != want {
		t.Errorf("bounds: got %v, want %v", got, want)
	}
}
