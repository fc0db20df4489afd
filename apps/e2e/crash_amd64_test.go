//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"errors"
	"syscall"
	"time"
)

// errBusy says that a thread was not waiting for the system just then.
var errBusy = errors.New("the thread does not wait for the system")

// endThread has a thread ask for its own end, as soon as it waits for the
// system.
func endThread(_ context.Context, pid int) error {
	const tries = 200
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tries {
		if err := attach(pid); err != nil {
			return err
		}
		err := askForEnd(pid)
		if err = errors.Join(err, syscall.PtraceDetach(pid)); !errors.Is(err, errBusy) {
			return err
		}
		<-tick.C
	}
	return errBusy
}

func askForEnd(pid int) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(pid, &regs); err != nil {
		return err
	}
	call, at := []byte{0x0f, 0x05}, regs.Rip-2 // the instruction "syscall"
	got := make([]byte, len(call))
	if _, err := syscall.PtracePeekText(pid, uintptr(at), got); err != nil || !bytes.Equal(got, call) {
		return errors.Join(errBusy, err)
	}
	const none = ^uint64(0) // no call of the system to go on with
	regs.Rip, regs.Orig_rax, regs.Rax, regs.Rdi = at, none, syscall.SYS_EXIT, 0
	return syscall.PtraceSetRegs(pid, &regs)
}
