package participant

import (
	"context"
	"errors"
	"image"
	"slices"
	"sync"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/participant/gate"
	"lotse/participant/message"
	"lotse/participant/turn"
)

// scene is the one source of a session: it shows what the person chose. It
// changes over to another choice while a sharer reads from it, with an epoch
// of its own for each, and finds another monitor when the one that a viewer
// looks at goes away.
type scene struct {
	edge Edge
	veil *veil
	// aim tells the gate what may be reached. It is called with mu held, so
	// that a picture of before never opens again what the person closed.
	aim func(gate.Area)
	// news is called, by Next's goroutine, when something else is shown or
	// its state changed.
	news func(context.Context)

	// mu guards the fields below.
	mu     sync.Mutex
	choice screen.Target
	looked bool   // a viewer chose a monitor
	look   uint32 // which; 0 is all of them
	turn   uint64 // counts choices
	stop   context.CancelFunc
	now    showing

	// Next's goroutine owns the fields below.
	source screen.Source
	open   showing        // what source shows
	seen   uint64         // the turn that open belongs to
	begun  time.Time      // when source was opened
	fruit  bool           // source has delivered a frame
	raw    *capture.Frame // the last one, before it was veiled
	base   uint32         // added to the source's epochs
	last   uint32         // epoch of the last frame
	ever   bool           // there was a frame
}

// showing is what is shown now.
type showing struct {
	// target is one display or what the person chose.
	target screen.Target
	// name is the system's word for it: a monitor's name, a window's title.
	name  string
	state capture.State
	on    bool
}

// changeEvery is the shortest time between two changes of what is shown, so
// that a viewer who asks without end costs a person's computer little.
const changeEvery = time.Second / 4

func newScene(edge Edge, veil *veil, aim func(gate.Area), news func(context.Context)) *scene {
	return &scene{edge: edge, veil: veil, aim: aim, news: news, choice: screen.Target{Kind: screen.Desktop}}
}

// choose is the person's word. What was shown before is no longer shown, nor
// reached, when it returns.
func (s *scene) choose(t screen.Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.choice, s.looked, s.look = t, false, 0
	s.turnLocked()
}

// lookAt is a viewer's wish for a monitor, 0 for all. It counts only while
// the person shows the whole computer.
func (s *scene) lookAt(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.choice.Kind != screen.Desktop || s.looked && s.look == id {
		return
	}
	s.looked, s.look = true, id
	s.turnLocked()
}

// redo makes Next paint the last picture anew.
func (s *scene) redo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		s.stop()
	}
}

func (s *scene) turnLocked() {
	s.turn++
	s.shutLocked()
	if s.stop != nil {
		s.stop()
	}
}

// shut lets no pointer in until there is a picture again.
func (s *scene) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shutLocked()
}

// shutLocked leaves the keyboard alone, as it is without any picture, unless
// all there may be reached is one window.
func (s *scene) shutLocked() {
	area := gate.Area{}
	if s.choice.Kind == screen.Window {
		area.Reach = gate.Nowhere{}
	}
	s.aim(area)
}

// shown returns the choice and what is shown of it now.
func (s *scene) shown() (choice screen.Target, now showing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.choice, s.now
}

// screens says what is shown, and which monitors a viewer may ask for.
func (s *scene) screens() message.Screens {
	choice, now := s.shown()
	out := message.Screens{Target: targetOf(now.target.Kind)}
	if now.target.Kind == screen.Display {
		out.Shown = now.target.ID
	}
	displays, err := s.edge.Displays()
	if choice.Kind != screen.Desktop || err != nil {
		return out
	}
	for _, d := range displays[:min(len(displays), message.MaxMonitors)] {
		out.Displays = append(out.Displays, message.Monitor{
			ID: d.ID, Name: shorten(d.Name, maxShownName), X: d.Bounds.Min.X, Y: d.Bounds.Min.Y,
			Width: d.Bounds.Dx(), Height: d.Bounds.Dy(), Primary: d.Primary,
		})
	}
	return out
}

func targetOf(k screen.Kind) message.Target {
	switch k {
	case screen.Desktop:
		return message.TargetAll
	case screen.Region:
		return message.TargetRegion
	case screen.Window:
		return message.TargetWindow
	case screen.Display:
	}
	return message.TargetDisplay
}

// Name says how pixels come here.
func (s *scene) Name() string {
	if s.source == nil {
		return "none"
	}
	return s.source.Name()
}

// Close gives the source back. The scene can be used again.
func (s *scene) Close() error {
	s.mu.Lock()
	s.now = showing{}
	s.shutLocked()
	s.mu.Unlock()
	if s.source == nil {
		return nil
	}
	source := s.source
	s.source, s.fruit = nil, false
	return source.Close()
}

// Next waits for a new state of what the person chose.
func (s *scene) Next(ctx context.Context) (*capture.Frame, error) {
	for {
		if err := s.ready(ctx); err != nil {
			return nil, err
		}
		frame, err := s.wait(ctx)
		if frame != nil || err != nil {
			return frame, err
		}
	}
}

// ready opens what is to be shown, unless it is open.
func (s *scene) ready(ctx context.Context) error {
	for {
		choice, looked, look, chosen := s.wish()
		if s.source != nil && chosen == s.seen {
			return nil
		}
		target, name, err := s.resolve(choice, looked, look)
		if err != nil {
			return err
		}
		if s.source != nil && target == s.open.target {
			s.seen = chosen
			return nil
		}
		if s.source != nil {
			if err := turn.Pause(ctx, time.Until(s.begun.Add(changeEvery))); err != nil {
				return err
			}
			if _, _, _, now := s.wish(); now != chosen {
				continue // the person chose once more
			}
			source := s.source
			s.source = nil
			if err := source.Close(); err != nil {
				return err
			}
		}
		return s.begin(target, name, chosen)
	}
}

func (s *scene) wish() (choice screen.Target, looked bool, look uint32, chosen uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.choice, s.looked, s.look, s.turn
}

func (s *scene) begin(target screen.Target, name string, chosen uint64) error {
	source, err := s.edge.Screen(target)
	if err != nil {
		return err
	}
	s.source, s.seen, s.begun, s.fruit = source, chosen, time.Now(), false
	s.open = showing{target: target, name: name, on: true}
	if s.ever {
		s.base = s.last + 1
	}
	return nil
}

// wait returns the next frame, or neither frame nor error when there is
// another choice.
func (s *scene) wait(ctx context.Context) (*capture.Frame, error) {
	wait, cancel := context.WithCancel(ctx)
	defer cancel()
	if !s.listen(cancel) {
		return nil, nil //nolint:nilnil // chosen anew
	}
	if s.fruit && s.veil.stale.Swap(false) {
		again := *s.raw
		again.Dirty, again.Moves = []image.Rectangle{}, nil
		return s.pass(ctx, &again), nil
	}
	frame, err := s.source.Next(wait)
	switch {
	case err == nil:
		return s.pass(ctx, frame), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case wait.Err() != nil:
		return nil, nil //nolint:nilnil // chosen anew
	case errors.Is(err, screen.ErrDisplayLost) && s.fruit:
		return nil, s.recover(err)
	}
	return nil, err
}

// listen lets a new choice end the wait, and reports whether there is none
// yet.
func (s *scene) listen(cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop = cancel
	return s.turn == s.seen
}

// recover closes a source whose monitor was unplugged. Of a whole computer
// another monitor is shown then; nothing else has one.
func (s *scene) recover(why error) error {
	choice, _, _, _ := s.wish()
	displays, err := s.edge.Displays()
	there := slices.ContainsFunc(displays, func(d capture.Display) bool { return d.ID == s.open.target.ID })
	if choice.Kind != screen.Desktop || err != nil || len(displays) == 0 || there {
		return why
	}
	source := s.source
	s.source = nil
	return source.Close()
}

// pass numbers a frame through all choices and tells the gate where it lies.
func (s *scene) pass(ctx context.Context, frame *capture.Frame) *capture.Frame {
	out := *frame
	out.Epoch += s.base
	s.last, s.ever, s.fruit = out.Epoch, true, true
	s.open.state = out.State
	area := gate.Area{Bounds: out.Bounds().Add(out.Origin), Epoch: out.Epoch}
	area.Reach, _ = s.source.(gate.Reach)
	s.raw = frame
	if s.open.target.Kind != screen.Window { // whose picture holds nothing of ours
		out = *s.veil.paint(&out)
	}
	s.mu.Lock()
	if s.turn != s.seen {
		s.mu.Unlock()
		return nil
	}
	s.aim(area)
	fresh := s.now != s.open
	s.now = s.open
	s.mu.Unlock()
	if fresh {
		s.news(ctx)
	}
	return &out
}

// resolve turns a choice into what a source can show, with its name.
func (s *scene) resolve(choice screen.Target, looked bool, look uint32) (screen.Target, string, error) {
	switch choice.Kind {
	case screen.Region:
		return choice, "", nil
	case screen.Window:
		return choice, s.title(choice.ID), nil
	case screen.Display, screen.Desktop:
	}
	displays, err := s.edge.Displays()
	if err != nil {
		return choice, "", err
	}
	if choice.Kind == screen.Desktop {
		return whole(displays, looked, look)
	}
	for _, d := range displays {
		if d.ID == choice.ID {
			return choice, d.Name, nil
		}
	}
	return choice, "", screen.ErrNoDisplay
}

// title returns what a window is called. One that is minimised is on no list
// and has no name here.
func (s *scene) title(id uint32) string {
	all, err := s.edge.Windows()
	i := slices.IndexFunc(all, func(w capture.Window) bool { return w.ID == id })
	if err != nil || i < 0 {
		return ""
	}
	return all[i].Title
}

// whole returns what is shown of a whole computer: the primary monitor first,
// and then what a viewer wants to look at.
func whole(displays []capture.Display, looked bool, look uint32) (screen.Target, string, error) {
	if len(displays) == 0 {
		return screen.Target{}, "", screen.ErrNoDisplay
	}
	if looked && look == 0 && len(displays) > 1 {
		return screen.Target{Kind: screen.Desktop}, "", nil
	}
	best := displays[0]
	for _, d := range displays {
		if d.Primary {
			best = d
		}
	}
	for _, d := range displays {
		if looked && look == d.ID {
			best = d
		}
	}
	return screen.Target{Kind: screen.Display, ID: best.ID}, best.Name, nil
}
