//go:build noh264 || !cgo || !((linux && (amd64 || arm64)) || (windows && amd64) || darwin)

package video

import (
	"image"

	"lotse/capture/codec"
)

// Supported reports whether this program has H.264.
func Supported() bool { return false }

func newEncoder(image.Point, int) (codec.VideoEncoder, error) { return nil, ErrUnsupported }

func newDecoder(image.Point) (codec.VideoDecoder, error) { return nil, ErrUnsupported }
