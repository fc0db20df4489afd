package gate

import (
	"errors"
	"image"
	"image/color"
	"testing"
	"time"

	"lotse/capture/overlay"
	"lotse/participant/message"
	"lotse/participant/session"
)

// granted allows a fixed set.
type granted session.Grants

func (g granted) Allows(want session.Grants) bool { return session.Grants(g).Has(want) }

// wall is a board that refuses more than most marks.
type wall struct {
	most  int
	shown [][]overlay.Mark
}

func (w *wall) Show(marks []overlay.Mark) error {
	if len(marks) > w.most {
		return overlay.ErrInvalid
	}
	w.shown = append(w.shown, marks)
	return nil
}

func (w *wall) open() (Board, error) { return w, nil }

func (w *wall) last() []overlay.Mark { return w.shown[len(w.shown)-1] }

func screenArea() Area { return Area{Bounds: image.Rect(100, 50, 420, 250), Epoch: 3} }

func dot(id uint16) message.Mark {
	return message.Mark{Epoch: 3, ID: id, Look: message.MarkPointer, Points: []image.Point{{1, 2}}}
}

func TestNothingIsDrawnWithoutItsGrant(t *testing.T) {
	for g := session.Grants(0); g <= session.All; g++ {
		w := &wall{most: 9}
		p := NewPointing(granted(g), "Marta", color.NRGBA{A: 0xff}, screenArea)
		err := p.Handle(dot(1), time.Unix(1, 0), w.open)
		if may := g.Has(session.Point); may != (err == nil) || may != (len(w.shown) == 1) || !may && !errors.Is(err, ErrDenied) {
			t.Errorf("%v: got %v and %d pictures", g, err, len(w.shown))
		}
		if err := p.Handle(message.Wipe{}, time.Unix(1, 0), w.open); err != nil {
			t.Errorf("%v: wiping: %v", g, err)
		}
		if err := p.Handle(message.Key{}, time.Unix(1, 0), w.open); !errors.Is(err, ErrNotInput) {
			t.Errorf("%v: a key: got %v, want %v", g, err, ErrNotInput)
		}
	}
}

func TestMarksStayInsideWhatIsShown(t *testing.T) {
	w := &wall{most: 9}
	p := NewPointing(granted(session.Point), "Marta", color.NRGBA{A: 0xff}, screenArea)
	m := message.Mark{Epoch: 3, ID: 1, Look: message.MarkBox, Points: []image.Point{{-5, 1 << 30}, {3, 4}}}
	if err := p.Handle(m, time.Unix(1, 0), w.open); err != nil {
		t.Fatal(err)
	}
	got := w.last()[0].Points
	if want := [2]image.Point{{100, 249}, {103, 54}}; [2]image.Point(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
	m.Epoch = 2
	if err := p.Handle(m, time.Unix(1, 0), w.open); !errors.Is(err, ErrStale) {
		t.Errorf("an older layout: got %v, want %v", err, ErrStale)
	}
}

func TestTheOldestMarkGoesWhereThereAreTooMany(t *testing.T) {
	w := &wall{most: 3}
	p := NewPointing(granted(session.Point), "Marta", color.NRGBA{A: 0xff}, screenArea)
	for id := range uint16(5) {
		if err := p.Handle(dot(id+1), time.Unix(1, 0), w.open); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.last(); len(got) != 3 || got[0].ID != 3 || got[2].ID != 5 {
		t.Errorf("got %+v, want the marks 3 to 5", got)
	}
	if err := p.Handle(dot(6), time.Unix(1, 0).Add(overlay.MaxLife), w.open); err != nil {
		t.Fatal(err)
	}
	if got := w.last(); len(got) != 1 || got[0].ID != 6 {
		t.Errorf("got %+v, want the last mark alone: the others wiped themselves", got)
	}
}
