// Package start begins a program with windows and says why it ended. It opens
// Fyne without leaving a file behind: no preferences, no caches, no font
// index; without cgo, or with the tag nogl, there is no Fyne. It must not be
// imported by a package with windows, so that those are tested without cgo and
// without a display.
package start
