//go:build !cgo

// Command master is the moderator's program. Without cgo there is no
// toolkit to draw its window with, and it says so.
package main

import (
	"fmt"
	"os"

	"lotse/apps/ui/words"
)

// exitNoWindow is the exit code for a program that can't open a window.
const exitNoWindow = 4

func main() {
	fmt.Fprintln(os.Stderr, words.Text(words.System(), words.NoWindows))
	os.Exit(exitNoWindow)
}
