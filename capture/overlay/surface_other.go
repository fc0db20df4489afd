//go:build !linux && !windows

package overlay

import "image"

// openSurface has nothing yet for macOS, where it will be an NSPanel.
func openSurface(image.Rectangle) (surface, error) { return nil, ErrUnsupported }
