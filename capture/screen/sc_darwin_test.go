package screen

import (
	"errors"
	"image"
	"testing"

	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

// onScreen opens a target, or skips where nobody may look or nothing is there
// to see.
func onScreen(t *testing.T, target Target) Source {
	t.Helper()
	s, err := Open(target, Options{})
	if errors.Is(err, ErrPermission) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrNoDisplay) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestTheFirstPictureOfAMacIsThatOfItsMainDisplay(t *testing.T) {
	s := onScreen(t, Target{Kind: Display, ID: 1})
	all, err := Displays()
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := image.Rectangle{Min: f.Origin, Max: f.Origin.Add(image.Pt(f.W, f.H))}
	if want := all[0].Bounds; f.State == capture.Live && got != want {
		t.Errorf("%s: got %v, want %v", s.Name(), got, want)
	}
}

func TestAMacShowsAPartOfItsDisplay(t *testing.T) {
	part := image.Rect(10, 20, 210, 120)
	f, err := onScreen(t, Target{Kind: Region, Rect: part}).Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := (image.Point{f.W, f.H}); got != part.Size() || f.Origin != part.Min {
		t.Errorf("got %v at %v, want %v at %v", got, f.Origin, part.Size(), part.Min)
	}
}

func TestEveryFunctionOfMacOSIsThere(t *testing.T) {
	q, err := loadQuartz()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newReachAX(q, 0, 0); err != nil {
		t.Error(err)
	}
	k, err := loadKit(q)
	if err != nil {
		t.Skip(err) // before macOS 12.3
	}
	if k.status == 0 || k.dirty == 0 || q.sharedColours == 0 {
		t.Errorf("got %#x, %#x, %#x, want three constants", k.status, k.dirty, q.sharedColours)
	}
}

func TestAListenerCallsItsBlock(t *testing.T) {
	q, err := loadQuartz()
	if err != nil {
		t.Fatal(err)
	}
	k, err := loadKit(q)
	if err != nil {
		t.Skip(err) // before macOS 12.3
	}
	heard := 0
	object := k.listen(func(_ objc.Block, sample, why objc.ID) {
		if sample == 0 && why == 0 {
			heard++
		}
	})
	object.Send(lookSelector())
	object.Send(lookSelector())
	drop(object)
	if heard != 2 {
		t.Errorf("got %d calls, want 2", heard)
	}
}
