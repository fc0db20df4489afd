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
	"strconv"
	"strings"

	"golang.org/x/image/draw"
)

// zoom is for tesseract, which wants letters of 20 pixels and more; Wine draws
// them thin.
const zoom = 3

// word is a word that can be read, and where.
type word struct {
	text string
	at   image.Rectangle
}

// Read returns the text that a person reads in a part of the display, as
// tesseract does, a space between words.
func (d *Display) Read(ctx context.Context, part image.Rectangle) (string, error) {
	words, err := d.words(ctx, part)
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = w.text
	}
	return strings.Join(text, " "), err
}

// words returns what can be read in a part of the display.
func (d *Display) words(ctx context.Context, part image.Rectangle) ([]word, error) {
	img, err := d.Picture()
	if err != nil {
		return nil, err
	}
	part = part.Intersect(img.Bounds())
	if part.Empty() {
		return nil, errors.New("stage: nothing to read there")
	}
	big := image.NewGray(image.Rect(0, 0, zoom*part.Dx(), zoom*part.Dy()))
	draw.CatmullRom.Scale(big, big.Bounds(), darkest(img, part), part, draw.Src, nil)
	var in, stderr bytes.Buffer
	if err := png.Encode(&in, big); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	cmd := exec.CommandContext(ctx, "tesseract", "stdin", "stdout", "--psm", "11", "-l", "eng", "tsv")
	cmd.Stdin, cmd.Stderr = &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("stage: tesseract: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return table(string(out), part.Min)
}

// table reads tesseract's table: level, page, block, paragraph, line, word,
// left, top, width, height, confidence, text, each word a line of level 5.
func table(tsv string, origin image.Point) ([]word, error) {
	var words []word
	for line := range strings.Lines(tsv) {
		columns := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(columns) != 12 || columns[0] != "5" || strings.TrimSpace(columns[11]) == "" {
			continue
		}
		var n [4]int
		for i := range n {
			var err error
			if n[i], err = strconv.Atoi(columns[6+i]); err != nil {
				return nil, fmt.Errorf("stage: tesseract: %w", err)
			}
		}
		at := image.Rect(n[0]/zoom, n[1]/zoom, (n[0]+n[2])/zoom, (n[1]+n[3])/zoom).Add(origin)
		words = append(words, word{text: columns[11], at: at})
	}
	return words, nil
}

// ClickWord waits until a word that begins so can be read and clicks on it;
// on the last of several.
func (d *Display) ClickWord(ctx context.Context, begin string) error {
	var at image.Rectangle
	err := Until(ctx, patience, begin, func() (bool, error) {
		img, err := d.Picture()
		if err != nil {
			return false, err
		}
		words, err := d.words(ctx, img.Bounds())
		for _, w := range words {
			if strings.HasPrefix(strings.ToLower(w.text), strings.ToLower(begin)) {
				at = w.at
			}
		}
		return !at.Empty(), err
	})
	if err != nil {
		return err
	}
	return d.Click(ctx, at.Min.Add(at.Size().Div(2)))
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
