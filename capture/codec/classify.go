package codec

import (
	"encoding/binary"
	"image"
	"math/bits"

	"lotse/capture"
)

// A place counts as a photograph when, in every second of its rows, more than
// photoColours of 1024 hash values occur and fewer than one pixel in photoFlat
// has the colour of its western neighbour. In a small place, of at least
// photoLeast pixels, all rows count and photoOwn sixteenths of the pixels must
// have a value of their own (of 128 random ones 120 have; of a sliver of
// letters with smooth edges two thirds were seen to). Text, however smooth
// its edges, repeats its background; a photograph repeats nothing.
const (
	photoColours = 40
	photoFlat    = 4
	photoSmall   = tileSide * tileSide / 2
	photoLeast   = 40
	photoOwn     = 13
)

// Grain, as of a sky, has fewer colours; in no less than grainArea pixels more
// than grainColours occur, and next to none has that of its neighbour.
const (
	grainArea    = tileSide * tileSide * 3 / 4
	grainColours = 20
	grainFlat    = 10
)

// minChanged says how much of a rectangle must differ, in eighths, for it to
// be sent as a photograph: the rest would lose what the decoder has exactly.
const minChanged = 5

// classify tells the tiles that differ apart, by the parts that do.
func (t *tiles) classify(f *capture.Frame, seen []byte, lossless bool) {
	t.photos = 0
	for i, c := range t.class {
		if c != text {
			continue
		}
		box, n := difference(f, seen, t.whole(i))
		t.box[i] = box
		if colour, ok := oneColour(f, t.whole(i)); ok {
			t.class[i], t.colour[i], t.box[i] = solid, colour, t.whole(i)
		} else if !lossless && n*8 >= box.Dx()*box.Dy()*minChanged {
			t.judge(i, f, seen)
		}
	}
}

// judge decides whether tile i, of which most differs, is a photograph, and
// whether it may be part of a film.
func (t *tiles) judge(i int, f *capture.Frame, seen []byte) {
	v := varietyOf(f, t.box[i])
	if v.photographic() || v.sliver() && besidePhoto(f, t.box[i]) {
		t.judgePhoto(i, f)
	}
	if t.film[i] {
		return // the film has noted what changed
	}
	t.dense[i] = dense(f, seen, t.box[i])
	switch whole, d := t.whole(i), t.dense[i]; {
	case t.class[i] == photo || v.filmic():
		t.lively[i] = filmic
	case d.Dx() == whole.Dx() || d.Dy() == whole.Dy():
		t.lively[i] = busy
	}
}

// judgePhoto takes a tile that looks like a photograph for one unless a colour
// occurs in it as often as the ground of small smoothed letters.
func (t *tiles) judgePhoto(i int, f *capture.Frame) {
	core := trim(f, t.box[i])
	if grounded(f, core) {
		return
	}
	t.class[i] = photo
	t.photos++
	t.rim[i], t.box[i] = core != t.box[i], core
}

// groundShare is the part of the pixels in which the ground of letters shows
// at the least: one in that many.
const groundShare = 5

// grounded says whether one colour fills that part of an area inside a tile.
func grounded(f *capture.Frame, area image.Rectangle) bool {
	var count [1 << 8]uint8
	all, most := area.Dx()*area.Dy(), uint8(0)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := f.Pix[y*f.Stride+4*area.Min.X : y*f.Stride+4*area.Max.X]
		for i := 0; i+4 <= len(row); i += 4 {
			h := (binary.LittleEndian.Uint32(row[i:]) & 0xffffff) * 0x9e3779b1 >> 24
			if count[h] < 0xff {
				count[h]++
			}
			most = max(most, count[h])
		}
	}
	return int(most)*groundShare >= all
}

// trim takes rows and columns of one colour off the edges of area: the rim of
// a photograph would get specks from it.
func trim(f *capture.Frame, area image.Rectangle) image.Rectangle {
	flat := func(r image.Rectangle) bool {
		_, ok := oneColour(f, r)
		return ok
	}
	for area.Dy() > 1 && flat(image.Rect(area.Min.X, area.Min.Y, area.Max.X, area.Min.Y+1)) {
		area.Min.Y++
	}
	for area.Dy() > 1 && flat(image.Rect(area.Min.X, area.Max.Y-1, area.Max.X, area.Max.Y)) {
		area.Max.Y--
	}
	for area.Dx() > 1 && flat(image.Rect(area.Min.X, area.Min.Y, area.Min.X+1, area.Max.Y)) {
		area.Min.X++
	}
	for area.Dx() > 1 && flat(image.Rect(area.Max.X-1, area.Min.Y, area.Max.X, area.Max.Y)) {
		area.Max.X--
	}
	return area
}

// dense returns the rectangle around the rows and columns of area, which lies
// in a tile, in which at least half of the pixels differ.
func dense(f *capture.Frame, seen []byte, area image.Rectangle) image.Rectangle {
	var rows, columns [tileSide]int
	for y := area.Min.Y; y < area.Max.Y; y++ {
		is, was := rowsOf(f, seen, area, y)
		for i := 0; i+4 <= len(is) && i+4 <= len(was); i += 4 {
			if (binary.LittleEndian.Uint32(is[i:])^binary.LittleEndian.Uint32(was[i:]))&0xffffff != 0 {
				rows[y-area.Min.Y]++
				columns[i/4]++
			}
		}
	}
	left, right := span(columns[:area.Dx()], area.Dy())
	top, bottom := span(rows[:area.Dy()], area.Dx())
	return image.Rect(left, top, right, bottom).Add(area.Min)
}

// span returns the first and the end of those in counts that are at least half
// of all.
func span(counts []int, all int) (first, end int) {
	first = len(counts)
	for i, n := range counts {
		if 2*n >= all {
			first, end = min(first, i), i+1
		}
	}
	return min(first, end), end
}

// difference returns the smallest rectangle around the pixels of area that
// differ from seen, and how many those are.
func difference(f *capture.Frame, seen []byte, area image.Rectangle) (box image.Rectangle, n int) {
	left, right, top, bottom := area.Max.X, area.Min.X, area.Max.Y, area.Min.Y
	for y := area.Min.Y; y < area.Max.Y; y++ {
		is, was := rowsOf(f, seen, area, y)
		first, last := -1, 0
		for i := 0; i+4 <= len(is) && i+4 <= len(was); i += 4 {
			if (binary.LittleEndian.Uint32(is[i:])^binary.LittleEndian.Uint32(was[i:]))&0xffffff != 0 {
				if first < 0 {
					first = i / 4
				}
				last = i/4 + 1
				n++
			}
		}
		if first >= 0 {
			left, right = min(left, area.Min.X+first), max(right, area.Min.X+last)
			top, bottom = min(top, y), y+1
		}
	}
	return image.Rect(left, top, right, bottom), n
}

// oneColour returns the colour of area if it has only one.
func oneColour(f *capture.Frame, area image.Rectangle) (uint32, bool) {
	colour := pixel(f, area.Min.X, area.Min.Y)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := f.Pix[y*f.Stride+4*area.Min.X : y*f.Stride+4*area.Max.X]
		for i := 0; i+4 <= len(row); i += 4 {
			if binary.LittleEndian.Uint32(row[i:])&0xffffff != colour {
				return 0, false
			}
		}
	}
	return colour, true
}

func pixel(f *capture.Frame, x, y int) uint32 {
	return binary.LittleEndian.Uint32(f.Pix[y*f.Stride+4*x:]) & 0xffffff
}

// filmColours and filmFlat are the same as photoColours and photoFlat for what
// changes all the time: a film is smoother than a photograph, and a wrong
// guess costs less because several frames must agree.
const (
	filmColours = 20
	filmFlat    = 2
)

// variety says how many colours an area has, as hash values, how many of its
// pixels are like their western neighbour, and how many were looked at.
type variety struct {
	area                  int
	colours, flat, looked int
}

// photographic says whether the area looks like a photograph.
func (v variety) photographic() bool {
	switch {
	case v.flat*photoFlat >= v.looked:
		return false
	case v.area < photoSmall:
		return v.area >= photoLeast && v.colours*16 >= v.area*photoOwn
	}
	return v.colours > photoColours || v.area >= grainArea && v.colours > grainColours && v.flat*grainFlat < v.looked
}

// sliver says whether the area is too small to judge for certain and does not
// look like text: its pixels differ from their neighbours.
func (v variety) sliver() bool {
	return v.area < grainArea && v.area >= photoSliver && v.flat*photoFlat < v.looked && v.colours*sliverShare >= v.looked
}

// A sliver has at least photoSliver pixels, and one in sliverShare has a
// colour of its own.
const (
	photoSliver = 16
	sliverShare = 4
)

// besidePhoto says whether what lies next to a small area looks like a
// photograph: a window that moves lays bare a little of it at a time.
func besidePhoto(f *capture.Frame, area image.Rectangle) bool {
	for _, by := range [4]image.Point{{-tileSide, 0}, {tileSide, 0}, {0, -tileSide}, {0, tileSide}} {
		next := image.Rectangle{area.Min.Add(by), area.Min.Add(by).Add(image.Pt(tileSide, tileSide))}
		if next = next.Intersect(f.Bounds()); next.Dx()*next.Dy() < photoSmall {
			continue
		}
		if v := varietyOf(f, next); v.photographic() {
			return true
		}
	}
	return false
}

// filmic says whether the area may be part of a film.
func (v variety) filmic() bool {
	return v.area >= photoSmall && v.colours > filmColours && v.flat*filmFlat < v.looked
}

// varietyOf looks at every second row of area, or at all of a small one.
func varietyOf(f *capture.Frame, area image.Rectangle) variety {
	out := variety{area: area.Dx() * area.Dy()}
	step := 2
	if out.area < photoSmall {
		step = 1
	}
	var set [16]uint64
	for y := area.Min.Y; y < area.Max.Y; y += step {
		row := f.Pix[y*f.Stride+4*area.Min.X : y*f.Stride+4*area.Max.X]
		west := uint32(unknown)
		for i := 0; i+4 <= len(row); i += 4 {
			v := binary.LittleEndian.Uint32(row[i:]) & 0xffffff
			if v == west {
				out.flat++
			}
			west = v
			h := v * 0x9e3779b1 >> 22
			set[h>>6] |= 1 << (h & 63)
			out.looked++
		}
	}
	for _, s := range set {
		out.colours += bits.OnesCount64(s)
	}
	return out
}
