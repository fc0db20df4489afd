package elevation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// shellExecute is SHELLEXECUTEINFOW.
type shellExecute struct {
	size, mask                        uint32
	window                            windows.HWND
	verb, file, parameters, directory *uint16
	show                              int32
	instance                          windows.Handle
	list                              uintptr
	class                             *uint16
	key                               windows.Handle
	hot                               uint32
	icon                              windows.Handle
	process                           windows.Handle
}

// Flags of ShellExecuteExW (Microsoft, "SHELLEXECUTEINFOW").
const (
	keepProcess = 0x00000040 // SEE_MASK_NOCLOSEPROCESS
	notAsync    = 0x00000100 // SEE_MASK_NOASYNC: our thread ends soon
	noWords     = 0x00000400 // SEE_MASK_FLAG_NO_UI: we tell of failures
	showNormal  = 1
)

func again(ctx context.Context, patience time.Duration) (io.ReadWriteCloser, error) {
	argument, err := newArgument()
	if err != nil {
		return nil, err
	}
	name, err := pipeName(argument)
	if err != nil {
		return nil, err
	}
	s, err := listen(name)
	if err != nil {
		return nil, err
	}
	defer s.close()
	process, err := raise(argument)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing was written
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.accept(ctx, process); err != nil {
		return nil, err
	}
	return s.checked(process)
}

// raise has Windows ask the person and starts our own file as administrator.
func raise(argument string) (windows.Handle, error) {
	path, err := image(windows.CurrentProcess())
	if err != nil {
		return 0, err
	}
	var text [3]*uint16
	for i, s := range []string{"runas", path, argument} {
		if text[i], err = windows.UTF16PtrFromString(s); err != nil {
			return 0, fmt.Errorf("elevation: %w", err)
		}
	}
	call := windows.NewLazySystemDLL("shell32.dll").NewProc("ShellExecuteExW")
	if err := call.Find(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	runtime.LockOSThread() // COM belongs to a thread
	defer runtime.UnlockOSThread()
	if err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE); err == nil {
		defer windows.CoUninitialize()
	}
	in := shellExecute{
		mask: keepProcess | notAsync | noWords, window: ownFront(),
		verb: text[0], file: text[1], parameters: text[2], show: showNormal,
	}
	in.size = uint32(unsafe.Sizeof(in))
	ok, _, err := call.Call(uintptr(unsafe.Pointer(&in))) //nolint:gosec // G103: knows its size
	runtime.KeepAlive(text)
	switch {
	case ok == 0 && (errors.Is(err, windows.ERROR_CANCELLED) || errors.Is(err, windows.ERROR_ACCESS_DISABLED_BY_POLICY)):
		return 0, fmt.Errorf("%w: %w", ErrDeclined, err)
	case ok == 0:
		return 0, fmt.Errorf("elevation: ShellExecuteEx: %w", err)
	case in.process == 0:
		return 0, errors.New("elevation: ShellExecuteEx: no process")
	}
	return in.process, nil
}

// ownFront returns the window in front if it is ours: Windows asks in front of
// that one, and behind all others without it.
func ownFront() windows.HWND {
	var pid uint32
	window := windows.GetForegroundWindow()
	if _, err := windows.GetWindowThreadProcessId(window, &pid); err != nil || pid != windows.GetCurrentProcessId() {
		return 0
	}
	return window
}
