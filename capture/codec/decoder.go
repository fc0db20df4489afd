package codec

import (
	"encoding/binary"
	"fmt"
	"image"
)

// Decoder turns updates back into a picture. It is used by one goroutine.
type Decoder struct {
	limits Limits

	size   image.Point
	epoch  uint32
	pix    []byte
	agreed *plane
	model  *model
	coder  coder
	photos photos
	video  Video
	reels  [maxFilms]reel

	// sequence is the number of the next update; lost says that only a key
	// update may follow.
	sequence uint32
	lost     bool
}

// NewDecoder returns a decoder that has no picture yet and waits for a key
// update.
func NewDecoder(l Limits) *Decoder {
	return &Decoder{limits: l.checked(), model: new(model), lost: true}
}

// UseVideo makes films decodable; without, an update with video is malformed.
func (d *Decoder) UseVideo(v Video) { d.video = v }

// Limit changes the largest picture that is accepted from the next key update
// on.
func (d *Decoder) Limit(l Limits) { d.limits = l.checked() }

// Close gives back what decoders of films hold. Only a key update can follow.
func (d *Decoder) Close() {
	d.stopFilms()
	d.lost = true
}

func (d *Decoder) stopFilms() {
	for i := range d.reels {
		d.reels[i].stop()
	}
}

// Decode applies one update and returns what it painted; the rectangles may
// overlap. ErrGap means that the update needs another one before it, or a key
// update. ErrFormat means that it is malformed; if that was found out only
// while painting, parts of the picture are wrong and everything but a key
// update is refused with ErrGap from then on. In all other cases an error
// leaves the picture as it was.
func (d *Decoder) Decode(b []byte) (dirty []image.Rectangle, err error) {
	if len(b) > MaxUpdate {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, len(b))
	}
	r := &reader{b: b}
	h, err := parseHead(r)
	if err != nil {
		return nil, err
	}
	size := d.size
	switch {
	case h.key:
		size = image.Pt(h.width, h.height)
		if !d.limits.allow(h.width, h.height) {
			return nil, fmt.Errorf("%w: picture of %d × %d", ErrFormat, h.width, h.height)
		}
	case d.lost || h.sequence != d.sequence:
		return nil, ErrGap
	}
	ops, coded, err := parseBody(r, size)
	if err != nil {
		return nil, err
	}
	if h.key {
		d.restart(h)
	}
	if err := d.playFilms(ops); err != nil {
		d.lost = true
		return nil, err
	}
	d.sequence = h.sequence + 1
	if err := d.paint(ops, coded); err != nil {
		d.lost = true
		return nil, err
	}
	return rects(ops), nil
}

// Picture returns the picture, BGRA with an alpha of 255. It belongs to the
// decoder and is valid until the next call of Decode. Before the first key
// update it is empty.
func (d *Decoder) Picture() (pix []byte, stride int, size image.Point) {
	return d.pix, 4 * d.size.X, d.size
}

// Epoch returns the layout epoch of the picture (capture.Frame).
func (d *Decoder) Epoch() uint32 { return d.epoch }

// playFilms decodes the pictures of films, one each. A film goes on from
// picture to picture, so what fails here is over.
func (d *Decoder) playFilms(ops []op) error {
	var played [maxFilms]bool
	for i := range ops {
		o := &ops[i]
		if o.kind != opVideo {
			continue
		}
		if played[o.slot] {
			return fmt.Errorf("%w: two pictures of one film", ErrFormat)
		}
		played[o.slot] = true
		if err := d.reels[o.slot].play(d.video, o); err != nil {
			return err
		}
	}
	return nil
}

// restart begins a new, black picture.
func (d *Decoder) restart(h head) {
	size := image.Pt(h.width, h.height)
	if size != d.size {
		d.size = size
		d.pix, d.agreed = make([]byte, 4*size.X*size.Y), newPlane(size.X, size.Y)
	}
	d.stopFilms()
	d.agreed.reset()
	d.fill(image.Rectangle{Max: size}, 0)
	d.model.reset()
	d.photos.reset()
	d.epoch, d.lost = h.epoch, false
}

func (d *Decoder) index(x, y int) int { return 4 * (y*d.size.X + x) }

// fill paints r in one colour.
func (d *Decoder) fill(r image.Rectangle, colour uint32) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := d.pix[d.index(r.Min.X, y) : d.index(r.Min.X, y)+4*r.Dx()]
		for i := 0; i < len(row); i += 4 {
			binary.LittleEndian.PutUint32(row[i:], colour|0xff<<24)
		}
	}
}

func (d *Decoder) paint(ops []op, coded []byte) error {
	moves := movesOf(ops)
	apply(d.pix, d.index, 4, moves)
	d.agreed.apply(moves)
	d.coder.decode(coded)
	for _, o := range ops[len(moves):] {
		switch o.kind {
		case opSolid:
			d.fill(o.rect, o.colour)
			d.agreed.fill(o.rect, o.colour)
		case opLossless:
			d.model.rect(&d.coder, d.agreed, d.pix, 4*d.size.X, o.rect)
		case opPhoto:
			d.photos.rect(&d.coder, d.pix, 4*d.size.X, o.rect, int(o.quality))
			d.agreed.fill(o.rect, unknown)
		case opVideo:
			paintPhoto(d.pix, 4*d.size.X, o.rect, o.picture)
			d.agreed.fill(o.rect, unknown)
		case opCopy:
		}
	}
	return d.coder.close()
}

// movesOf returns the copies that ops begin with.
func movesOf(ops []op) []move {
	var out []move
	for _, o := range ops {
		if o.kind != opCopy {
			break
		}
		out = append(out, move{to: o.rect, from: o.from})
	}
	return out
}

// rects returns what ops paint.
func rects(ops []op) []image.Rectangle {
	out := make([]image.Rectangle, 0, len(ops))
	for _, o := range ops {
		out = append(out, o.rect)
	}
	return out
}
