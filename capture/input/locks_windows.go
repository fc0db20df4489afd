package input

import "fmt"

// lockKey is one lock key (Microsoft, "Virtual-Key Codes"; scan codes of set 1).
type lockKey struct {
	lock     LockState
	vk, scan uint16
	flags    uint32
}

func lockKeys() []lockKey {
	return []lockKey{
		{CapsLock, 0x14, 0x3A, 0},
		{NumLock, 0x90, 0x45, keyExtended},
		{ScrollLock, 0x91, 0x46, 0},
	}
}

func readLocks() (LockState, error) {
	u, err := newUser32()
	if err != nil {
		return 0, err
	}
	return u.Locks()
}

// Locks returns which lock keys are on: the lowest bit of a key's state
// (Microsoft, "GetKeyState").
func (u *user32) Locks() (LockState, error) {
	var now LockState
	for _, k := range lockKeys() {
		if state, _, _ := u.state.Call(uintptr(k.vk)); state&1 != 0 {
			now |= k.lock
		}
	}
	return now, nil
}

// SetLocks taps the lock keys that are not as they should be, all at once.
func (u *user32) SetLocks(want LockState) error {
	now, err := u.Locks()
	if err != nil {
		return err
	}
	var in []keyInput
	for _, k := range lockKeys() {
		if (now^want)&k.lock == 0 {
			continue
		}
		one := keyInput{kind: typeKey, vk: k.vk, scan: k.scan, flags: k.flags}
		in = append(in, one)
		one.flags |= keyUp
		in = append(in, one)
	}
	if len(in) == 0 {
		return nil
	}
	if err := u.keys(in); err != nil {
		return fmt.Errorf("input: lock keys: %w", err)
	}
	return nil
}
