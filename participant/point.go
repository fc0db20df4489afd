package participant

import (
	"context"
	"errors"
	"image"
	"image/color"

	"lotse/capture/overlay"
	"lotse/participant/gate"
	"lotse/participant/message"
	"lotse/participant/session"
)

// markColour is that of the moderator's marks: seen on light and dark ground.
func markColour() color.NRGBA { return color.NRGBA{R: 0x00, G: 0x6e, B: 0xdc, A: 0xff} }

// pointing is what a helper draws over this computer's screen. The run's
// goroutine owns it.
type pointing struct {
	r    *run
	gate *gate.Pointing
	// board lies over area; nil before the first mark.
	board overlay.Overlay
	area  image.Rectangle
}

func newPointing(r *run) *pointing { return &pointing{r: r} }

// handle carries out a Mark or a Wipe, or drops it. An overlay that can't be
// had is told to both sides.
func (p *pointing) handle(ctx context.Context, m message.Message) error {
	if p.gate == nil {
		var name string
		p.r.session.Look(func(s *session.Session) { name = s.Peer().Name })
		p.gate = gate.NewPointing(&p.r.session, name, markColour(), p.r.steer.shown)
	}
	err := p.gate.Handle(m, p.r.now(), p.open)
	if errors.Is(err, errNoBoard) {
		p.r.sharing.warn(ctx, session.ReasonNoPointing)
	}
	return err
}

// errNoBoard says that nothing can be drawn over this computer's screen.
var errNoBoard = errors.New("no overlay")

// open returns the board over what is shown now.
func (p *pointing) open() (gate.Board, error) {
	area := p.r.steer.shown().Bounds
	if p.board != nil && area == p.area {
		return p.board, nil
	}
	p.close()
	board, err := p.r.cfg.Edge.Overlay(area)
	if err != nil {
		return nil, errors.Join(errNoBoard, err)
	}
	p.board, p.area = board, area
	return board, nil
}

// follow wipes everything unless pointing is allowed.
func (p *pointing) follow(allowed bool) {
	if allowed {
		return
	}
	if p.gate != nil {
		p.gate.Clear()
	}
	if p.board != nil {
		if err := p.board.Show(nil); err != nil {
			p.close()
		}
	}
}

// close gives the board back.
func (p *pointing) close() {
	if p.board == nil {
		return
	}
	if err := p.board.Close(); err != nil {
		p.r.cfg.Log.Warn("overlay", "error", err)
	}
	p.board = nil
}
