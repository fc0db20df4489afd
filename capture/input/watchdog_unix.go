//go:build unix

package input

import (
	"os/exec"
	"syscall"
)

// detach starts the watchdog in a session of its own, so that what ends us
// from a terminal does not end it first.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
