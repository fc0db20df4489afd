package wire

import (
	"fmt"
	"time"
)

// UpgradeError says that the relay wants a newer build.
type UpgradeError struct {
	// MinBuild is the oldest build that it serves.
	MinBuild uint32
}

// Error names the wanted build.
func (e *UpgradeError) Error() string {
	return fmt.Sprintf("wire: the relay wants build %d or newer", e.MinBuild)
}

// DeniedError says that the relay refused.
type DeniedError struct {
	// Reason says why.
	Reason Reason
}

// Error names the reason.
func (e *DeniedError) Error() string { return "wire: denied: " + string(e.Reason) }

// WaitError says that the relay wants to be asked again later.
type WaitError struct {
	// After is how long to wait.
	After time.Duration
}

// Error says how long to wait.
func (e *WaitError) Error() string { return fmt.Sprintf("wire: try again in %v", e.After) }

// ElsewhereError says that the room is on another relay.
type ElsewhereError struct {
	// Relay is the pin of that one.
	Relay [32]byte
}

// Error names the pin's beginning.
func (e *ElsewhereError) Error() string { return fmt.Sprintf("wire: on the relay %x…", e.Relay[:4]) }

// Refusal returns the error that m stands for, or nil when m refuses nothing.
func Refusal(m Message) error {
	switch m := m.(type) {
	case UpgradeRequired:
		return &UpgradeError{MinBuild: m.MinBuild}
	case Denied:
		return &DeniedError{Reason: m.Reason}
	case Wait:
		return &WaitError{After: m.After()}
	case Elsewhere:
		return &ElsewhereError{Relay: m.Relay}
	default:
		return nil
	}
}
