//go:build linux

package stage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"time"
)

// ErrNotSeen says that something did not appear in time.
var ErrNotSeen = errors.New("stage: not seen in time")

// lookEvery is how often the stage looks again.
const lookEvery = 100 * time.Millisecond

// Until looks again and again until seen is true, seen fails, or limit has
// passed (ErrNotSeen).
func Until(ctx context.Context, limit time.Duration, what string, seen func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		ok, err := seen()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s (%v)", ErrNotSeen, what, limit)
		case <-tick.C:
		}
	}
}

// Blobs returns the connected areas of exactly the colour c in img that are
// at least least wide and high, from the top down.
func Blobs(img *image.RGBA, c color.RGBA, least image.Point) []image.Rectangle {
	b := img.Bounds()
	seen := make([]bool, b.Dx()*b.Dy())
	var found []image.Rectangle
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if seen[y*b.Dx()+x] || !same(img.RGBAAt(x, y), c) {
				continue
			}
			r := flood(img, c, seen, image.Pt(x, y))
			if r.Dx() >= least.X && r.Dy() >= least.Y {
				found = append(found, r)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b image.Rectangle) int { return a.Min.Y - b.Min.Y })
	return found
}

func same(a, b color.RGBA) bool {
	near := func(x, y uint8) bool { return max(x, y)-min(x, y) <= 2 }
	return near(a.R, b.R) && near(a.G, b.G) && near(a.B, b.B)
}

// flood marks the area around p and returns its bounds.
func flood(img *image.RGBA, c color.RGBA, seen []bool, p image.Point) image.Rectangle {
	w := img.Bounds().Dx()
	area := image.Rectangle{Min: p, Max: p.Add(image.Pt(1, 1))}
	seen[p.Y*w+p.X] = true
	for queue := []image.Point{p}; len(queue) > 0; {
		q := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		area = area.Union(image.Rectangle{Min: q, Max: q.Add(image.Pt(1, 1))})
		for _, d := range []image.Point{{X: 1}, {X: -1}, {Y: 1}, {Y: -1}} {
			n := q.Add(d)
			if !n.In(img.Bounds()) || seen[n.Y*w+n.X] || !same(img.RGBAAt(n.X, n.Y), c) {
				continue
			}
			seen[n.Y*w+n.X] = true
			queue = append(queue, n)
		}
	}
	return area
}

// Centre returns the middle of r.
func Centre(r image.Rectangle) image.Point {
	return image.Pt((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2)
}

// Area returns how many pixels r has.
func Area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// WaitColour waits until an area of the colour is there and returns the areas.
func (d *Display) WaitColour(ctx context.Context, limit time.Duration, what string, c color.RGBA, least image.Point) ([]image.Rectangle, error) {
	var found []image.Rectangle
	err := Until(ctx, limit, what, func() (bool, error) {
		img, err := d.Picture()
		if err != nil {
			return false, err
		}
		found = Blobs(img, c, least)
		return len(found) > 0, nil
	})
	return found, err
}

// largest returns the areas that are about as large as the largest one, from
// the top left on: a screen that shows itself holds every button again,
// smaller.
func largest(areas []image.Rectangle) []image.Rectangle {
	most := 0
	for _, r := range areas {
		most = max(most, Area(r))
	}
	big := slices.DeleteFunc(slices.Clone(areas), func(r image.Rectangle) bool { return 10*Area(r) < 9*most })
	slices.SortFunc(big, func(a, b image.Rectangle) int {
		return cmp.Or(cmp.Compare(a.Min.Y/8, b.Min.Y/8), cmp.Compare(a.Min.X, b.Min.X))
	})
	return big
}

// ClickColour finds an area of the colour and clicks on it.
func (d *Display) ClickColour(ctx context.Context, limit time.Duration, what string, c color.RGBA, least image.Point, pick int) error {
	at, err := d.Find(ctx, limit, what, c, least, pick)
	if err != nil {
		return err
	}
	if err := d.Click(ctx, at); err != nil {
		return err
	}
	return d.Park(ctx)
}

// Find waits for an area of the colour, lets it come to rest and returns the
// middle of pick of the largest areas: 0 is the first from the top left, -1
// the last.
func (d *Display) Find(ctx context.Context, limit time.Duration, what string, c color.RGBA, least image.Point, pick int) (image.Point, error) {
	var last image.Rectangle
	err := Until(ctx, limit, what, func() (bool, error) {
		img, err := d.Picture()
		if err != nil {
			return false, err
		}
		found := Blobs(img, c, least)
		if len(found) == 0 {
			last = image.Rectangle{}
			return false, nil
		}
		found = largest(found)
		now := found[(pick+len(found))%len(found)]
		still := now == last
		last = now
		return still, nil
	})
	return Centre(last), err
}

// Differ reports whether two pictures differ inside r.
func Differ(a, b *image.RGBA, r image.Rectangle) bool {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		i, j := a.PixOffset(r.Min.X, y), b.PixOffset(r.Min.X, y)
		n := 4 * r.Dx()
		if !slices.Equal(a.Pix[i:i+n], b.Pix[j:j+n]) {
			return true
		}
	}
	return false
}
