package participant

import (
	"context"
	"errors"
	"image"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/crypto/epoch"
	"lotse/participant/gate"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/share"
)

// sharing is this computer's screen on its way into the room.
type sharing struct {
	r      *run
	cancel context.CancelFunc
	done   chan struct{}
	sharer *share.Sharer
	failed time.Time // when the screen was last found missing
}

// retryEvery is how often a lost screen is looked for again.
const retryEvery = 2 * time.Second

func newSharing(r *run) *sharing { return &sharing{r: r} }

func (s *sharing) on() bool { return s.cancel != nil }

// follow starts or stops as the person allows.
func (s *sharing) follow(ctx context.Context, allowed bool) {
	switch {
	case !allowed && s.on():
		s.stop()
		s.r.sendGroup(ctx, message.Sharing{})
	case allowed && !s.on() && s.failed.IsZero():
		s.start(ctx)
	}
}

// retry looks for a lost screen again.
func (s *sharing) retry(ctx context.Context) {
	if s.failed.IsZero() || s.r.now().Sub(s.failed) < retryEvery || !s.r.session.Allows(session.See) {
		return
	}
	s.start(ctx)
}

func (s *sharing) start(ctx context.Context) {
	display, source, err := s.open()
	if err != nil {
		s.missing(ctx, err)
		return
	}
	sharer, err := share.New(source, display.Name, &s.r.session, s.r.outlet(display))
	if err != nil {
		s.missing(ctx, errors.Join(err, source.Close()))
		return
	}
	s.failed = time.Time{}
	s.r.clearWarning(session.ReasonNoDisplay, session.ReasonDisplayLost)
	ctx, s.cancel = context.WithCancel(ctx)
	s.sharer, s.done = sharer, make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		err := errors.Join(sharer.Run(ctx), source.Close())
		s.r.tell(ctx, func(ctx context.Context) { s.over(ctx, sharer, err) })
	}(s.done)
}

func (s *sharing) open() (capture.Display, screen.Source, error) {
	displays, err := s.r.cfg.Edge.Displays()
	if err != nil {
		return capture.Display{}, nil, err
	}
	if len(displays) == 0 {
		return capture.Display{}, nil, screen.ErrNoDisplay
	}
	display := displays[0]
	for _, d := range displays {
		if d.Primary {
			display = d
		}
	}
	source, err := s.r.cfg.Edge.Screen(screen.Target{ID: display.ID})
	return display, source, err
}

// over is told when a sharer ended by itself.
func (s *sharing) over(ctx context.Context, which *share.Sharer, err error) {
	if which != s.sharer || !s.on() {
		return
	}
	s.stop()
	s.r.sendGroup(ctx, message.Sharing{})
	if !errors.Is(err, share.ErrDenied) {
		s.missing(ctx, err)
	}
}

func (s *sharing) missing(ctx context.Context, err error) {
	s.failed = s.r.now()
	why := session.ReasonNoDisplay
	if errors.Is(err, screen.ErrDisplayLost) {
		why = session.ReasonDisplayLost
	}
	s.r.cfg.Log.Warn("no picture", "error", err)
	if s.r.warning != why {
		s.r.warning = why
		s.r.report(ctx)
		s.r.publish()
	}
}

// stop ends sharing and waits until nothing looks at the screen any more.
func (s *sharing) stop() {
	s.r.steer.show(gate.Area{})
	if !s.on() {
		return
	}
	s.cancel()
	<-s.done
	s.cancel, s.sharer, s.done = nil, nil, nil
}

// refresh is a member's wish for a whole picture.
func (s *sharing) refresh() {
	if s.sharer != nil {
		s.sharer.Refresh()
	}
}

func (s *sharing) acked(number uint32) {
	if s.sharer != nil {
		s.sharer.Acked(number, time.Now())
	}
}

// outlet is where a sharer's pictures go: sealed for everybody in the room.
type outlet struct {
	r       *run
	display capture.Display
}

func (r *run) outlet(d capture.Display) *outlet { return &outlet{r: r, display: d} }

// Update sends a picture.
func (o *outlet) Update(ctx context.Context, u message.Update, refresh bool) error {
	return o.r.send(ctx, epoch.Screen, u, refresh)
}

// Cursor sends the pointer.
func (o *outlet) Cursor(ctx context.Context, c message.Cursor) error {
	return o.r.send(ctx, epoch.Cursor, c, false)
}

// Sharing tells what is shown, and the gate what the pointer may reach.
func (o *outlet) Sharing(ctx context.Context, m message.Sharing) error {
	bounds := image.Rectangle{Min: o.display.Bounds.Min, Max: o.display.Bounds.Min.Add(image.Pt(m.Width, m.Height))}
	o.r.steer.show(gate.Area{Bounds: bounds, Epoch: m.Epoch})
	return o.r.send(ctx, epoch.Control, m, false)
}
