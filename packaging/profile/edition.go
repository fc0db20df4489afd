package profile

// Edition is which of the programs a profile is for.
type Edition uint8

// The editions.
const (
	MasterEdition Edition = 1 + iota
	ParticipantEdition
	RelayEdition
)

// String is the edition as a document has it.
func (e Edition) String() string {
	switch e {
	case MasterEdition:
		return "master"
	case ParticipantEdition:
		return "participant"
	case RelayEdition:
		return "relay"
	}
	return "no edition"
}
