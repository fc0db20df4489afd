// Package video codes films with H.264. It does so for areas of a screen in
// which everything moves (capture/codec finds them) and for nothing else.
//
// The work is done by openh264, linked in from the archives that come with
// pion/mediadevices; NOTICE.md has its licence. Its decoder is old C++ that
// reads what a stranger sent, so nothing reaches it that units.go has not
// found to be exactly what our own encoder writes. With the tag noh264, and
// without cgo, there is no H.264 and films are sent as photographs.
package video

import (
	"errors"
	"fmt"
	"image"

	"lotse/capture/codec"
)

// ErrUnsupported says that this program was built without H.264.
var ErrUnsupported = errors.New("video: built without H.264")

// ErrStream says that a coded picture is not one of our encoder's.
var ErrStream = errors.New("video: not a coded picture of ours")

// ErrSize says that pictures of a size are not coded.
var ErrSize = errors.New("video: impossible size")

// The sizes in pixels that are coded: both sides even.
const (
	minSide = 16
	maxSide = 3840
	maxArea = 3840 * 2160
)

// maxUnit is the largest coded picture in bytes.
const maxUnit = 1 << 20

// frameRate is how many pictures a second the encoder plans for.
const frameRate = 20

// H264 makes coders; it is a codec.Video.
type H264 struct{}

// NewEncoder returns a coder of pictures of size that aims at rate bits a
// second. It returns ErrSize for sizes that can't be coded, and
// ErrUnsupported.
func (H264) NewEncoder(size image.Point, rate int) (codec.VideoEncoder, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	return newEncoder(size, rate)
}

// NewDecoder returns the other end for pictures of size.
func (H264) NewDecoder(size image.Point) (codec.VideoDecoder, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	return newDecoder(size)
}

// Best returns H264 where this program has it, and nil.
func Best() codec.Video {
	if !Supported() {
		return nil
	}
	return H264{}
}

func checkSize(size image.Point) error {
	if size.X < minSide || size.Y < minSide || size.X > maxSide || size.Y > maxSide || size.X*size.Y > maxArea ||
		size.X%2 != 0 || size.Y%2 != 0 {
		return fmt.Errorf("%w: %d × %d", ErrSize, size.X, size.Y)
	}
	return nil
}
