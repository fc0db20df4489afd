//go:build !linux && !windows && !(darwin && mac)

package input

func open() (Injector, error) { return nil, ErrUnsupported }
