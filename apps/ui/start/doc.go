//go:build !cgo

// Package start opens Fyne without leaving a file behind. Without cgo there
// is no Fyne to open.
package start
