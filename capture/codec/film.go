package codec

import (
	"bytes"
	"image"
	"math/bits"

	"lotse/capture"
)

// A tile belongs to a film when it changed like a photograph in filmHot of
// the last filmPast frames, or in each of the last filmRun.
const (
	filmPast = 20
	filmHot  = 8
	filmRun  = 5
)

// minFilm is how many such tiles make a film, about 128 × 96 pixels: below,
// photographs cost less than the beginning of a video.
const minFilm = 48

// filmShare is the part, in eighths, of a film's rectangle that must be such
// tiles. The rest are what stands still or is flat in it.
const filmShare = 4

// filmEnd is after how many updates without a change a film is over: half a
// second at 20 a second, a little more while nothing else moves either.
const filmEnd = 10

// filmKeep is how many updates a film's rectangle stays at least before it is
// drawn anew because the film turned out larger or smaller.
const filmKeep = 20

// films finds areas that change all the time and codes them as video. An area
// belongs to it wholly, text in it too, until it stands still.
type films struct {
	maker Video
	grid  image.Point
	// hot and warm have a bit for each of the last frames, the lowest for the
	// newest: the tile changed like a film, or anyhow but all over.
	hot, warm []uint32
	// extent is what changed in the tile since frame turn, before what did in
	// the filmPast frames before that.
	extent, before []image.Rectangle
	turn           int
	// mark is set for tiles that were counted.
	mark  []bool
	stack []int
	// count is how many tiles are hot.
	count int

	playing []*film
}

// film is one area that is coded as video.
type film struct {
	rect  image.Rectangle
	slot  uint8
	coder VideoEncoder
	rate  int
	// begun says that the decoder has the beginning, still counts updates
	// without a change, age those since it began.
	begun      bool
	still, age int

	picture image.YCbCr
	unit    []byte
}

func newFilms(v Video, grid image.Point) films {
	if v == nil {
		return films{}
	}
	n := grid.X * grid.Y
	return films{
		maker: v, grid: grid,
		hot: make([]uint32, n), warm: make([]uint32, n),
		extent: make([]image.Rectangle, n), before: make([]image.Rectangle, n), mark: make([]bool, n),
	}
}

// restart lets every film begin anew in the next update.
func (fs *films) restart() {
	for _, f := range fs.playing {
		f.begun = false
	}
}

// close ends all films.
func (fs *films) close() {
	for len(fs.playing) > 0 {
		fs.end(fs.playing[0])
	}
}

func (fs *films) end(f *film) {
	f.coder.Close()
	kept := fs.playing[:0]
	for _, g := range fs.playing {
		if g != f {
			kept = append(kept, g)
		}
	}
	clear(fs.playing[len(kept):])
	fs.playing = kept
}

// covers reports whether r touches a film.
func (fs *films) covers(r image.Rectangle) bool {
	for _, f := range fs.playing {
		if f.rect.Overlaps(r) {
			return true
		}
	}
	return false
}

// reads reports whether a copy reads what a film paints: its decoder still has
// the picture before.
func (fs *films) reads(m move) bool { return fs.covers(m.source()) }

// screen marks the tiles that a film touches.
func (fs *films) screen(t *tiles) {
	clear(t.film)
	for _, f := range fs.playing {
		for i := range t.each(t.over(f.rect)) {
			t.film[i] = true
		}
	}
}

// learn notes which tiles changed like a film in this update, whose tiles are
// classified.
func (fs *films) learn(t *tiles) {
	if fs.maker == nil {
		return
	}
	if fs.turn++; fs.turn == filmPast {
		fs.turn = 0
		fs.extent, fs.before = fs.before, fs.extent
		clear(fs.extent)
	}
	fs.count = 0
	for i, l := range t.lively {
		fs.hot[i] = fs.hot[i]<<1 | uint32(l>>1)
		fs.warm[i] = fs.warm[i]<<1 | uint32(l&1)
		if l != calm {
			fs.extent[i] = fs.extent[i].Union(t.dense[i])
		}
		if often(fs.hot[i]) {
			fs.count++
		}
	}
}

// often says whether enough of the last frames are marked in past.
func often(past uint32) bool {
	const run = 1<<filmRun - 1
	return past&run == run || bits.OnesCount32(past&(1<<filmPast-1)) >= filmHot
}

// measureEvery is how many updates lie between two looks at where exactly a
// film changes.
const measureEvery = 4

// changed notes which tiles of the film changed and reports whether any did.
func (f *film) changed(frame *capture.Frame, seen []byte, t *tiles) bool {
	found := false
	for i := range t.each(t.over(f.rect)) {
		part := t.whole(i).Intersect(f.rect)
		if !tileDiffers(frame, seen, part) {
			continue
		}
		t.lively[i], t.dense[i], found = filmic, image.Rectangle{}, true
		if f.age%measureEvery == 0 {
			t.dense[i] = dense(frame, seen, part)
		}
	}
	return found
}

// tileDiffers compares every second row: a film changes more than one.
func tileDiffers(f *capture.Frame, seen []byte, area image.Rectangle) bool {
	for y := area.Min.Y; y < area.Max.Y; y += 2 {
		is, was := rowsOf(f, seen, area, y)
		if !bytes.Equal(is, was) && differ(is, was) {
			return true
		}
	}
	return false
}

// encode codes the film's area of frame.
func (f *film) encode(frame *capture.Frame, rate int) ([]byte, error) {
	if f.rate*9 > rate*10 || f.rate*11 < rate*10 {
		if err := f.coder.SetRate(rate); err != nil {
			return nil, err
		}
		f.rate = rate
	}
	toYCbCr(&f.picture, frame.Pix, frame.Stride, f.rect, 2)
	unit, err := f.coder.Encode(f.unit[:0], &f.picture, !f.begun)
	if err == nil {
		f.unit = unit
	}
	return unit, err
}

// cast ends films that stand still or have another shape than what changes,
// and begins new ones.
func (fs *films) cast(t *tiles, rate int) {
	for i := 0; i < len(fs.playing); {
		f := fs.playing[i]
		f.age++
		if f.still >= filmEnd {
			fs.end(f)
			continue
		}
		i++
	}
	if fs.count < minFilm || !fs.due() {
		return
	}
	found := fs.find(t)
	for i := 0; i < len(fs.playing); {
		if f := fs.playing[i]; f.age >= filmKeep && !shapely(f.rect, found) {
			fs.end(f)
			continue
		}
		i++
	}
	for _, r := range found {
		if len(fs.playing) < maxFilms && !fs.covers(r) {
			fs.begin(r, rate)
		}
	}
}

// due says whether to look for films now: at once as long as there is none,
// now and then later.
func (fs *films) due() bool {
	for _, f := range fs.playing {
		if f.age%filmKeep == 0 {
			return true
		}
	}
	return len(fs.playing) == 0
}

// shapely reports whether one of found is about r: inside it and not much
// smaller.
func shapely(r image.Rectangle, found []image.Rectangle) bool {
	for _, g := range found {
		if g.In(r) && 3*g.Dx()*g.Dy() >= 2*r.Dx()*r.Dy() {
			return true
		}
	}
	return false
}

func (fs *films) begin(r image.Rectangle, rate int) {
	coder, err := fs.maker.NewEncoder(padded(r.Size(), 2), rate)
	if err != nil {
		return // photographs do, as without a coder
	}
	f := &film{rect: r, coder: coder, rate: rate}
	for _, g := range fs.playing {
		if g.slot == f.slot {
			f.slot++
		}
	}
	fs.playing = append(fs.playing, f)
}

// find returns the rectangles around tiles that hang together and change like
// a film, the largest first come first served.
func (fs *films) find(t *tiles) []image.Rectangle {
	clear(fs.mark)
	var out []image.Rectangle
	for i, past := range fs.hot {
		if fs.mark[i] || !often(past) {
			continue
		}
		area, n := fs.component(i)
		over := t.over(area)
		if n >= minFilm && n*8 >= over.Dx()*over.Dy()*filmShare {
			out = append(out, area)
		}
	}
	return joined(out)
}

// component returns the pixels around all hot tiles that hang together with
// tile i, and warm ones beside those, which are the film's edge; and how many
// tiles all are.
func (fs *films) component(i int) (area image.Rectangle, n int) {
	fs.stack = append(fs.stack[:0], i)
	fs.mark[i] = true
	for len(fs.stack) > 0 {
		i := fs.stack[len(fs.stack)-1]
		fs.stack = fs.stack[:len(fs.stack)-1]
		area, n = area.Union(fs.extent[i]).Union(fs.before[i]), n+1
		if !often(fs.hot[i]) {
			continue
		}
		x, y := i%fs.grid.X, i/fs.grid.X
		for ny := max(y-1, 0); ny <= min(y+1, fs.grid.Y-1); ny++ {
			for nx := max(x-1, 0); nx <= min(x+1, fs.grid.X-1); nx++ {
				if j := ny*fs.grid.X + nx; !fs.mark[j] && (often(fs.hot[j]) || often(fs.warm[j])) {
					fs.mark[j] = true
					fs.stack = append(fs.stack, j)
				}
			}
		}
	}
	return area, n
}

// joined makes one of rectangles that overlap.
func joined(all []image.Rectangle) []image.Rectangle {
	for i := 0; i < len(all); i++ {
		for j := i + 1; j < len(all); j++ {
			if all[i].Overlaps(all[j]) {
				all[i] = all[i].Union(all[j])
				all = append(all[:j], all[j+1:]...)
				i = -1
				break
			}
		}
	}
	return all
}
