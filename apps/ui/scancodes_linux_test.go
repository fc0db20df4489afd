package ui

import (
	"testing"

	"lotse/capture/input"
)

func TestX11KeycodesAreUsages(t *testing.T) {
	codes := systemScanCodes()
	for code, want := range map[int]input.Usage{
		38: keyA, 24: keyQ, 36: keyEnter, 23: keyTab, 113: keyLeft, 50: keyLeftShift, 37: keyLeftCtrl,
		108: keyRightAlt, 133: keyLeftSuper, 95: keyF11, 94: 0x64, 65: 0x2C, 9: 0x29, 22: 0x2A, 119: 0x4C,
	} {
		if got := codes[code]; got != want {
			t.Errorf("keycode %d: got %02X, want %02X", code, got, want)
		}
	}
}
