//go:build cgo && !nogl

package start

import "C" // wgl_windows.c belongs to the program
