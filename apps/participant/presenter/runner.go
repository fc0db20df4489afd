package presenter

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"time"

	"lotse/apps/ui/browse"
	"lotse/capture"
	"lotse/capture/screen"
	"lotse/participant"
	"lotse/participant/session"
)

// Member is what runs sessions; participant.Member is one.
type Member interface {
	Run(ctx context.Context, code session.Code) error
	Answer(question uint32, granted session.Grants, hold time.Duration)
	Touch(question uint32)
	SetGrants(g session.Grants)
	Limit(g session.Grants, hold time.Duration)
	Rehearse(on bool)
	AskRaise(open bool)
	Raise()
	TakeOver(ctx context.Context, pipe io.ReadWriteCloser) error
	Own(w participant.Own)
	Stop(why session.Reason)
	Aside(on bool)
	Alive()
	Leave()
	Show(t screen.Target)
	Displays() ([]capture.Display, error)
	Windows() ([]capture.Window, error)
	// Picture returns the whole computer as it looks now, and where on the
	// desktop its first pixel lies.
	Picture(ctx context.Context) (*image.RGBA, image.Point, error)
}

// Runner lets a member run one session after the other, as the person types
// codes. It is the presenter's Commands.
type Runner struct {
	member Member
	codes  chan session.Code
	log    *slog.Logger
	// first opens the way to a session that another run of the program hands
	// over; nil for none.
	first func() (io.ReadWriteCloser, error)
}

// NewRunner returns a runner; Run starts it.
func NewRunner(m Member, log *slog.Logger) *Runner {
	return &Runner{member: m, codes: make(chan session.Code, 1), log: log}
}

// Follow lets the first session be the one that another run of the program
// hands over through the pipe that Run opens. It comes before Run.
func (r *Runner) Follow(open func() (io.ReadWriteCloser, error)) { r.first = open }

// Run runs sessions until ctx ends, or until another run of the program has
// the session: participant.ErrHandedOver and participant.ErrNotTaken.
func (r *Runner) Run(ctx context.Context) error {
	if r.first != nil {
		if err := r.takeOver(ctx); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case code := <-r.codes:
			err := r.member.Run(ctx, code)
			if errors.Is(err, participant.ErrHandedOver) {
				return err
			}
			if err != nil {
				r.log.Info("session ended with an error", "error", err)
			}
		}
	}
}

// takeOver goes on with another run's session. Its error means that there is
// nothing more to do here.
func (r *Runner) takeOver(ctx context.Context) error {
	pipe, err := r.first()
	if err != nil {
		return fmt.Errorf("%w: %w", participant.ErrNotTaken, err)
	}
	err = r.member.TakeOver(ctx, pipe)
	if errors.Is(err, participant.ErrNotTaken) || errors.Is(err, participant.ErrHandedOver) {
		return err
	}
	if err != nil {
		r.log.Info("session ended with an error", "error", err)
	}
	return nil
}

// Connect begins a session. One code waits while a session comes to its end;
// more are dropped, the window offers none meanwhile.
func (r *Runner) Connect(code session.Code) {
	select {
	case r.codes <- code:
	default:
	}
}

// Cancel gives up on the way into a session.
func (r *Runner) Cancel() { r.member.Leave() }

// Answer answers a question.
func (r *Runner) Answer(question uint32, granted session.Grants, hold time.Duration) {
	r.member.Answer(question, granted, hold)
}

// Touch says that the person has begun to answer.
func (r *Runner) Touch(question uint32) { r.member.Touch(question) }

// Limit sets anew how long rights hold.
func (r *Runner) Limit(g session.Grants, hold time.Duration) { r.member.Limit(g, hold) }

// Rehearse lets the next F11 show that it works.
func (r *Runner) Rehearse(on bool) { r.member.Rehearse(on) }

// AskRaise opens or closes the program's own question.
func (r *Runner) AskRaise(open bool) { r.member.AskRaise(open) }

// Raise runs this program again as administrator.
func (r *Runner) Raise() { r.member.Raise() }

// Own names the program's windows.
func (r *Runner) Own(w participant.Own) { r.member.Own(w) }

// SetGrants narrows or widens what is allowed.
func (r *Runner) SetGrants(g session.Grants) { r.member.SetGrants(g) }

// Stop ends everything at once.
func (r *Runner) Stop(why session.Reason) { r.member.Stop(why) }

// Aside lets nobody press anything for a moment.
func (r *Runner) Aside(on bool) { r.member.Aside(on) }

// Alive is a sign of life of the window.
func (r *Runner) Alive() { r.member.Alive() }

// Show chooses what is shown.
func (r *Runner) Show(t screen.Target) { r.member.Show(t) }

// Displays lists the monitors.
func (r *Runner) Displays() ([]capture.Display, error) { return r.member.Displays() }

// Windows lists the windows that can be shown.
func (r *Runner) Windows() ([]capture.Window, error) { return r.member.Windows() }

// Browse shows a page in the browser.
func (r *Runner) Browse(page string) error { return browse.Open(page) }

// Picture returns the whole computer as it looks now.
func (r *Runner) Picture(ctx context.Context) (*image.RGBA, image.Point, error) {
	return r.member.Picture(ctx)
}
