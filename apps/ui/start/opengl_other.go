//go:build cgo && !nogl && !windows

package start

// HasOpenGL reports true: here Show finds out whether a window can be opened.
func HasOpenGL() bool { return true }
