//go:build !linux && !windows

package screen

import "lotse/capture"

// On macOS kbinani/screenshot needs cgo; without it there are no displays.
func displays() ([]capture.Display, error) { return portable{}.displays() }

func listWindows() ([]capture.Window, error) { return nil, ErrUnsupported }

func open(t Target, _ Options) (Source, error) { return openPortable(t) }
