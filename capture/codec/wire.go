package codec

import (
	"encoding/binary"
	"fmt"
	"image"
)

// keyFlag marks an update that can be decoded without any earlier one.
const keyFlag = 1

// head is what stands before the operations:
// u8 version · u8 flags · u32 sequence number, and in a key update
// u16 width · u16 height · u32 epoch, all big endian.
type head struct {
	key           bool
	sequence      uint32
	width, height int
	epoch         uint32
}

func (h head) append(dst []byte) []byte {
	flags := byte(0)
	if h.key {
		flags = keyFlag
	}
	dst = binary.BigEndian.AppendUint32(append(dst, Version, flags), h.sequence)
	if !h.key {
		return dst
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.width))
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.height))
	return binary.BigEndian.AppendUint32(dst, h.epoch)
}

// kind says what an operation does. The numbers are append only.
type kind uint8

// The operations, and what follows their kind. A rectangle is four uvarints:
// x, y, width, height.
const (
	// opCopy: rectangle to paint · uvarint x · uvarint y of the source. The
	// copies come first and read the picture as it was before the update.
	opCopy kind = 1
	// opSolid: rectangle · blue · green · red.
	opSolid kind = 2
	// opLossless: rectangle; its pixels are in the coded part.
	opLossless kind = 3
	// opPhoto: rectangle · u8 quality; its pixels are in the coded part.
	opPhoto kind = 4
	// opVideo: rectangle · u8 slot · u8 flags · uvarint length · the coded
	// picture of a film.
	opVideo kind = 5
)

// beginFlag marks the first picture of a film.
const beginFlag = 1

// op is one operation.
type op struct {
	kind    kind
	rect    image.Rectangle
	from    image.Point
	colour  uint32
	quality uint8
	slot    uint8
	begin   bool
	data    []byte
	// picture is what a film's data decodes to.
	picture *image.YCbCr
}

func (o op) append(dst []byte) []byte {
	dst = append(dst, byte(o.kind))
	for _, v := range []int{o.rect.Min.X, o.rect.Min.Y, o.rect.Dx(), o.rect.Dy()} {
		dst = binary.AppendUvarint(dst, uint64(v))
	}
	switch o.kind {
	case opCopy:
		dst = binary.AppendUvarint(dst, uint64(o.from.X))
		dst = binary.AppendUvarint(dst, uint64(o.from.Y))
	case opSolid:
		dst = append(dst, byte(o.colour), byte(o.colour>>8), byte(o.colour>>16))
	case opPhoto:
		dst = append(dst, o.quality)
	case opVideo:
		flags := byte(0)
		if o.begin {
			flags = beginFlag
		}
		dst = binary.AppendUvarint(append(dst, o.slot, flags), uint64(len(o.data)))
		dst = append(dst, o.data...)
	case opLossless:
	}
	return dst
}

// update is a parsed update: uvarint count · operations · uvarint length ·
// coded pixels, and nothing behind.
type update struct {
	head
	ops   []op
	coded []byte
}

func (u update) append(dst []byte, ops []byte, count int) []byte {
	dst = binary.AppendUvarint(u.head.append(dst), uint64(count))
	dst = append(dst, ops...)
	dst = binary.AppendUvarint(dst, uint64(len(u.coded)))
	return append(dst, u.coded...)
}

// reader takes an update apart; after the first failure it returns zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// number reads a uvarint of at most limit, in its shortest form.
func (r *reader) number(limit int) int {
	v, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 || v > uint64(limit) || n > 1 && r.b[n-1] == 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// bytes reads a length and as many bytes.
func (r *reader) bytes() []byte { return r.take(r.number(len(r.b))) }

// rect reads a rectangle that is not empty and inside size.
func (r *reader) rect(size image.Point) image.Rectangle {
	x, y := r.number(size.X-1), r.number(size.Y-1)
	w, h := r.number(size.X-x), r.number(size.Y-y)
	if w == 0 || h == 0 {
		r.bad = true
		return image.Rectangle{}
	}
	return image.Rect(x, y, x+w, y+h)
}

func parseHead(r *reader) (head, error) {
	version, flags := r.byte(), r.byte()
	h := head{key: flags&keyFlag != 0, sequence: r.u32()}
	if h.key {
		h.width, h.height, h.epoch = r.u16(), r.u16(), r.u32()
	}
	if r.bad || version != Version || flags&^keyFlag != 0 {
		return head{}, fmt.Errorf("%w: head", ErrFormat)
	}
	return h, nil
}

// effort is how many times the picture's area one update may paint: once by
// copies, once by what is new and once by what is sent better.
const effort = 3

// parseBody reads what follows the head of an update for a picture of size.
// Every rectangle lies inside, and all together paint effort times its area
// at the most.
func parseBody(r *reader, size image.Point) (ops []op, coded []byte, err error) {
	count := r.number(min(maxOps, len(r.b)/minOp))
	ops = make([]op, 0, count)
	area, copies := 0, true
	for i := range count {
		o := parseOp(r, size)
		copies = copies && o.kind == opCopy
		area += o.rect.Dx() * o.rect.Dy()
		if r.bad || area > effort*size.X*size.Y || o.kind == opCopy && (!copies || i >= maxCopies) {
			return nil, nil, fmt.Errorf("%w: operation %d", ErrFormat, i)
		}
		ops = append(ops, o)
	}
	coded = r.bytes()
	if r.bad || len(r.b) != 0 {
		return nil, nil, fmt.Errorf("%w: length", ErrFormat)
	}
	return ops, coded, nil
}

// maxOps and maxCopies are the most operations and copies in one update: a
// reader holds all of them at once, about 2 MB.
const (
	maxOps    = 1 << 14
	maxCopies = 256
)

// minOp is the size in bytes of the shortest operation, a small lossless one.
const minOp = 5

func parseOp(r *reader, size image.Point) op {
	o := op{kind: kind(r.byte())}
	o.rect = r.rect(size)
	switch o.kind {
	case opCopy:
		o.from = image.Pt(r.number(size.X-o.rect.Dx()), r.number(size.Y-o.rect.Dy()))
	case opSolid:
		if b := r.take(3); b != nil {
			o.colour = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		}
	case opLossless:
	case opPhoto:
		o.quality = r.byte()
		r.bad = r.bad || o.quality < 1 || o.quality > 100
	case opVideo:
		var flags byte
		o.slot, flags, o.data = r.byte(), r.byte(), r.bytes()
		o.begin = flags == beginFlag
		r.bad = r.bad || o.slot >= maxFilms || flags > beginFlag || len(o.data) > maxUnit
	default:
		r.bad = true
	}
	return o
}
