//go:build !windows

package plain

import "context"

// Window is one window, which this system does not have.
type Window struct{}

// New returns ErrUnsupported.
func New(Handler, Brand) (*Window, error) { return nil, ErrUnsupported }

// Show does nothing.
func (*Window) Show(Form) {}

// ID is 0.
func (*Window) ID() uint32 { return 0 }

// Shown is never closed.
func (*Window) Shown() <-chan struct{} { return nil }

// Wake does nothing.
func (*Window) Wake() {}

// Close does nothing.
func (*Window) Close() {}

// Typed returns nothing.
func (*Window) Typed(uint16) string { return "" }

// Clear does nothing.
func (*Window) Clear(uint16) {}

// Copy does nothing.
func (*Window) Copy(string) {}

// Run returns ErrUnsupported.
func (*Window) Run(context.Context) error { return ErrUnsupported }
