// Package renew lets a person replace their program by a newer one, where the
// profile allows that, and says in words how it goes. It has no toolkit and does
// nothing that nobody pressed a button for; packaging/update does the work.
package renew

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"lotse/apps/ui/words"
	"lotse/packaging/update"
)

// Phase is how a replacement stands.
type Phase uint8

// The phases.
const (
	Idle Phase = iota
	Running
	Done
	CalledOff
	Failed
)

// Weight is how much a button asks to be pressed.
type Weight uint8

// The weights.
const (
	Beside   Weight = iota
	Leads           // of the ways to a newer program one at most
	CallsOff        // what runs
)

// Weights returns those of the replacement, which is offered or not, and of the
// download page: it leads on where the replacement failed, or is not offered.
func (p Phase) Weights(offered bool) (replacement, page Weight) {
	switch {
	case !offered || p == Failed:
		return Beside, Leads
	case p == Running:
		return CallsOff, Beside
	default:
		return Leads, Beside
	}
}

// State is what is known at a moment.
type State struct {
	Phase Phase
	// Step is how far it is while it runs, Err why it failed.
	Step update.Step
	Err  error
}

// Work replaces the program and tells of each step.
type Work func(ctx context.Context, tell func(update.Step)) error

// Renewal replaces the program when somebody asks for it. All but Run may be
// called from any goroutine, and none of them waits. The nil Renewal offers
// nothing.
type Renewal struct {
	work   Work
	wanted chan struct{}

	// mu guards the fields below.
	mu    sync.Mutex
	state State
	stop  context.CancelFunc // of what runs, nil for none
}

// New returns a renewal by work; Run carries it out.
func New(work Work) *Renewal { return &Renewal{work: work, wanted: make(chan struct{}, 1)} }

// Press is the one button: it begins, or calls off what runs. What is done needs
// no more.
func (r *Renewal) Press() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch r.state.Phase {
	case Done:
	case Running:
		r.state = State{Phase: CalledOff}
		if r.stop != nil {
			r.stop()
		}
	case Idle, CalledOff, Failed:
		r.state = State{Phase: Running}
		select {
		case r.wanted <- struct{}{}:
		default: // Run has not begun the one that was called off
		}
	}
}

// State returns what is known.
func (r *Renewal) State() State {
	if r == nil {
		return State{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Run carries out what is asked for until ctx ends.
func (r *Renewal) Run(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.wanted:
			r.run(ctx)
		}
	}
}

func (r *Renewal) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.mu.Lock()
	on := r.state.Phase == Running
	r.stop = stop
	r.mu.Unlock()
	if !on {
		return
	}
	err := r.work(ctx, func(s update.Step) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.state.Phase == Running && ctx.Err() == nil {
			r.state.Step = s
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop = nil
	switch {
	case err == nil: // also when it was called off too late
		r.state = State{Phase: Done}
	case errors.Is(err, context.Canceled):
		if r.state.Phase == Running && len(r.wanted) == 0 { // the program ends
			r.state = State{Phase: CalledOff}
		}
	default:
		r.state = State{Phase: Failed, Err: err}
	}
}

// Button is what the button says; empty is no button.
func (r *Renewal) Button(w *words.Words) string {
	if r == nil {
		return ""
	}
	switch r.State().Phase {
	case Running:
		return w.Text(words.Cancel)
	case Done:
		return ""
	case Idle, CalledOff, Failed:
	}
	return w.Text(words.UpdateNow)
}

// Says is how it goes, in words.
func (r *Renewal) Says(w *words.Words) string {
	if r == nil {
		return ""
	}
	s := r.State()
	switch s.Phase {
	case Idle:
		return w.Text(words.UpdateAbout)
	case Running:
		return step(w, s.Step)
	case Done:
		return w.Text(words.UpdateDone)
	case CalledOff:
		return w.Text(words.UpdateCalledOff)
	case Failed:
	}
	return w.Text(trouble(s.Err))
}

func step(w *words.Words, s update.Step) string {
	switch s.Phase {
	case update.Loading:
		return w.Text(words.UpdateLoading, megabytes(w, s.Done), megabytes(w, s.Total))
	case update.Proving, update.Replacing:
		return w.Text(words.UpdateProving)
	case update.Looking:
	}
	return w.Text(words.UpdateLooking)
}

// megabytes writes a size with one digit behind the point, or the comma.
func megabytes(w *words.Words, n int64) string {
	point := "."
	if w.Lang() == words.German {
		point = ","
	}
	return fmt.Sprintf("%d%s%d MB", n/1e6, point, n/1e5%10)
}

// trouble is the sentence for a failure. In each but UpdateGone the program is
// as it was.
func trouble(err error) words.Key {
	for _, row := range []struct {
		err error
		key words.Key
	}{
		{update.ErrNone, words.UpdateNone},
		{update.ErrTooOld, words.UpdateTooOld},
		{update.ErrUnreachable, words.UpdateUnreachable},
		{update.ErrListOver, words.UpdateListOver},
		{update.ErrList, words.UpdateUntrusted},
		{update.ErrFile, words.UpdateUntrusted},
		{update.ErrPublisher, words.UpdateStranger},
		{update.ErrPlace, words.UpdatePlace},
		{update.ErrGone, words.UpdateGone},
	} {
		if errors.Is(err, row.err) {
			return row.key
		}
	}
	return words.UpdateFailed
}
