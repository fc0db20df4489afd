package input

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// detach starts the watchdog without a window and in a group of its own.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW,
	}
}
