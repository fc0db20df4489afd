//go:build !devprofile

package profile

import (
	"errors"
	"testing"
	"time"
)

// What is handed out unbranded talks to nobody, whatever the environment says.
func TestUnbrandedProgramsHaveNoProfile(t *testing.T) {
	t.Setenv("LOTSE_DEV_RELAY", "127.0.0.1:5000#00")
	for _, e := range []Edition{MasterEdition, ParticipantEdition, RelayEdition} {
		if p, err := Current(e); !errors.Is(err, ErrNone) || p != nil {
			t.Errorf("edition %d: got %+v, %v, want %v", e, p, err, ErrNone)
		}
	}
}

// A program whose time is over, or that is too old, still knows where there is a
// newer one; for what may not run at all there is no profile.
func TestOutdatedProgramKnowsItsPage(t *testing.T) {
	slot := EmptySlot()
	if err := Fill(slot, signedSlot(t)); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2027, 12, 31, 23, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		edition Edition
		version string
		at      time.Time
		page    bool
		want    error
	}{
		{ParticipantEdition, "0.1.0", day, true, nil},
		{ParticipantEdition, "0.1.0", day.Add(time.Hour), true, ErrOver},
		{ParticipantEdition, "0.0.9", day, true, ErrTooOld},
		{MasterEdition, "0.1.0", day, false, ErrEdition},
	} {
		p, err := carried(slot, row.edition, row.version, row.at)
		if !errors.Is(err, row.want) || (p != nil) != row.page || p != nil && p.UpdatePage == "" {
			t.Errorf("%s %s at %v: got %+v, %v, want %v", row.edition, row.version, row.at, p, err, row.want)
		}
	}
}
