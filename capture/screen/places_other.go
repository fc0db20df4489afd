//go:build !linux && !windows

package screen

func openPlaces() (Places, error) { return nil, ErrUnsupported }
