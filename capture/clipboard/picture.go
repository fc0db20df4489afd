package clipboard

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// maxDecoded is the most memory for the pixels of one picture: MaxSide a side
// at four bytes a pixel.
const maxDecoded = 4 * MaxSide * MaxSide

// decodePNG looks at the size before it decodes. Errors are ErrTooLarge and
// ErrInvalid.
func decodePNG(data []byte) (image.Image, error) {
	if len(data) > MaxImage {
		return nil, fmt.Errorf("%w: %d bytes of PNG", ErrTooLarge, len(data))
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: PNG: %w", ErrInvalid, err)
	}
	if err := fits(config.Width, config.Height, bytesOf(config.ColorModel)); err != nil {
		return nil, err
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: PNG: %w", ErrInvalid, err)
	}
	return picture, nil
}

// bytesOf returns how many bytes a pixel of that model takes at the most.
func bytesOf(model color.Model) int {
	switch model {
	case color.NRGBA64Model, color.RGBA64Model, color.Gray16Model:
		return 8
	}
	return 4
}

func fits(w, h, each int) error {
	switch {
	case w <= 0 || h <= 0:
		return fmt.Errorf("%w: %d×%d pixels", ErrInvalid, w, h)
	case w > MaxSide || h > MaxSide || w*h*each > maxDecoded:
		return fmt.Errorf("%w: %d×%d pixels", ErrTooLarge, w, h)
	}
	return nil
}

func encodePNG(picture image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("%w: PNG: %w", ErrInvalid, err)
	}
	return out.Bytes(), nil
}
