//go:build !devprofile

package profile

import (
	"errors"
	"testing"
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
