package gate

import (
	"fmt"
	"image"
	"image/color"
	"time"

	"lotse/capture/overlay"
	"lotse/participant/message"
	"lotse/participant/session"
)

// Board is where marks are seen; an overlay.Overlay is one.
type Board interface {
	Show(marks []overlay.Mark) error
}

// Pointing lets marks of one helper through, or not. It may be used by one
// goroutine at a time.
type Pointing struct {
	allowed Permission
	name    string
	colour  color.NRGBA
	area    func() Area
	marks   []shown
	at      time.Time
}

// shown is a mark, and when it was said last.
type shown struct {
	id   uint16
	mark overlay.Mark
	at   time.Time
}

// NewPointing returns a gate for the marks of whoever is called name. area
// returns what is shown now.
func NewPointing(allowed Permission, name string, colour color.NRGBA, area func() Area) *Pointing {
	return &Pointing{allowed: allowed, name: name, colour: colour, area: area}
}

// Handle carries out a Mark or a Wipe on the board that open returns, or says
// why not. Wiping is always allowed.
func (p *Pointing) Handle(m message.Message, now time.Time, open func() (Board, error)) error {
	switch m := m.(type) {
	case message.Wipe:
		if len(p.marks) == 0 {
			return nil
		}
		p.wipe(m.ID)
	case message.Mark:
		if !p.allowed.Allows(session.Point) {
			return fmt.Errorf("%w: message %d", ErrDenied, m.Kind())
		}
		area := p.area()
		if m.Epoch != area.Epoch || area.Bounds.Empty() {
			return ErrStale
		}
		p.forget(now)
		p.keep(m, area.Bounds, now)
		p.at = now
	default:
		return fmt.Errorf("%w: %d", ErrNotInput, m.Kind())
	}
	return p.draw(open)
}

// Last returns when something was last drawn; zero for never.
func (p *Pointing) Last() time.Time { return p.at }

// Clear forgets every mark.
func (p *Pointing) Clear() { p.marks = nil }

func (p *Pointing) wipe(id uint16) {
	kept := p.marks[:0]
	for _, s := range p.marks {
		if id != 0 && s.id != id {
			kept = append(kept, s)
		}
	}
	p.marks = kept
}

// forget drops what has wiped itself.
func (p *Pointing) forget(now time.Time) {
	kept := p.marks[:0]
	for _, s := range p.marks {
		if now.Sub(s.at) < overlay.MaxLife {
			kept = append(kept, s)
		}
	}
	p.marks = kept
}

// keep notes a mark, cut to what the person shows.
func (p *Pointing) keep(m message.Mark, bounds image.Rectangle, now time.Time) {
	points := make([]image.Point, len(m.Points))
	for i, at := range m.Points {
		points[i] = image.Pt(min(max(at.X, 0), bounds.Dx()-1), min(max(at.Y, 0), bounds.Dy()-1)).Add(bounds.Min)
	}
	mark := overlay.Mark{
		Kind: looks()[m.Look], ID: uint32(m.ID), Points: points, Text: m.Text, Name: p.name, Colour: p.colour,
	}
	for i := range p.marks {
		s := &p.marks[i]
		if s.id != m.ID {
			continue
		}
		if m.Adds && s.mark.Kind == overlay.Stroke && len(s.mark.Points)+len(points) <= overlay.MaxPoints {
			mark.Points = append(append([]image.Point(nil), s.mark.Points...), points...)
		}
		s.mark, s.at = mark, now
		return
	}
	p.marks = append(p.marks, shown{m.ID, mark, now})
}

// looks says which mark of the overlay one of a message is.
func looks() map[message.MarkKind]overlay.Kind {
	return map[message.MarkKind]overlay.Kind{
		message.MarkPointer: overlay.Pointer, message.MarkArrow: overlay.Arrow, message.MarkStroke: overlay.Stroke,
		message.MarkNote: overlay.Note, message.MarkBox: overlay.Box,
	}
}

// draw shows what there is; where that is too much, the oldest goes.
func (p *Pointing) draw(open func() (Board, error)) error {
	board, err := open()
	if err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	for {
		all := make([]overlay.Mark, len(p.marks))
		for i, s := range p.marks {
			all[i] = s.mark
		}
		if len(all) <= overlay.MaxMarks {
			if err = board.Show(all); err == nil || len(all) == 0 {
				return wrap(err)
			}
		}
		p.marks = p.marks[1:]
	}
}
