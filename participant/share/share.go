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
	"lotse/participant/message"
	"lotse/participant/session"
)

// ErrDenied says that the person does not (or no longer) allow to be seen.
var ErrDenied = errors.New("share: seeing is not allowed")

// slack is how long an update may be unacknowledged beyond one round trip
// before the next one waits (screen.md §2).
const slack = 50 * time.Millisecond

// stall is how long the sharer waits for an acknowledgement before it gives
// the line one more update: the way back may have lost it.
const stall = 2 * time.Second

// idle is how long nothing has to change before lossy areas are refined.
const idle = 120 * time.Millisecond

// refineBytes is what one refinement may add; at eight a second this stays
// below 30 % of a 1 Mbit/s line.
const refineBytes = 4 << 10

// Sender takes what is to be sent. Its methods block while the line is full.
type Sender interface {
	// Update sends a picture; refresh marks one that needs no earlier one.
	Update(ctx context.Context, u message.Update, refresh bool) error
	// Cursor sends the pointer.
	Cursor(ctx context.Context, c message.Cursor) error
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

	// mu guards the fields below.
	mu      sync.Mutex
	refresh bool
	flight  []sent
	trip    time.Duration
	size    image.Point
	epoch   uint32
}

// sent is an update that nobody has acknowledged yet.
type sent struct {
	number uint32
	at     time.Time
}

// New returns a sharer of source, called name in messages. It starts nothing.
func New(source screen.Source, name string, allowed Permission, send Sender) (*Sharer, error) {
	encoder, err := codec.NewEncoder(codec.Config{})
	if err != nil {
		return nil, fmt.Errorf("share: %w", err)
	}
	return &Sharer{
		source: source, name: name, allowed: allowed, send: send,
		encoder: encoder, wake: make(chan struct{}, 1), refresh: true,
	}, nil
}

// Run shares until ctx ends, the person no longer allows it (ErrDenied) or
// the screen is gone (screen.ErrDisplayLost). It tells the members that it
// began; that it ended is the caller's to tell.
func (s *Sharer) Run(ctx context.Context) error {
	for {
		if err := s.window(ctx); err != nil {
			return err
		}
		fresh, err := s.next(ctx)
		if err != nil {
			return err
		}
		if !s.allowed.Allows(session.See) {
			return ErrDenied
		}
		if err := s.emit(ctx, fresh); err != nil {
			return err
		}
	}
}

// Acked says that a member has drawn an update.
func (s *Sharer) Acked(number uint32, at time.Time) {
	s.mu.Lock()
	for i, f := range s.flight {
		if f.number == number {
			s.measureLocked(at.Sub(f.at))
			s.flight = append(s.flight[:0], s.flight[i+1:]...)
			break
		}
	}
	s.mu.Unlock()
	s.poke()
}

// Refresh makes the next update one that needs no earlier one: a member
// joined or lost something.
func (s *Sharer) Refresh() {
	s.mu.Lock()
	s.refresh, s.flight = true, s.flight[:0]
	s.mu.Unlock()
	s.poke()
}

// Screen returns the size and the layout epoch of what is shared.
func (s *Sharer) Screen() (size image.Point, epoch uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size, s.epoch
}

// measureLocked keeps a smoothed round trip: an eighth of each new figure
// counts (RFC 6298 §2).
func (s *Sharer) measureLocked(trip time.Duration) {
	if s.trip == 0 {
		s.trip = trip
		return
	}
	s.trip += (trip - s.trip) / 8
}

func (s *Sharer) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// window waits while more than one round trip and slack is under way.
func (s *Sharer) window(ctx context.Context) error {
	for {
		wait, blocked := s.blocked(time.Now())
		if !blocked {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
			s.forget()
		}
	}
}

// blocked reports whether the oldest update under way is too old to send
// another one, and how long to wait for news of it at the most.
func (s *Sharer) blocked(now time.Time) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.flight) == 0 {
		return 0, false
	}
	age := now.Sub(s.flight[0].at)
	if age < s.trip+slack {
		return 0, false
	}
	return max(stall-age, time.Millisecond), true
}

// forget gives up waiting for the oldest update.
func (s *Sharer) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.flight) > 0 && time.Since(s.flight[0].at) >= stall {
		s.flight = append(s.flight[:0], s.flight[1:]...)
	}
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
	if s.frame != nil && s.encoder.Pending() {
		timer := time.NewTimer(idle)
		quiet = timer.C
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
				if s.refreshWanted() {
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

// emit sends what is new: the size, the pointer, the picture.
func (s *Sharer) emit(ctx context.Context, fresh bool) error {
	refresh := s.takeRefresh()
	if err := s.announce(ctx, refresh); err != nil {
		return err
	}
	if err := s.point(ctx, refresh); err != nil {
		return err
	}
	frame := *s.frame
	options := codec.Options{Key: refresh}
	if !fresh {
		frame.Dirty, frame.Moves = []image.Rectangle{}, nil
		options.Refine = refineBytes
	}
	update, err := s.encoder.Encode(s.buf[:0], &frame, options)
	if err != nil {
		return fmt.Errorf("share: %w", err)
	}
	s.buf = update
	if len(update) == 0 {
		return nil
	}
	return s.picture(ctx, update, refresh)
}

func (s *Sharer) picture(ctx context.Context, update []byte, refresh bool) error {
	s.number++
	s.mu.Lock()
	s.flight = append(s.flight, sent{s.number, time.Now()})
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
	s.refresh = false
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
