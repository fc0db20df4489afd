//go:build !linux && !windows

package stopbutton

import "errors"

// open has nothing yet for macOS, where it will be an NSPanel.
func open(Options, Press) (window, error) { return nil, errors.New("not written for this system") }
