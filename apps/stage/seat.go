//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"time"

	"lotse/apps/ui"
)

// Seat is a person in front of a display with a program on it.
type Seat struct {
	*Display
	*Process
	// Log is what the program printed.
	Log string
	// Home and Temp are the program's home and temporary directories, empty
	// when it began.
	Home, Temp string

	title string
}

// Program is how to start one of our programs.
type Program struct {
	// Command is the program, or what runs it, and its arguments.
	Command []string
	// Env is added to its environment.
	Env []string
	// Title is a pattern of its window's title.
	Title string
}

// patience is how long a person waits for a window or an answer.
const patience = 40 * time.Second

// Sit starts a program on a display, with a fresh home in dir, and waits for
// its window.
func Sit(ctx context.Context, d *Display, p Program, dir string) (*Seat, error) {
	s := &Seat{Display: d, Log: filepath.Join(dir, "program.log"), Home: filepath.Join(dir, "home"), Temp: filepath.Join(dir, "tmp"), title: p.Title}
	for _, d := range []string{s.Home, s.Temp} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("stage: %w", err)
		}
	}
	env := append(d.Env(), "HOME="+s.Home, "TMPDIR="+s.Temp, "LANG=C.UTF-8", "FYNE_THEME=light", "FYNE_SCALE=1")
	process, err := Start(ctx, Command{Name: p.Command[0], Args: p.Command[1:], Env: append(env, p.Env...), Log: s.Log})
	if err != nil {
		return nil, err
	}
	s.Process = process
	err = Until(ctx, patience, "window "+p.Title, func() (bool, error) {
		if !process.Running() {
			return false, fmt.Errorf("stage: %s ended, see %s", p.Command[0], s.Log)
		}
		_, err := d.Do(ctx, "search", "--onlyvisible", "--name", p.Title)
		return err == nil, nil
	})
	return s, err
}

// Colour returns the colour of a button as it is on the screen.
func Colour(f ui.Fill) color.RGBA {
	return color.RGBA{R: uint8(f >> 16), G: uint8(f >> 8), B: uint8(f), A: 0xff}
}

// buttonSize is the least size of a button: smaller areas of its colour are
// chips and icons.
func buttonSize() image.Point { return image.Pt(90, 30) }

// Press clicks on the button with the fill; the last one from the top for
// pick -1.
func (s *Seat) Press(ctx context.Context, what string, fill ui.Fill, pick int) error {
	return s.ClickColour(ctx, patience, what, Colour(fill), buttonSize(), pick)
}

// Focus gives the keyboard to the window whose title matches.
func (s *Seat) Focus(ctx context.Context, title string) error {
	_, err := s.Do(ctx, "search", "--onlyvisible", "--name", title, "windowactivate", "--sync")
	return err
}

// ReadCode lets the moderator copy number and PIN and returns them, as if read
// aloud.
func (s *Seat) ReadCode(ctx context.Context, title string, is func(string) bool) (string, error) {
	var code string
	err := Until(ctx, patience, "number and PIN", func() (bool, error) {
		if err := errors.Join(s.Focus(ctx, title), s.Key(ctx, "ctrl+c")); err != nil {
			return false, nil //nolint:nilerr // the window is not ready yet
		}
		text, err := s.Clipboard(ctx)
		code = text
		return err == nil && is(text), nil
	})
	return code, err
}
