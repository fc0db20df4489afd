package profile

// Edition is which of the two programs a profile is for.
type Edition uint8

// The editions.
const (
	MasterEdition Edition = 1 + iota
	ParticipantEdition
	RelayEdition
)

// Current returns the profile that this program carries. A program that nobody
// has branded has none (ErrNone).
func Current(e Edition) (*Profile, error) { return current(e) }
