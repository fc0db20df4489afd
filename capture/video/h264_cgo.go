//go:build cgo && !noh264 && ((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

package video

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"image"

	// It brings openh264's archives to the linker.
	_ "github.com/pion/mediadevices/pkg/codec/openh264"

	"lotse/capture/codec"
)

// version is the one of openh264 whose interface openh264.h describes.
const version = 201

// Supported reports whether this program has H.264.
func Supported() bool { return C.h264_version() == version }

// encoder is openh264's.
type encoder struct {
	c    *C.struct_h264_encoder
	size image.Point
}

func newEncoder(size image.Point, rate int) (codec.VideoEncoder, error) {
	if !Supported() {
		return nil, ErrUnsupported
	}
	c := C.h264_encoder_new(C.int(size.X), C.int(size.Y), C.int(clampRate(rate)), frameRate)
	if c == nil {
		return nil, fmt.Errorf("video: openh264 gives no encoder for %d × %d", size.X, size.Y)
	}
	return &encoder{c: c, size: size}, nil
}

// clampRate keeps a rate where openh264 can do something with it.
func clampRate(rate int) int { return min(max(rate, 50_000), 20_000_000) }

// errClosed says that a coder was used after Close.
var errClosed = errors.New("video: the coder is closed")

// Encode appends one picture.
func (e *encoder) Encode(dst []byte, p *image.YCbCr, key bool) ([]byte, error) {
	if e.c == nil {
		return dst, errClosed
	}
	if p.Rect.Size() != e.size || p.SubsampleRatio != image.YCbCrSubsampleRatio420 {
		return dst, fmt.Errorf("%w: a picture of %v for a coder of %v", ErrSize, p.Rect.Size(), e.size)
	}
	const second = 1000 / frameRate
	at := len(dst)
	dst = append(dst, make([]byte, maxUnit)...)
	n := C.h264_encode(e.c, octets(p.Y), octets(p.Cb), octets(p.Cr), C.int(p.YStride), C.int(p.CStride),
		truth(key), second, octets(dst[at:]), maxUnit)
	if n <= 0 {
		return dst[:at], fmt.Errorf("video: openh264 failed (%d)", int(n))
	}
	return dst[:at+int(n)], nil
}

// SetRate changes the bits a second.
func (e *encoder) SetRate(rate int) error {
	if e.c == nil {
		return errClosed
	}
	if rc := C.h264_set_rate(e.c, C.int(clampRate(rate))); rc != 0 {
		return fmt.Errorf("video: openh264 takes no rate of %d (%d)", rate, int(rc))
	}
	return nil
}

// Close frees the encoder.
func (e *encoder) Close() error {
	if e.c != nil {
		C.h264_encoder_free(e.c)
		e.c = nil
	}
	return nil
}

// decoder is openh264's behind our gate.
type decoder struct {
	c       *C.struct_h264_decoder
	size    image.Point
	gate    gate
	picture *image.YCbCr
}

func newDecoder(size image.Point) (codec.VideoDecoder, error) {
	if !Supported() {
		return nil, ErrUnsupported
	}
	c := C.h264_decoder_new()
	if c == nil {
		return nil, errors.New("video: openh264 gives no decoder")
	}
	return &decoder{
		c: c, size: size, gate: gate{size: size},
		picture: image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420),
	}, nil
}

// Decode returns the picture of one unit. After an error the decoder refuses
// everything else.
func (d *decoder) Decode(unit []byte) (*image.YCbCr, error) {
	if d.c == nil {
		return nil, errClosed
	}
	if err := d.gate.pass(unit); err != nil {
		return nil, err
	}
	p := d.picture
	rc := C.h264_decode(d.c, octets(unit), C.int(len(unit)), C.int(d.size.X), C.int(d.size.Y),
		octets(p.Y), octets(p.Cb), octets(p.Cr), C.int(p.YStride), C.int(p.CStride))
	if rc != 0 {
		d.gate.broken = true
		return nil, fmt.Errorf("%w: openh264 refuses it (%d)", ErrStream, int(rc))
	}
	return p, nil
}

// Close frees the decoder.
func (d *decoder) Close() error {
	if d.c != nil {
		C.h264_decoder_free(d.c)
		d.c = nil
	}
	return nil
}

func octets(b []byte) *C.uchar { return (*C.uchar)(&b[0]) }

func truth(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
