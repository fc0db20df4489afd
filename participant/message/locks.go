package message

import (
	"fmt"

	"lotse/capture/input"
)

// Locks says which lock keys are on at the sender.
//
// Body: u8 bits, 1 Caps Lock · 2 Num Lock · 4 Scroll Lock.
type Locks struct{ On input.LockState }

// Kind returns KindLocks.
func (Locks) Kind() Kind { return KindLocks }

func (m Locks) appendBody(dst []byte) []byte { return append(dst, byte(m.On)) }

func parseLocks(body []byte) (Message, error) {
	if err := sized(body, 1); err != nil {
		return nil, err
	}
	on := input.LockState(body[0])
	if on&^(input.CapsLock|input.NumLock|input.ScrollLock) != 0 {
		return nil, fmt.Errorf("%w: lock keys %#x", ErrMalformed, body[0])
	}
	return Locks{On: on}, nil
}
