//go:build linux

package stage

import (
	"context"
	"fmt"
	"path/filepath"
)

// seatAlone starts what a customer needs whose moderator is not on the stage.
func (s *Support) seatAlone(ctx context.Context, scene Scene) error {
	d, err := StartDisplay(ctx, customerSize())
	if err != nil {
		return err
	}
	s.displays = append(s.displays, d)
	wm, err := Start(ctx, Command{Name: "openbox", Env: d.Env()})
	if err != nil {
		return err
	}
	s.others = append(s.others, wm)
	if _, err := output(ctx, d.Env(), "xsetroot", "-solid", hex(Sea())); err != nil {
		return err
	}
	if err := s.editor(ctx, d, scene); err != nil {
		return err
	}
	s.again = func(ctx context.Context) (*Seat, error) {
		s.sat++
		p := program(scene.Participant, filepath.Join(scene.Bin, "lotse-participant"), ParticipantTitle, s.Relay)
		return Sit(ctx, d, p, filepath.Join(scene.Dir, fmt.Sprintf("customer%d", s.sat)))
	}
	s.Customer, err = s.again(ctx)
	return err
}

// Again ends the program of a customer who is alone, however it stands, and
// starts it anew, with a home and a log of its own.
func (s *Support) Again(ctx context.Context) error {
	quiet(s.Customer.Stop())
	err := Until(ctx, startTime, "the old window's end", func() (bool, error) {
		_, err := s.Customer.Do(ctx, "search", "--onlyvisible", "--name", ParticipantTitle)
		return err != nil, nil // xdotool fails when it finds none
	})
	if err != nil {
		return err
	}
	s.Customer, err = s.again(ctx)
	return err
}
