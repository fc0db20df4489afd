//go:build linux

package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"strings"

	"golang.org/x/image/draw"
)

// Read returns the text that a person reads in a part of the display, as
// tesseract does, with white space folded.
func (d *Display) Read(ctx context.Context, part image.Rectangle) (string, error) {
	img, err := d.Picture()
	if err != nil {
		return "", err
	}
	part = part.Intersect(img.Bounds())
	if part.Empty() {
		return "", errors.New("stage: nothing to read there")
	}
	const zoom = 3 // tesseract wants letters of 20 pixels and more, Wine draws them thin
	big := image.NewGray(image.Rect(0, 0, zoom*part.Dx(), zoom*part.Dy()))
	draw.CatmullRom.Scale(big, big.Bounds(), darkest(img, part), part, draw.Src, nil)
	var in, stderr bytes.Buffer
	if err := png.Encode(&in, big); err != nil {
		return "", fmt.Errorf("stage: %w", err)
	}
	cmd := exec.CommandContext(ctx, "tesseract", "stdin", "stdout", "--psm", "11", "-l", "eng")
	cmd.Stdin, cmd.Stderr = &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("stage: tesseract: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return strings.Join(strings.Fields(string(out)), " "), nil
}

// darkest returns the part of img in which every pixel has the value of its
// darkest channel: coloured letters become as dark as black ones.
func darkest(img *image.RGBA, part image.Rectangle) *image.Gray {
	out := image.NewGray(part)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			c := img.RGBAAt(x, y)
			out.SetGray(x, y, color.Gray{Y: min(c.R, c.G, c.B)})
		}
	}
	return out
}

// Reads waits until all the words can be read somewhere on the display.
func (d *Display) Reads(ctx context.Context, words ...string) error {
	var text string
	err := Until(ctx, patience, strings.Join(words, " "), func() (bool, error) {
		img, err := d.Picture()
		if err != nil {
			return false, err
		}
		text, err = d.Read(ctx, img.Bounds())
		if err != nil {
			return false, err
		}
		for _, w := range words {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%w; read: %q", err, text)
	}
	return nil
}
