// Package share sends this computer's screen to the members of the room, as
// fast as they can follow and for as long as its person allows. It asks the
// session before every picture; it cannot press or read anything else.
package share

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"lotse/capture"
	"lotse/capture/codec"
	"lotse/capture/screen"
	"lotse/capture/video"
	"lotse/participant/message"
	"lotse/participant/session"
)

// ErrDenied says that the person does not (or no longer) allow to be seen.
var ErrDenied = errors.New("share: seeing is not allowed")

// idle is how long nothing has to change before photographs are refined, and
// then from step to step.
const idle = 120 * time.Millisecond

// owing is how long a new state of the screen is waited for while changes are
// left that did not fit into an update.
const owing = 5 * time.Millisecond

// The part of a line that refinement may take, and how many bytes a step has
// at least and while the line is unknown.
const (
	refineShare   = 0.3
	leastRefine   = 1 << 10
	unknownRefine = 4 << 10
)

// tellEvery is the shortest time between two messages about the pace.
const tellEvery = time.Second

// refreshEvery is the shortest time between two whole pictures that viewers ask
// for: with hundreds of them on bad lines nobody would get anything else.
const refreshEvery = time.Second

// Sender takes what is to be sent. Its methods block while the line is full.
type Sender interface {
	// Update sends a picture; refresh marks one that needs no earlier one.
	Update(ctx context.Context, u message.Update, refresh bool) error
	// Cursor sends the pointer.
	Cursor(ctx context.Context, c message.Cursor) error
	// Pace tells how well the line carries the pictures.
	Pace(ctx context.Context, p message.Pace) error
	// Sharing tells what is shown.
	Sharing(ctx context.Context, s message.Sharing) error
}

// Permission says what may be done at this moment; session.Shared is one.
type Permission interface {
	Allows(g session.Grants) bool
}

// Sharer sends one screen.
type Sharer struct {
	source  screen.Source
	allowed Permission
	send    Sender
	name    string
	wake    chan struct{}

	// Run's goroutine owns the fields below.
	encoder *codec.Encoder
	frame   *capture.Frame
	number  uint32
	shape   *capture.CursorShape
	cursor  capture.Cursor
	buf     []byte
	climber climber
	grey    grey
	faded   bool      // the last picture was grey
	limited bool      // the last update was cut to what the line takes
	drawn   time.Time // when the last picture was sent
	told    message.Pace
	toldAt  time.Time

	// mu guards the fields below.
	mu      sync.Mutex
	refresh bool
	whole   time.Time // when the last whole picture was sent
	asked   bool      // another one is asked for, but not due yet
	pace    pace
	size    image.Point
	epoch   uint32
}

// New returns a sharer of source, called name in messages. It starts nothing.
func New(source screen.Source, name string, allowed Permission, send Sender) (*Sharer, error) {
	encoder, err := codec.NewEncoder(codec.Config{Video: video.Best()})
	if err != nil {
		return nil, fmt.Errorf("share: %w", err)
	}
	return &Sharer{
		source: source, name: name, allowed: allowed, send: send,
		encoder: encoder, wake: make(chan struct{}, 1), refresh: true, pace: newPace(), climber: newClimber(),
	}, nil
}

// Run shares until ctx ends, the person no longer allows it (ErrDenied) or
// the screen is gone (screen.ErrDisplayLost). It tells the members that it
// began; that it ended is the caller's to tell.
func (s *Sharer) Run(ctx context.Context) error {
	defer s.encoder.Close()
	for {
		room, err := s.window(ctx)
		if err != nil {
			return err
		}
		fresh, err := s.next(ctx)
		if err != nil {
			return err
		}
		if !s.allowed.Allows(session.See) {
			return ErrDenied
		}
		if err := s.emit(ctx, fresh, room); err != nil {
			return err
		}
	}
}

// Acked says that a member has drawn an update.
func (s *Sharer) Acked(member uint8, number uint32, at time.Time) {
	s.mu.Lock()
	s.pace.acked(member, number, at)
	s.mu.Unlock()
	s.poke()
}

// Wish says how a member wants the screen.
func (s *Sharer) Wish(member uint8, w message.Wish, at time.Time) {
	s.mu.Lock()
	s.pace.viewer(member, at).wish = w
	s.mu.Unlock()
	s.poke()
}

// Ask is Refresh for a viewer who lost something. Requests within a second of
// the last whole picture are one, at the end of it.
func (s *Sharer) Ask() {
	s.mu.Lock()
	asked, wait := s.asked, time.Until(s.whole.Add(refreshEvery))
	s.asked = s.asked || wait > 0
	s.mu.Unlock()
	switch {
	case wait <= 0:
		s.Refresh()
	case !asked:
		time.AfterFunc(wait, s.askedFor)
	}
}

// askedFor does what was asked for, unless a whole picture has left since.
func (s *Sharer) askedFor() {
	s.mu.Lock()
	asked := s.asked
	s.asked = false
	s.mu.Unlock()
	if asked {
		s.Ask()
	}
}

// Refresh makes the next update one that needs no earlier one, at once: a
// member joined.
func (s *Sharer) Refresh() {
	s.mu.Lock()
	s.refresh = true
	s.pace.forget(time.Now())
	s.mu.Unlock()
	s.poke()
}

// Screen returns the size and the layout epoch of what is shared.
func (s *Sharer) Screen() (size image.Point, epoch uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size, s.epoch
}

func (s *Sharer) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// window waits until something may be sent, and returns how many bytes.
func (s *Sharer) window(ctx context.Context) (int, error) {
	for {
		now := time.Now()
		s.mu.Lock()
		room, wait := s.pace.room(now)
		slowest := ladder()[s.climber.step].pictures
		if w := s.pace.wish(now); w.Rate > 0 {
			slowest = min(slowest, int(w.Rate))
		}
		refresh := s.refresh
		s.mu.Unlock()
		rest := s.drawn.Add(time.Second / time.Duration(slowest)).Sub(now)
		switch {
		case room < leastWindow/2: // a tiny update would not be worth its head
		case rest <= 0 || refresh:
			return room, nil
		default:
			wait = rest
		}
		if err := s.sleep(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// sleep waits for d, for news from a viewer, or for the end.
func (s *Sharer) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.wake:
	case <-timer.C:
	}
	return nil
}

// next waits for a new state of the screen, for a member who needs a whole
// picture, or for the quiet moment in which lossy areas are refined. fresh is
// false when only the last state is there to be sent again.
func (s *Sharer) next(ctx context.Context) (fresh bool, err error) {
	if s.frame != nil && s.refreshWanted() {
		return false, nil
	}
	wait, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.cancelOnWake(wait, cancel)()
	frame, err := s.source.Next(wait)
	switch {
	case err == nil:
		s.frame = frame
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case wait.Err() != nil && s.frame != nil:
		return false, nil
	default:
		return false, fmt.Errorf("share: %w", err)
	}
}

// cancelOnWake ends a wait for the screen early: when a member wants a whole
// picture, or, with lossy areas left, when nothing has changed for a moment.
// The returned function ends the watch and waits for it.
func (s *Sharer) cancelOnWake(ctx context.Context, cancel context.CancelFunc) func() {
	done := make(chan struct{})
	var quiet <-chan time.Time
	begun := s.frame != nil // without a picture there is nothing to send again
	if begun && s.encoder.Pending() {
		patience := idle
		if s.encoder.Owing() {
			patience = owing
		}
		quiet = time.After(patience)
	}
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-quiet:
				cancel()
			case <-s.wake:
				if begun && s.refreshWanted() {
					cancel()
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func (s *Sharer) refreshWanted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refresh
}

// emit sends what is new: the size, the pointer, the picture in at most about
// room bytes.
func (s *Sharer) emit(ctx context.Context, fresh bool, room int) error {
	now := time.Now()
	refresh := s.takeRefresh()
	if err := s.announce(ctx, refresh); err != nil {
		return err
	}
	if err := s.point(ctx, refresh); err != nil {
		return err
	}
	frame := *s.frame
	if !fresh {
		frame.Dirty, frame.Moves = []image.Rectangle{}, nil
	}
	options, fade := s.options(now, fresh, room)
	options.Key = refresh
	if fade {
		frame = s.grey.turn(frame, !s.faded)
	}
	if fade != s.faded {
		frame.Dirty, frame.Moves = nil, nil
	}
	s.faded = fade
	update, err := s.encoder.Encode(s.buf[:0], &frame, options)
	if err != nil {
		return fmt.Errorf("share: %w", err)
	}
	s.buf = update
	s.limited = s.encoder.Owing()
	if len(update) > 0 {
		if err := s.picture(ctx, update, refresh, s.limited || fresh && 4*len(update) >= 3*room); err != nil {
			return err
		}
	}
	return s.tell(ctx, now)
}

// options says how the next update is made for the line and the viewers.
func (s *Sharer) options(now time.Time, fresh bool, room int) (o codec.Options, fade bool) {
	s.mu.Lock()
	rate, _ := s.pace.line(now)
	wish := s.pace.wish(now)
	s.climber.climb(rate, s.limited, now)
	s.mu.Unlock()
	step := ladder()[s.climber.step]
	o = codec.Options{Quality: step.quality, Budget: room}
	if wish.H264 {
		o.VideoRate = step.video
	}
	if room >= maxWindow {
		o.Budget = 0
	}
	if !fresh {
		o.Refine = unknownRefine
		if rate > 0 {
			o.Refine = max(int(refineShare*rate/8*idle.Seconds()), leastRefine)
		}
		o.Refine = min(o.Refine, room)
	}
	return o, wish.Grey
}

// tell tells the viewers how well the line carries the pictures, when that
// changed.
func (s *Sharer) tell(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	_, trip := s.pace.line(now)
	s.mu.Unlock()
	p := message.Pace{Step: uint8(s.climber.step), Trip: uint16(min(trip.Milliseconds(), 1<<16-1))}
	if p == s.told || now.Sub(s.toldAt) < tellEvery {
		return nil
	}
	s.told, s.toldAt = p, now
	if err := s.send.Pace(ctx, p); err != nil {
		return fmt.Errorf("share: %w", err)
	}
	return nil
}

func (s *Sharer) picture(ctx context.Context, update []byte, refresh, full bool) error {
	s.number++
	now := time.Now()
	s.drawn = now
	s.mu.Lock()
	s.pace.sending(s.number, len(update), full, now)
	s.mu.Unlock()
	if err := s.send.Update(ctx, message.Update{Number: s.number, Data: update}, refresh); err != nil {
		return fmt.Errorf("share: %w", err)
	}
	return nil
}

func (s *Sharer) takeRefresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.refresh
	if was {
		s.refresh, s.asked, s.whole = false, false, time.Now()
	}
	return was
}

// announce tells the members what is shown, when that changed or somebody
// needs a whole picture.
func (s *Sharer) announce(ctx context.Context, refresh bool) error {
	size := image.Pt(s.frame.W, s.frame.H)
	s.mu.Lock()
	same := size == s.size && s.frame.Epoch == s.epoch
	s.size, s.epoch = size, s.frame.Epoch
	s.mu.Unlock()
	if same && !refresh {
		return nil
	}
	m := message.Sharing{On: true, Width: size.X, Height: size.Y, Epoch: s.frame.Epoch, Name: s.name}
	if err := s.send.Sharing(ctx, m); err != nil {
		return fmt.Errorf("share: %w", err)
	}
	return nil
}

// point sends the pointer, with its shape when that is new.
func (s *Sharer) point(ctx context.Context, refresh bool) error {
	c := s.frame.Cursor
	if refresh {
		s.shape = nil
	}
	if c == s.cursor && !refresh {
		return nil
	}
	s.cursor = c
	if c.Shape == s.shape {
		c.Shape = nil
	} else {
		s.shape = c.Shape
	}
	if err := s.send.Cursor(ctx, message.Cursor{Cursor: c}); err != nil {
		return fmt.Errorf("share: %w", err)
	}
	return nil
}
