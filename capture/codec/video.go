package codec

import (
	"fmt"
	"image"
)

// Video makes coders for areas in which a film plays. capture/video has one;
// nil means that there is none, and films are sent as photographs.
type Video interface {
	// NewEncoder returns a coder of pictures of size, both sides even, that
	// aims at rate bits a second.
	NewEncoder(size image.Point, rate int) (VideoEncoder, error)
	// NewDecoder returns the other end for pictures of size.
	NewDecoder(size image.Point) (VideoDecoder, error)
}

// VideoEncoder codes the pictures of one film. The colours are those of JFIF
// (ITU-T T.871 §7), two by two pixels share theirs.
type VideoEncoder interface {
	// Encode appends one coded picture to dst. key makes one that needs no
	// earlier one.
	Encode(dst []byte, p *image.YCbCr, key bool) ([]byte, error)
	// SetRate changes the bits a second from the next picture on.
	SetRate(rate int) error
	// Close gives everything back.
	Close() error
}

// VideoDecoder decodes the pictures of one film. What it is given comes from
// a stranger.
type VideoDecoder interface {
	// Decode returns the picture, which is valid until the next call and has
	// the decoder's size.
	Decode(unit []byte) (*image.YCbCr, error)
	// Close gives everything back.
	Close() error
}

// maxFilms is how many films play in one picture as video at a time.
const maxFilms = 2

// maxUnit is the largest coded picture of a film in bytes.
const maxUnit = 1 << 20

// reel is a decoder's end of one film.
type reel struct {
	size    image.Point
	decoder VideoDecoder
}

// play decodes one coded picture for the rectangle r. begin starts anew.
func (p *reel) play(v Video, o *op) error {
	if o.begin {
		if err := p.start(v, o.rect.Size()); err != nil {
			return err
		}
	}
	if p.decoder == nil || p.size != o.rect.Size() {
		return fmt.Errorf("%w: film that did not begin", ErrFormat)
	}
	picture, err := p.decoder.Decode(o.data)
	if err != nil {
		return fmt.Errorf("%w: film: %w", ErrFormat, err)
	}
	if picture.Rect.Size() != padded(p.size, 2) || picture.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return fmt.Errorf("%w: film of %v", ErrFormat, picture.Rect.Size())
	}
	o.picture = picture
	return nil
}

func (p *reel) start(v Video, size image.Point) error {
	p.stop()
	if v == nil {
		return fmt.Errorf("%w: film, and nothing to decode it", ErrFormat)
	}
	decoder, err := v.NewDecoder(padded(size, 2))
	if err != nil {
		return fmt.Errorf("codec: film: %w", err)
	}
	p.size, p.decoder = size, decoder
	return nil
}

func (p *reel) stop() {
	if p.decoder != nil {
		p.decoder.Close()
	}
	*p = reel{}
}
