package codec

import (
	"fmt"
	"image"
	"slices"

	"lotse/capture"
)

// Encoder turns the states of one screen into updates. It is used by one
// goroutine. It keeps a copy of what was sent, compares every frame with it,
// and so sends nothing twice, however much a toolkit repaints.
type Encoder struct {
	config Config

	size     image.Point
	epoch    uint32
	sequence uint32

	// seen is the picture as it was sent, BGRA, rows of 4·width bytes. Where
	// tiles.lossy is set the decoder has it approximately.
	seen   []byte
	agreed *plane
	model  *model
	coder  coder
	tiles  tiles
	finder finder
	films  films
	photos photos
	// quality is that of photographs in this update.
	quality int

	// ops and count are the operations of the update being made, limit is
	// how many bytes it may have.
	ops   []byte
	count int
	limit int
	// largest is how many bytes an update may have at the most.
	largest int
}

// reserve is what a single rectangle may add to an update at the most, in
// bytes: maxTiles tiles of eight bytes a pixel, twice the 31 decisions that the
// model ever asks about one, and the head.
const reserve = maxTiles*tileSide*tileSide*8 + 4096

// NewEncoder returns an encoder whose first update is a key update. The error
// names the field of c that is wrong.
func NewEncoder(c Config) (*Encoder, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	return &Encoder{config: c, model: new(model), largest: MaxUpdate}, nil
}

// Encode appends the update that leads from the last one to f, and nothing if
// there is nothing to tell. f.Dirty is where it looks for changes; f.Moves
// are tried, never trusted. A change of size or epoch makes a key update by
// itself. f is not kept. On error nothing is appended and the next update is
// a key update.
func (e *Encoder) Encode(dst []byte, f *capture.Frame, o Options) ([]byte, error) {
	if err := check(f); err != nil {
		return dst, err
	}
	o = o.checked(e.config)
	size := image.Pt(f.W, f.H)
	key := o.Key || e.seen == nil || size != e.size || f.Epoch != e.epoch
	if key {
		e.restart(size, f.Epoch)
	}
	e.begin(o)
	if err := e.step(f, o, key); err != nil {
		e.seen = nil
		e.films.close()
		return dst, err
	}
	if e.count == 0 && !key {
		return dst, nil
	}
	return e.finish(dst, key), nil
}

// step fills the update.
func (e *Encoder) step(f *capture.Frame, o Options, key bool) error {
	films, err := e.project(f, o)
	if err != nil {
		return err
	}
	e.tiles.compare(f, e.seen, key)
	moved := !key && e.copyMoved(f)
	for _, op := range films {
		e.add(op)
		e.agreed.fill(op.rect, unknown)
	}
	if o.Budget > 0 {
		// a film that takes all there is must not keep text from being read
		e.limit = max(e.limit, min(e.spent()+o.Budget/2, e.largest-reserve))
	}
	e.send(f, o)
	if !moved { // what a moving window lays bare is no film
		e.films.learn(&e.tiles)
	}
	if o.VideoRate > 0 {
		e.films.cast(&e.tiles, o.VideoRate)
	}
	e.films.screen(&e.tiles)
	e.refine(o.Refine)
	return nil
}

// project codes the films and takes their areas from f.
func (e *Encoder) project(f *capture.Frame, o Options) ([]op, error) {
	clear(e.tiles.lively)
	if o.VideoRate == 0 {
		e.films.close()
		e.films.screen(&e.tiles)
	}
	var out []op
	for _, film := range e.films.playing {
		if !film.changed(f, e.seen, &e.tiles) && film.begun {
			film.still++
			continue
		}
		unit, err := film.encode(f, o.VideoRate)
		if err != nil {
			return nil, err
		}
		out = append(out, op{kind: opVideo, rect: film.rect, slot: film.slot, begin: !film.begun, data: unit})
		film.begun, film.still = true, 0
		e.take(f, film.rect)
		e.tiles.shot(film.rect)
	}
	return out, nil
}

// Close gives back what coders of films hold. An encoder that is closed makes
// a key update next.
func (e *Encoder) Close() {
	e.films.close()
	e.seen = nil
}

// Pending reports whether there is more to send of what was already shown:
// photographs that are not bit exact yet, or what did not fit into a budget.
// Call Encode with Options.Refine, and a frame without changes, to get on.
func (e *Encoder) Pending() bool { return e.tiles.pending() }

// Owing reports whether there are changes that did not fit into a budget yet.
func (e *Encoder) Owing() bool { return e.tiles.owedCount > 0 }

// check refuses frames whose fields contradict each other.
func check(f *capture.Frame) error {
	if !(Limits{}).checked().allow(f.W, f.H) {
		return fmt.Errorf("%w: %d × %d pixels", ErrFrame, f.W, f.H)
	}
	if f.Stride < 4*f.W || len(f.Pix) < f.Stride*(f.H-1)+4*f.W {
		return fmt.Errorf("%w: %d bytes in rows of %d", ErrFrame, len(f.Pix), f.Stride)
	}
	return nil
}

// restart forgets everything, as the decoder does at a key update.
func (e *Encoder) restart(size image.Point, epoch uint32) {
	if e.seen == nil || size != e.size {
		e.seen, e.agreed = make([]byte, 4*size.X*size.Y), newPlane(size.X, size.Y)
		e.tiles = newTiles(size)
		e.films.close()
		e.films = newFilms(e.config.Video, e.tiles.grid)
	}
	e.films.restart()
	e.size, e.epoch = size, epoch
	clear(e.seen)
	e.agreed.reset()
	e.model.reset()
	e.tiles.reset()
	e.photos.reset()
}

func (e *Encoder) begin(o Options) {
	e.ops, e.count = e.ops[:0], 0
	e.coder.encode(e.coder.out[:0])
	e.quality = o.Quality
	e.limit, e.tiles.room = e.largest-reserve, maxTiles
	if o.Budget > 0 {
		e.limit, e.tiles.room = min(e.limit, o.Budget), smallTiles
	}
}

func (e *Encoder) finish(dst []byte, key bool) []byte {
	e.coder.finish()
	h := head{key: key, sequence: e.sequence, width: e.size.X, height: e.size.Y, epoch: e.epoch}
	e.sequence++
	return update{head: h, coded: e.coder.out}.append(dst, e.ops, e.count)
}

// spent is how large the update is so far, in bytes.
func (e *Encoder) spent() int { return len(e.ops) + e.coder.spent() }

// full says that no further rectangle fits; the first one always does.
func (e *Encoder) full() bool { return e.count > 0 && e.spent() >= e.limit || e.count >= maxOps-1 }

func (e *Encoder) add(o op) {
	e.ops = o.append(e.ops)
	e.count++
}

// send codes every tile that differs: areas of one colour, then text, then
// photographs, so that a small budget shows first what can be read.
func (e *Encoder) send(f *capture.Frame, o Options) {
	e.tiles.classify(f, e.seen, e.config.LosslessOnly)
	for _, c := range []class{solid, text} {
		for r := range e.tiles.areas(c) {
			if e.full() {
				e.tiles.owe(r)
				continue
			}
			e.sendExact(f, r, c)
		}
	}
	quality := fine
	if o.Budget > 0 && e.spent()+e.tiles.photos*photoBytes > o.Budget {
		quality = coarse
	}
	for r := range e.tiles.areas(photo) {
		if e.full() {
			e.tiles.owe(r)
			continue
		}
		e.sendPhoto(f, r, quality)
	}
}

// photoBytes is about what a tile of a photograph takes at quality 70.
const photoBytes = 40

// sendExact sends the tiles r bit by bit, or by their one colour.
func (e *Encoder) sendExact(f *capture.Frame, r image.Rectangle, c class) {
	area := e.tiles.differs(r)
	e.take(f, area)
	e.tiles.sent(r, area, exact)
	if c == solid {
		colour := e.tiles.colour[e.tiles.at(r.Min)]
		e.agreed.fill(area, colour)
		e.add(op{kind: opSolid, rect: area, colour: colour})
		return
	}
	e.exact(area)
}

// exact codes area from what is in seen.
func (e *Encoder) exact(area image.Rectangle) {
	e.model.rect(&e.coder, e.agreed, e.seen, 4*e.size.X, area)
	e.add(op{kind: opLossless, rect: area})
}

func (e *Encoder) sendPhoto(f *capture.Frame, r image.Rectangle, l level) {
	area := e.tiles.differs(r)
	e.take(f, area)
	e.approximate(r, area, l)
	e.tiles.oweRims(r)
}

// approximate sends area, in the tiles r, as a photograph from what is in seen.
func (e *Encoder) approximate(r, area image.Rectangle, l level) {
	quality := e.quality
	if l == coarse {
		quality = min(quality, e.config.CoarseQuality)
	}
	e.photos.rect(&e.coder, e.seen, 4*e.size.X, area, quality)
	e.add(op{kind: opPhoto, rect: area, quality: uint8(quality)})
	e.agreed.fill(area, unknown)
	e.tiles.sent(r, area, l)
}

// take copies area from f to seen.
func (e *Encoder) take(f *capture.Frame, area image.Rectangle) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		to := 4 * (y*e.size.X + area.Min.X)
		copy(e.seen[to:to+4*area.Dx()], f.Pix[y*f.Stride+4*area.Min.X:])
	}
}

// refine sends photographs better that did not change now, within about
// budget bytes: what is coarse first, then bit exactly.
func (e *Encoder) refine(budget int) {
	end := min(e.spent()+budget, e.limit)
	for e.spent() < end && !e.full() {
		r, ok := e.tiles.nextLossy(coarse, refineRun)
		if !ok {
			break
		}
		e.approximate(r, e.tiles.pixels(r), fine)
	}
	for e.spent() < end && !e.full() {
		r, ok := e.tiles.nextLossy(fine, 1)
		if !ok {
			break
		}
		area := e.tiles.pixels(r)
		e.exact(area)
		e.tiles.sent(r, area, exact)
	}
}

// refineRun is how many coarse tiles side by side are sent better at once,
// about 1 KiB.
const refineRun = 24

// copyMoved finds what only moved, sends it as copies and looks again at what
// is left there. It reports whether anything did.
func (e *Encoder) copyMoved(f *capture.Frame) bool {
	moves := slices.DeleteFunc(e.finder.find(f, e.seen, &e.tiles), e.films.reads)
	if len(moves) == 0 {
		return false
	}
	lossy := e.tiles.movedLossy(moves)
	for _, m := range moves {
		e.add(op{kind: opCopy, rect: m.to, from: m.from})
		e.take(f, m.to)
		e.tiles.recheck(f, e.seen, m.to)
	}
	e.agreed.apply(moves)
	e.tiles.settle(lossy)
	return true
}
