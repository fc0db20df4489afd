//go:build !linux && !windows

package stopkey

import "time"

// On macOS F11 needs Carbon or an event tap, and a person's leave for either;
// neither is written yet, so nobody is controlled there.
func arm(func(time.Time)) ([]way, error) { return nil, nil }
