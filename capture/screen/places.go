package screen

import (
	"fmt"
	"image"
)

// Places knows where windows are at this moment. Its methods may be called from
// any goroutine.
type Places interface {
	// Place returns where a window lies on the desktop, in pixels. It is empty
	// for one that is not on the screen. On an error nobody knows.
	Place(id uint32) (image.Rectangle, error)
	// Conceal asks the system to leave one of our own windows out of pictures,
	// or to take it in again. Where it can't, or won't, nothing happens:
	// whoever must hide a window paints over its place all the same.
	Conceal(id uint32, on bool)
	// Close gives everything back to the system.
	Close() error
}

// OpenPlaces returns the places of this computer's windows. It returns
// ErrUnsupported where they can't be known.
func OpenPlaces() (Places, error) {
	p, err := openPlaces()
	if err != nil {
		return nil, fmt.Errorf("screen: places of windows: %w", err)
	}
	return p, nil
}
