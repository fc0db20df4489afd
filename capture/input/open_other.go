//go:build !linux && !windows && !darwin

package input

func open() (Injector, error) { return nil, ErrUnsupported }

func readLocks() (LockState, error) { return 0, ErrUnsupported }
