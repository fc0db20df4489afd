//go:build !windows

package keygrab

func open(func(Key)) (hook, error) { return nil, ErrUnsupported }
