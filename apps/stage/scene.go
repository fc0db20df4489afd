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
	"slices"
	"strings"
	"time"

	"lotse/apps/ui"
	"lotse/participant/session"
)

// Patterns of the windows' titles.
const (
	MasterTitle      = "^Lotse.*Help somebody"
	ParticipantTitle = "^Lotse[^H]*development"
	ViewerTitle      = "^Screen of"
)

// Scene is what a session is played with.
type Scene struct {
	// Bin is where lotse-relay, lotse-master and lotse-participant are.
	Bin string
	// Dir is a folder of our own.
	Dir string
	// Display is the person's display; empty makes one for each program.
	Display string
	// Text is what the customer's editor shows; empty starts no editor.
	Text string
	// Master and Participant replace the programs in Bin.
	Master, Participant *Program
	// Editor replaces the customer's editor: it opens the letter.
	Editor func(letter string) Program
	// Picture is a PNG file that the customer's desktop shows; empty is none.
	Picture string
	// RelayEnv is added to the relay's environment.
	RelayEnv []string
	// Alone leaves the moderator out: Support.Moderator is nil.
	Alone bool
	// Relay is one that runs already; nil starts one of Bin. It is the
	// caller's to stop.
	Relay *Relay
}

// Sea is the colour of the customer's desktop, by which the stage finds the
// shared screen in the moderator's window.
func Sea() color.RGBA { return color.RGBA{R: 0x2c, G: 0x6e, B: 0x7f, A: 0xff} }

// the sizes of the two displays in pixels.
func customerSize() image.Point  { return image.Pt(1280, 800) }
func moderatorSize() image.Point { return image.Pt(1600, 1000) }

// Support is one support session, played with the real programs: a relay, a
// moderator at one display and a customer at another.
type Support struct {
	Relay     *Relay
	Moderator *Seat
	Customer  *Seat
	// Letter is the file that the customer's editor shows.
	Letter string

	displays []*Display
	others   []*Process
	pad      *Process
	scratch  string
	ownRelay bool
	// again starts the program of a customer who is alone, sat counts how often.
	again func(context.Context) (*Seat, error)
	sat   int
}

// Set starts everything that a session needs, up to the two windows. What it
// returns has to be closed, and what it could not start it has closed.
func Set(ctx context.Context, scene Scene) (*Support, error) {
	s := &Support{}
	if err := s.set(ctx, scene); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Support) set(ctx context.Context, scene Scene) error {
	relay := scene.Relay
	if relay == nil {
		var err error
		relay, err = StartRelay(ctx, filepath.Join(scene.Bin, "lotse-relay"), scene.Dir, scene.RelayEnv...)
		if err != nil {
			return err
		}
		s.ownRelay = true
	}
	s.Relay = relay
	if scene.Alone {
		return s.seatAlone(ctx, scene)
	}
	moderator, customer, err := s.desks(ctx, scene.Display)
	if err != nil {
		return err
	}
	if err := errors.Join(s.editor(ctx, customer, scene), s.picture(ctx, customer, scene)); err != nil {
		return err
	}
	master := program(scene.Master, filepath.Join(scene.Bin, "lotse-master"), MasterTitle, relay)
	if s.Moderator, err = Sit(ctx, moderator, master, filepath.Join(scene.Dir, "moderator")); err != nil {
		return err
	}
	participant := program(scene.Participant, filepath.Join(scene.Bin, "lotse-participant"), ParticipantTitle, relay)
	s.Customer, err = Sit(ctx, customer, participant, filepath.Join(scene.Dir, "customer"))
	return err
}

func program(given *Program, path, title string, relay *Relay) Program {
	p := Program{Command: []string{path}, Title: title}
	if given != nil {
		p = *given
	}
	p.Env = append(p.Env, relay.Env...)
	return p
}

// desks opens the person's display for both, or makes one for each with a
// window manager on it.
func (s *Support) desks(ctx context.Context, name string) (moderator, customer *Display, err error) {
	if name != "" {
		d, err := OpenDisplay(name)
		if err != nil {
			return nil, nil, err
		}
		s.displays = append(s.displays, d)
		return d, d, nil
	}
	for _, size := range []image.Point{moderatorSize(), customerSize()} {
		d, err := StartDisplay(ctx, size)
		if err != nil {
			return nil, nil, err
		}
		s.displays = append(s.displays, d)
		wm, err := Start(ctx, Command{Name: "openbox", Env: d.Env()})
		if err != nil {
			return nil, nil, err
		}
		s.others = append(s.others, wm)
	}
	moderator, customer = s.displays[0], s.displays[1]
	_, err = output(ctx, customer.Env(), "xsetroot", "-solid", hex(Sea()))
	return moderator, customer, err
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// editor opens the customer's letter.
func (s *Support) editor(ctx context.Context, d *Display, scene Scene) error {
	if scene.Text == "" {
		return nil
	}
	home, err := os.MkdirTemp("", "lotse-letter-")
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	s.scratch = home
	s.Letter = filepath.Join(home, "letter.txt")
	if err := os.WriteFile(s.Letter, []byte(scene.Text), 0o600); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	if err := errors.Join(lend(home), lend(s.Letter)); err != nil {
		return err
	}
	command := Command{
		Name: "mousepad", Args: []string{"--disable-server", s.Letter}, Lowly: true,
		Env: append(d.Env(), "HOME="+home, "LANG=C.UTF-8", "GSETTINGS_BACKEND=memory", "NO_AT_BRIDGE=1", "XDG_RUNTIME_DIR="+home),
	}
	if scene.Editor != nil {
		other := scene.Editor(s.Letter)
		command = Command{Name: other.Command[0], Args: other.Command[1:], Env: slices.Concat(d.Env(), []string{"HOME=" + home}, other.Env)}
	}
	p, err := Start(ctx, command)
	if err != nil {
		return err
	}
	s.others, s.pad = append(s.others, p), p
	if err := d.See(ctx, "letter.txt"); err != nil {
		return err
	}
	_, err = d.Do(ctx, "search", "--onlyvisible", "--name", "letter.txt", "windowsize", "720", "420", "windowmove", "40", "340")
	return err
}

// picture hangs the scene's picture on the customer's desktop.
func (s *Support) picture(ctx context.Context, d *Display, scene Scene) error {
	if scene.Picture == "" {
		return nil
	}
	p, err := Start(ctx, Command{
		Name: "display", Args: []string{"-geometry", "+1000+500", "-title", "picture", scene.Picture}, Env: d.Env(),
	})
	if err != nil {
		return err
	}
	s.others = append(s.others, p)
	return d.See(ctx, "picture")
}

// Editor returns the customer's editor; nil without one.
func (s *Support) Editor() *Process { return s.pad }

// Own reports whether the displays are the stage's own.
func (s *Support) Own() bool { return len(s.displays) > 1 }

// See waits for a window whose title has a part.
func (d *Display) See(ctx context.Context, title string) error {
	return Until(ctx, patience, "window "+title, func() (bool, error) {
		_, err := d.Do(ctx, "search", "--onlyvisible", "--name", title)
		return err == nil, nil
	})
}

// Connect lets the moderator read the code, the customer type it, and the
// moderator let the customer in.
func (s *Support) Connect(ctx context.Context) error {
	code, err := s.Code(ctx)
	if err != nil {
		return err
	}
	if err := s.TypeCode(ctx, code); err != nil {
		return err
	}
	return s.Moderator.Press(ctx, "Admit", ui.FillAllow, 0)
}

// Code returns number and PIN as the moderator reads them aloud.
func (s *Support) Code(ctx context.Context) (string, error) {
	return s.Moderator.ReadCode(ctx, s.Moderator.title, func(text string) bool {
		_, err := session.ParseCode(text)
		return err == nil
	})
}

// TypeCode lets the customer type a code, look whether it is there, and press
// Enter. A window that has only just come up may have missed a key.
func (s *Support) TypeCode(ctx context.Context, code string) error {
	for range 3 {
		err := errors.Join(
			s.Customer.Focus(ctx, s.Customer.title),
			s.Customer.Key(ctx, "ctrl+a"),
			s.Customer.Type(ctx, code),
		)
		if err != nil {
			return err
		}
		img, err := s.Customer.Picture()
		if err != nil {
			return err
		}
		text, err := s.Customer.Read(ctx, img.Bounds())
		if err != nil {
			return err
		}
		if strings.Contains(strings.ReplaceAll(text, " ", ""), code) {
			break
		}
	}
	return s.Customer.Key(ctx, "Return")
}

// Allow lets the customer say yes to the question on the screen. A click in
// the question's first half second counts for nothing, so a person clicks
// again.
func (s *Support) Allow(ctx context.Context) error {
	if err := s.Customer.Press(ctx, "Allow", ui.FillAllow, 0); err != nil {
		return err
	}
	clicked := time.Now()
	return Until(ctx, patience, "the question gone", func() (bool, error) {
		img, err := s.Customer.Picture()
		if err != nil {
			return false, err
		}
		buttons := Blobs(img, Colour(ui.FillAllow), buttonSize())
		if len(buttons) == 0 {
			return true, nil
		}
		if time.Since(clicked) < again {
			return false, nil
		}
		clicked = time.Now()
		return false, errors.Join(s.Customer.Click(ctx, Centre(largest(buttons)[0])), s.Customer.Park(ctx))
	})
}

// again is when a person clicks once more on a button that did nothing.
const again = 800 * time.Millisecond

// SeeAndSteer lets the moderator ask for the screen and then for control, and
// the customer allow both.
func (s *Support) SeeAndSteer(ctx context.Context) error {
	if err := s.Ask(ctx, "Ask to see"); err != nil {
		return err
	}
	if err := s.Allow(ctx); err != nil {
		return err
	}
	if err := s.Moderator.See(ctx, ViewerTitle); err != nil {
		return err
	}
	if err := s.Ask(ctx, "Ask for control"); err != nil {
		return err
	}
	if err := s.Allow(ctx); err != nil {
		return err
	}
	return s.Settle(ctx)
}

// Ask lets the moderator press the button with which to ask next. When no
// question comes up at the customer's, because a window moved under the mouse,
// the moderator presses again, as a person does.
func (s *Support) Ask(ctx context.Context, what string) error {
	var err error
	for range 3 {
		if err = s.Moderator.Press(ctx, what, ui.FillPrimary, 0); err != nil {
			return err
		}
		_, err = s.Customer.WaitColour(ctx, 5*time.Second, "the question", Colour(ui.FillAllow), buttonSize())
		if !errors.Is(err, ErrNotSeen) {
			return err
		}
	}
	return err
}

// ClickThere lets the moderator click on a pixel of the customer's display.
func (s *Support) ClickThere(ctx context.Context, at image.Point) error {
	there, err := s.There(ctx, at)
	if err != nil {
		return err
	}
	return s.Moderator.Click(ctx, there)
}

// Paint gives the customer's desktop another colour.
func (s *Support) Paint(ctx context.Context, c color.RGBA) error {
	_, err := output(ctx, s.Customer.Env(), "xsetroot", "-solid", hex(c))
	return err
}

// German puts a German keyboard on the moderator's desk.
func (s *Support) German(ctx context.Context) error {
	_, err := output(ctx, s.Moderator.Env(), "setxkbmap", "de")
	return err
}

// Paper is a pixel of the customer's editor below what is written.
func Paper() image.Point { return image.Pt(400, 700) }

// Shared waits for the shared screen in the moderator's window and returns
// where it is there.
func (s *Support) Shared(ctx context.Context) (image.Rectangle, error) {
	var area image.Rectangle
	err := Until(ctx, patience, "the shared screen", func() (bool, error) {
		img, err := s.Moderator.Picture()
		if err != nil {
			return false, err
		}
		area = image.Rectangle{}
		for _, r := range Blobs(img, Sea(), image.Pt(8, 8)) {
			area = area.Union(r)
		}
		return area.Dx() > 400, nil
	})
	return area, err
}

// There returns where a pixel of the customer's display is in the moderator's
// window.
func (s *Support) There(ctx context.Context, at image.Point) (image.Point, error) {
	area, err := s.Shared(ctx)
	size := customerSize()
	return area.Min.Add(image.Pt(at.X*area.Dx()/size.X, at.Y*area.Dy()/size.Y)), err
}

// settleTime is how long a picture has to stay the same to count as settled.
const settleTime = 700 * time.Millisecond

// Settle waits until both displays have come to rest.
func (s *Support) Settle(ctx context.Context) error {
	var before [2]*image.RGBA
	since := time.Now()
	return Until(ctx, patience, "rest", func() (bool, error) {
		for i, d := range []*Display{s.Moderator.Display, s.Customer.Display} {
			img, err := d.Picture()
			if err != nil {
				return false, err
			}
			if before[i] == nil || Differ(before[i], img, img.Bounds()) {
				before[i], since = img, time.Now()
			}
		}
		return time.Since(since) > settleTime, nil
	})
}

// Pictures saves what both people see, as DIR/moderator-NAME.png and
// DIR/customer-NAME.png.
func (s *Support) Pictures(dir, name string) error {
	if s.Moderator == nil {
		return s.Customer.Save(filepath.Join(dir, "customer-"+name+".png"))
	}
	return errors.Join(
		s.Moderator.Save(filepath.Join(dir, "moderator-"+name+".png")),
		s.Customer.Save(filepath.Join(dir, "customer-"+name+".png")),
	)
}

// Close ends everything that Set started.
func (s *Support) Close() {
	for _, seat := range []*Seat{s.Customer, s.Moderator} {
		if seat != nil {
			quiet(seat.Stop())
		}
	}
	for _, p := range s.others {
		quiet(p.Stop())
	}
	if s.ownRelay && s.Relay.Process != nil {
		quiet(s.Relay.Stop())
	}
	for _, d := range s.displays {
		d.Close()
	}
	if s.scratch != "" {
		quiet(os.RemoveAll(s.scratch))
	}
}

// quiet drops an error of tidying up.
func quiet(error) {}
