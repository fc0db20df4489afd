//go:build !linux && !windows && !darwin

package clipboard

func open() (system, error) { return nil, ErrUnsupported }
