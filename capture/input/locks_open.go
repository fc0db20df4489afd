//go:build windows || darwin

package input

import (
	"errors"
	"fmt"
)

// readLocks opens an injector, asks it and closes it.
func readLocks() (LockState, error) {
	inj, err := open()
	if err != nil {
		return 0, err
	}
	l, ok := inj.(Locks)
	if !ok {
		return 0, errors.Join(fmt.Errorf("%w: lock keys", ErrUnsupported), inj.Close())
	}
	now, err := l.Locks()
	return now, errors.Join(err, inj.Close())
}
