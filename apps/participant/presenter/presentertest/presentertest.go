// Package presentertest writes down what a customer's window asks for.
package presentertest

import (
	"context"
	"fmt"
	"image"
	"strings"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/participant"
	"lotse/participant/session"
)

// Commands writes down what the window asked for.
type Commands struct {
	Asked []string
	// Beats counts signs of life.
	Beats int
	// NoBrowser is what Browse returns.
	NoBrowser error
	// Windowed are the program's windows.
	Windowed participant.Own
}

func (c *Commands) add(format string, args ...any) {
	c.Asked = append(c.Asked, fmt.Sprintf(format, args...))
}

// Connect writes down the code.
func (c *Commands) Connect(code session.Code) {
	c.add("connect %s %s %s", code.Number, code.PIN.Reveal(), code.Address)
}

// Cancel writes down that it was pressed.
func (c *Commands) Cancel() { c.add("cancel") }

// Answer writes down what was granted, and for how long unless it is until the
// end.
func (c *Commands) Answer(question uint32, g session.Grants, hold time.Duration) {
	if hold == 0 {
		c.add("answer %d %s", question, g)
		return
	}
	c.add("answer %d %s for %v", question, g, hold)
}

// Touch writes down the question.
func (c *Commands) Touch(question uint32) { c.add("touch %d", question) }

// Limit writes down what is limited.
func (c *Commands) Limit(g session.Grants, hold time.Duration) { c.add("limit %s %v", g, hold) }

// Rehearse writes down what was asked.
func (c *Commands) Rehearse(on bool) { c.add("rehearse %t", on) }

// AskRaise writes down what was asked.
func (c *Commands) AskRaise(open bool) { c.add("ask raise %t", open) }

// Raise writes down the yes.
func (c *Commands) Raise() { c.add("raise") }

// Own keeps the windows.
func (c *Commands) Own(w participant.Own) { c.Windowed = w }

// SetGrants writes down the rights.
func (c *Commands) SetGrants(g session.Grants) { c.add("grants %s", g) }

// Stop writes down why.
func (c *Commands) Stop(why session.Reason) { c.add("stop %s", why) }

// Aside writes down what was asked.
func (c *Commands) Aside(on bool) { c.add("aside %t", on) }

// Alive is counted.
func (c *Commands) Alive() { c.Beats++ }

// Show writes down what was chosen.
func (c *Commands) Show(t screen.Target) { c.add("show %s", t) }

// Displays returns a screen with another one to its right.
func (c *Commands) Displays() ([]capture.Display, error) {
	return []capture.Display{
		{ID: 1, Name: "eDP-1", Bounds: image.Rect(0, 0, 1920, 1080), Primary: true},
		{ID: 2, Name: "HDMI-1", Bounds: image.Rect(1920, 0, 3200, 1024)},
	}, nil
}

// Windows returns one window with a short title and one with a long one.
func (c *Commands) Windows() ([]capture.Window, error) {
	return []capture.Window{{ID: 9, Title: "Rechnung.xlsx"}, {ID: 4, Title: strings.Repeat("lang ", 30)}}, nil
}

// Browse writes down the page.
func (c *Commands) Browse(page string) error {
	c.add("browse %s", page)
	return c.NoBrowser
}

// Picture returns one of a desktop whose first pixel lies left of the first monitor's.
func (c *Commands) Picture(context.Context) (*image.RGBA, image.Point, error) {
	return image.NewRGBA(image.Rect(0, 0, 800, 600)), image.Pt(-100, 50), nil
}
