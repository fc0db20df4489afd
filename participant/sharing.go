package participant

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/crypto/epoch"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/share"
)

// sharing is this computer's screen on its way into the room.
type sharing struct {
	r      *run
	scene  *scene
	cancel context.CancelFunc
	done   chan struct{}
	sharer *share.Sharer
	failed time.Time // when the screen was last found missing
	closed bool      // what was chosen will not come back
	wishes map[uint8]message.Wish
}

// retryEvery is how often a lost screen is looked for again.
const retryEvery = 2 * time.Second

func newSharing(r *run) *sharing {
	s := &sharing{r: r, wishes: map[uint8]message.Wish{}}
	s.scene = newScene(r.cfg.Edge, r.veil, r.steer.show, func(ctx context.Context) { r.tell(ctx, s.news) })
	return s
}

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

// show is the person's choice; the session goes on. Another sharer begins with
// it: the one of before may still owe the viewers details of what they no
// longer get to see.
func (s *sharing) show(ctx context.Context, t screen.Target) {
	was := s.on()
	s.stop()
	s.scene.choose(t)
	s.failed, s.closed = time.Time{}, false
	s.r.clearWarning(pictureReasons()...)
	s.r.settle(ctx)
	if was && !s.on() {
		s.r.sendGroup(ctx, message.Sharing{})
	}
	s.r.publish()
}

// retry looks for a lost screen again. A window that was closed does not come
// back.
func (s *sharing) retry(ctx context.Context) {
	if s.failed.IsZero() || s.closed || s.r.now().Sub(s.failed) < retryEvery || !s.r.session.Allows(session.See) {
		return
	}
	s.start(ctx)
}

func (s *sharing) start(ctx context.Context) {
	if err := s.scene.ready(ctx); err != nil {
		s.missing(ctx, errors.Join(err, s.scene.Close()))
		return
	}
	sharer, err := share.New(s.scene, "", &s.r.session, &outlet{r: s.r})
	if err != nil {
		s.missing(ctx, errors.Join(err, s.scene.Close()))
		return
	}
	for member, w := range s.wishes {
		sharer.Wish(member, w, time.Now())
	}
	s.failed = time.Time{}
	s.r.clearWarning(pictureReasons()...)
	ctx, s.cancel = context.WithCancel(ctx)
	s.sharer, s.done = sharer, make(chan struct{})
	go func(done chan struct{}) {
		err := errors.Join(sharer.Run(ctx), s.scene.Close())
		close(done) // before it tells: over waits for that
		s.r.tell(ctx, func(ctx context.Context) { s.over(ctx, sharer, err) })
	}(s.done)
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
	switch {
	case errors.Is(err, screen.ErrWindowClosed):
		why, s.closed = session.ReasonWindowClosed, true
	case errors.Is(err, screen.ErrStopped): // not to be shown again without being asked
		why, s.closed = session.ReasonStoppedOutside, true
	case errors.Is(err, screen.ErrPermission):
		why = session.ReasonNoPermission
	case errors.Is(err, screen.ErrDisplayLost):
		why = session.ReasonDisplayLost
	}
	s.r.cfg.Log.Warn("no picture", "error", err)
	s.warn(ctx, why)
}

// news is told when something else is shown, or its state is another.
func (s *sharing) news(ctx context.Context) {
	_, now := s.scene.shown()
	switch now.state {
	case capture.Locked:
		s.warn(ctx, session.ReasonScreenLocked)
	case capture.Hidden:
		s.warn(ctx, session.ReasonWindowHidden)
	case capture.Live:
		s.r.clearWarning(pictureReasons()...)
		s.r.report(ctx)
	}
	s.r.publish()
}

func (s *sharing) warn(ctx context.Context, why session.Reason) {
	if s.r.warning != why {
		s.r.warning = why
		s.r.report(ctx)
		s.r.publish()
	}
}

// pictureReasons are the warnings that a new picture takes back.
func pictureReasons() []session.Reason {
	return []session.Reason{
		session.ReasonNoDisplay, session.ReasonNoPermission, session.ReasonDisplayLost, session.ReasonStoppedOutside,
		session.ReasonWindowClosed, session.ReasonWindowHidden, session.ReasonScreenLocked,
	}
}

// stop ends sharing and waits until nothing looks at the screen any more.
func (s *sharing) stop() {
	s.scene.shut()
	if !s.on() {
		return
	}
	s.cancel()
	<-s.done
	s.scene.shut() // the last picture may have opened it again
	s.cancel, s.sharer, s.done = nil, nil, nil
}

// refresh sends a whole picture at once.
func (s *sharing) refresh() {
	if s.sharer != nil {
		s.sharer.Refresh()
	}
}

// ask is a member's wish for a whole picture.
func (s *sharing) ask() {
	if s.sharer != nil {
		s.sharer.Ask()
	}
}

func (s *sharing) acked(member uint8, number uint32) {
	if s.sharer != nil {
		s.sharer.Acked(member, number, time.Now())
	}
}

// wish keeps how a member wants screens, for this one and for later ones.
func (s *sharing) wish(member uint8, w message.Wish) {
	s.wishes[member] = w
	if s.sharer != nil {
		s.sharer.Wish(member, w, time.Now())
	}
}

// outlet is where a sharer's pictures go: sealed for everybody in the room.
type outlet struct{ r *run }

// Update sends a picture.
func (o *outlet) Update(ctx context.Context, u message.Update, refresh bool) error {
	return o.r.send(ctx, epoch.Screen, u, refresh)
}

// Cursor sends the pointer.
func (o *outlet) Cursor(ctx context.Context, c message.Cursor) error {
	return o.r.send(ctx, epoch.Cursor, c, false)
}

// Pace tells how well the line carries the pictures.
func (o *outlet) Pace(ctx context.Context, p message.Pace) error {
	return o.r.send(ctx, epoch.Control, p, false)
}

// Sharing tells what is shown.
func (o *outlet) Sharing(ctx context.Context, m message.Sharing) error {
	_, now := o.r.sharing.scene.shown()
	m.Name = shorten(now.name, maxShownName)
	if err := o.r.send(ctx, epoch.Control, m, false); err != nil {
		return err
	}
	return o.r.send(ctx, epoch.Control, o.r.sharing.scene.screens(), false)
}

// maxShownName is the longest name in a message in bytes.
const maxShownName = 128

// shorten cuts a text to at most n bytes, between two characters.
func shorten(s string, n int) string {
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
