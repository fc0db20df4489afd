package codec

import (
	"encoding/binary"
	"hash/maphash"
	"image"
	"slices"

	"lotse/capture"
)

// The finder looks for moves when at least searchTiles tiles differ, tries
// the maxVectors most likely distances and needs minVotes places that agree
// on one.
const (
	searchTiles = 24
	maxVectors  = 4
	minVotes    = 6
)

// blockSide is the side of the squares in pixels in which a move is verified.
const blockSide = 8

// minBlocks is how many blocks a copy covers at the least: below, coding them
// costs less than the twelve bytes of an operation.
const minBlocks = 16

// patience is after how many vain searches in a row the costly one pauses,
// and for how many frames: in a film nothing moves as a whole.
const patience = 3

// finder finds what moved by content, whatever the system reports. Rows of 64
// pixels that occur once in each picture vote for a vertical distance; if
// those say little, marks on edges vote for any distance. What is found is
// compared pixel by pixel before anybody relies on it.
type finder struct {
	seed   maphash.Seed
	seeded bool
	// rows and marks say where a hash occurs in the picture that was sent.
	rows, marks places
	// vain counts searches that found nothing.
	vain int
	// changed are some of the blocks that differ, to weigh distances by.
	changed []image.Rectangle
	match   []bool
	ended   []move
}

// find returns moves, with disjoint sources or not, that paint what f shows
// out of seen. Their places do not overlap.
func (fi *finder) find(f *capture.Frame, seen []byte, t *tiles) []move {
	area, n := t.differing()
	if n < searchTiles {
		return nil
	}
	if !fi.seeded {
		fi.seed, fi.seeded = maphash.MakeSeed(), true
	}
	fi.ended = fi.ended[:0]
	for _, v := range fi.vectors(f, seen, t, area) {
		fi.verify(f, seen, t, area, v)
	}
	if len(fi.ended) == 0 {
		fi.vain++
	} else {
		fi.vain = 0
	}
	return fi.ended
}

// differing returns the pixels around all tiles that differ, and how many
// tiles those are.
func (t *tiles) differing() (area image.Rectangle, n int) {
	for y := range t.grid.Y {
		for x := range t.grid.X {
			if t.class[y*t.grid.X+x] != same {
				area = area.Union(image.Rect(x, y, x+1, y+1))
				n++
			}
		}
	}
	return t.pixels(area), n
}

// vectors returns the distances worth trying, the likeliest first.
func (fi *finder) vectors(f *capture.Frame, seen []byte, t *tiles, area image.Rectangle) []image.Point {
	var out []image.Point
	for _, m := range f.Moves {
		if v := m.To.Min.Sub(m.From); v != (image.Point{}) && len(out) < maxVectors && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	var rows votes
	fi.voteRows(f, seen, t, area, &rows)
	fi.sample(f, seen, area)
	guesses := fi.weigh(f, seen, nil, append(out, rows.top(maxVectors)...))
	vain := fi.vain >= patience && fi.vain%patience != 0
	if explains := len(guesses) > 0 && 8*guesses[0].n >= explained*len(fi.changed); !explains && !vain {
		var marks votes
		fi.voteMarks(f, seen, area, &marks)
		guesses = fi.weigh(f, seen, guesses, marks.top(maxVectors))
	}
	out = out[:0]
	for _, g := range guesses[:min(len(guesses), maxVectors)] {
		out = append(out, g.by)
	}
	return out
}

// explained is the part, in eighths, of what changed that one distance must
// explain for no other to be looked for. Columns of a table look as if they had
// moved in one direction when they moved in two.
const explained = 5

// sampleStep is how many rows of blocks apart distances are weighed.
const sampleStep = 3

// sample notes some of the blocks of area that changed.
func (fi *finder) sample(f *capture.Frame, seen []byte, area image.Rectangle) {
	fi.changed = fi.changed[:0]
	for y := area.Min.Y; y < area.Max.Y; y += sampleStep * blockSide {
		for x := area.Min.X; x < area.Max.X; x += blockSide {
			block := image.Rect(x, y, x+blockSide, y+blockSide).Intersect(area)
			if !holds(f, seen, block, image.Point{}) {
				fi.changed = append(fi.changed, block)
			}
		}
	}
}

// weigh adds distances to guesses, each with the number of sampled blocks that
// it explains, and returns them with the best first.
func (fi *finder) weigh(f *capture.Frame, seen []byte, guesses []vote, more []image.Point) []vote {
	for _, v := range more {
		if slices.ContainsFunc(guesses, func(g vote) bool { return g.by == v }) {
			continue
		}
		n := 0
		for _, block := range fi.changed {
			if holds(f, seen, block, v) {
				n++
			}
		}
		guesses = append(guesses, vote{v, n})
	}
	slices.SortStableFunc(guesses, func(a, b vote) int { return b.n - a.n })
	return guesses
}

// stripWidth is how many pixels of a row are compared at once, strips how many
// such columns are looked at: those with most differences.
const (
	stripWidth = 64
	strips     = 6
)

// voteRows lets pieces of rows vote for a vertical distance.
func (fi *finder) voteRows(f *capture.Frame, seen []byte, t *tiles, area image.Rectangle, count *votes) {
	for _, x := range t.busiest() {
		strip := image.Rect(x, area.Min.Y, x+stripWidth, area.Max.Y).Intersect(f.Bounds())
		if strip.Dx() < stripWidth {
			continue
		}
		fi.rows.reset()
		for y := strip.Min.Y; y < strip.Max.Y; y++ {
			_, was := rowsOf(f, seen, strip, y)
			fi.rows.add(maphash.Bytes(fi.seed, was), image.Pt(x, y))
		}
		for y := strip.Min.Y; y < strip.Max.Y; y++ {
			is, _ := rowsOf(f, seen, strip, y)
			if p, ok := fi.rows.find(maphash.Bytes(fi.seed, is)); ok && p.Y != y {
				count.add(image.Pt(0, y-p.Y))
			}
		}
	}
}

// busiest returns the left edges of the strips in which most tiles differ.
func (t *tiles) busiest() []int {
	const wide = stripWidth / tileSide
	columns := make([]struct{ x, n int }, (t.grid.X+wide-1)/wide)
	for i, c := range t.class {
		if c != same {
			columns[i%t.grid.X/wide].n++
		}
	}
	for i := range columns {
		columns[i].x = i * stripWidth
	}
	slices.SortStableFunc(columns, func(a, b struct{ x, n int }) int { return b.n - a.n })
	out := make([]int, 0, strips)
	for _, c := range columns[:min(strips, len(columns))] {
		if c.n > 0 {
			out = append(out, c.x)
		}
	}
	return out
}

// Marks are edges, one in 64, with a hash of the markLength pixels from there
// on; in the new picture only every markRows-th row is looked at.
const (
	markLength = 12
	markRows   = 4
)

// voteMarks lets marks vote for a distance in any direction.
func (fi *finder) voteMarks(f *capture.Frame, seen []byte, area image.Rectangle, count *votes) {
	fi.marks.reset()
	for y := area.Min.Y; y < area.Max.Y; y++ {
		_, was := rowsOf(f, seen, area, y)
		eachMark(was, func(x int, hash uint64) { fi.marks.add(hash, image.Pt(area.Min.X+x, y)) })
	}
	for y := area.Min.Y; y < area.Max.Y; y += markRows {
		is, _ := rowsOf(f, seen, area, y)
		eachMark(is, func(x int, hash uint64) {
			if p, ok := fi.marks.find(hash); ok {
				if v := image.Pt(area.Min.X+x, y).Sub(p); v != (image.Point{}) {
					count.add(v)
				}
			}
		})
	}
}

// eachMark calls mark with the place in pixels and the hash of each mark.
func eachMark(row []byte, mark func(x int, hash uint64)) {
	for i := 0; i+4*markLength <= len(row); i += 4 {
		two := binary.LittleEndian.Uint64(row[i:]) & 0x00ffffff00ffffff
		if uint32(two) == uint32(two>>32) || two*0x9e3779b97f4a7c15>>58 != 0 {
			continue
		}
		hash := two
		for j := 8; j < 4*markLength; j += 8 {
			hash = (hash^hash>>29)*0x8ebc6af09c88c6e3 + binary.LittleEndian.Uint64(row[i+j:])&0x00ffffff00ffffff
		}
		mark(i/4, (hash^hash>>32)*0xd6e8feb86659fd93)
	}
}

// placeBits is the size of places as a power of two; a picture of 1920 × 1080
// has at most half as many marks.
const placeBits = 16

// places says where a hash occurs, if at one place only. It forgets in one
// step: an entry counts only in its own round.
type places struct {
	slots []place
	round uint32
	used  int
}

type place struct {
	hash  uint64
	round uint32
	at    image.Point
	twice bool
}

func (p *places) reset() {
	if p.slots == nil {
		p.slots = make([]place, 1<<placeBits)
	}
	p.round++
	p.used = 0
}

// slot returns where hash stands or would stand.
func (p *places) slot(hash uint64) *place {
	for i := hash >> (64 - placeBits); ; i++ {
		s := &p.slots[i&(1<<placeBits-1)]
		if s.round != p.round || s.hash == hash {
			return s
		}
	}
}

// add notes a hash; when half full it takes no more.
func (p *places) add(hash uint64, at image.Point) {
	s := p.slot(hash)
	switch {
	case s.round == p.round:
		s.twice = true
	case p.used < 1<<(placeBits-1):
		*s = place{hash: hash, round: p.round, at: at}
		p.used++
	}
}

// find returns where hash occurs if that is certain.
func (p *places) find(hash uint64) (image.Point, bool) {
	s := p.slot(hash)
	return s.at, s.round == p.round && !s.twice
}

// maxCandidates is how many different distances are counted; later ones take
// the place of one with a single vote.
const maxCandidates = 64

// votes counts which distances were named how often.
type votes struct {
	list []vote
	next int
}

type vote struct {
	by image.Point
	n  int
}

func (v *votes) add(by image.Point) {
	for i := range v.list {
		if v.list[i].by == by {
			v.list[i].n++
			return
		}
	}
	if len(v.list) < maxCandidates {
		v.list = append(v.list, vote{by, 1})
		return
	}
	v.next = (v.next + 1) % maxCandidates
	if s := &v.list[v.next]; s.n == 1 {
		*s = vote{by, 1}
	}
}

// top returns up to n distances with enough votes.
func (v *votes) top(n int) []image.Point {
	slices.SortStableFunc(v.list, func(a, b vote) int { return b.n - a.n })
	var out []image.Point
	for _, c := range v.list[:min(n, len(v.list))] {
		if c.n >= minVotes {
			out = append(out, c.by)
		}
	}
	return out
}
