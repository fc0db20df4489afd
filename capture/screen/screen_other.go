//go:build !linux && !windows && !darwin

package screen

import "lotse/capture"

func displays() ([]capture.Display, error) { return portable{}.displays() }

func listWindows() ([]capture.Window, error) { return nil, ErrUnsupported }

func open(t Target, _ Options) (Source, error) { return openPortable(t) }
