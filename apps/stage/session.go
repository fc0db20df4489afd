package stage

import (
	"context"
	"fmt"
	"path/filepath"

	"lotse/apps/ui"
	"lotse/participant/session"
)

// Titles are how the windows' titles begin.
const (
	MasterTitle      = "Lotse"
	ParticipantTitle = "Lotse"
)

// Cast is what a session is played with.
type Cast struct {
	Relay, Master, Participant Program
}

// Connect lets the moderator read the code, the customer type it, and the
// moderator let the customer in.
func (s *Support) Connect(ctx context.Context) error {
	code, err := s.Moderator.ReadCode(ctx, MasterTitle, func(text string) bool {
		_, err := session.ParseCode(text)
		return err == nil
	})
	if err != nil {
		return err
	}
	if err := s.Customer.Focus(ctx, ParticipantTitle); err != nil {
		return err
	}
	if err := s.Customer.Type(ctx, code); err != nil {
		return err
	}
	if err := s.Customer.Key(ctx, "Return"); err != nil {
		return err
	}
	return s.Moderator.Press(ctx, "Admit", ui.FillAllow, 0)
}

// Allow lets the customer say yes to the question on the screen.
func (s *Support) Allow(ctx context.Context) error {
	return s.Customer.Press(ctx, "Allow", ui.FillAllow, 0)
}

// Pictures saves what both people see, as DIR/moderator-NAME.png and
// DIR/customer-NAME.png.
func (s *Support) Pictures(dir, name string) error {
	if err := s.Moderator.Save(filepath.Join(dir, "moderator-"+name+".png")); err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	return s.Customer.Save(filepath.Join(dir, "customer-"+name+".png"))
}
