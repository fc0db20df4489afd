//go:build !windows

package browse

import (
	"fmt"
	"os/exec"
	"runtime"
)

// open lets the desktop find the browser.
func open(page string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "/usr/bin/open"
	}
	path, err := exec.LookPath(opener)
	if err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	cmd := &exec.Cmd{Path: path, Args: []string{opener, page}}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	if err := cmd.Process.Release(); err != nil { // the browser outlives us
		return fmt.Errorf("browse: %w", err)
	}
	return nil
}
