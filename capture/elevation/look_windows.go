package elevation

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// high is the integrity level of programs that run as administrator
// (Microsoft, "SECURITY_MANDATORY_HIGH_RID").
const high = 0x3000

func look() (Front, error) {
	secure, err := elsewhere()
	if err != nil || secure {
		return Secure, err
	}
	var pid uint32
	window := windows.GetForegroundWindow()
	if window == 0 { // on its way from one window to the next
		return Ordinary, nil
	}
	if _, err := windows.GetWindowThreadProcessId(window, &pid); err != nil || pid == windows.GetCurrentProcessId() {
		return Ordinary, nil //nolint:nilerr // the window is gone already
	}
	ours, err := level(windows.CurrentProcess())
	if err != nil {
		return Ordinary, err
	}
	return compare(pid, ours)
}

// compare tells a program's rights from those of our level. One that does not
// let itself be asked has more.
func compare(pid, ours uint32) (Front, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) { // it has ended
		return Ordinary, nil
	}
	if err == nil {
		defer windows.CloseHandle(process) //nolint:errcheck // nothing was written
		var theirs uint32
		if theirs, err = level(process); err == nil && theirs <= ours {
			return Ordinary, nil
		}
	}
	if err != nil && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return Ordinary, fmt.Errorf("elevation: process %d: %w", pid, err)
	}
	return Raised, nil
}

// level returns a process' integrity level: the last number of the label in
// its token.
func level(process windows.Handle) (uint32, error) {
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return 0, fmt.Errorf("elevation: token: %w", err)
	}
	defer token.Close()
	// A label is a pointer, a number and a SID of at most 68 bytes
	// (SECURITY_MAX_SID_SIZE).
	var room [16]uint64
	size := uint32(unsafe.Sizeof(room))
	if err := windows.GetTokenInformation(token, windows.TokenIntegrityLevel, (*byte)(unsafe.Pointer(&room)), size, &size); err != nil { //nolint:gosec // G103: as long as it says
		return 0, fmt.Errorf("elevation: integrity level: %w", err)
	}
	sid := (*windows.Tokenmandatorylabel)(unsafe.Pointer(&room)).Label.Sid //nolint:gosec // G103: what the call wrote
	n := sid.SubAuthorityCount()
	if n == 0 {
		return 0, errors.New("elevation: label without a level")
	}
	l := sid.SubAuthority(uint32(n) - 1)
	runtime.KeepAlive(&room) // sid points into it
	return l, nil
}

func offered() bool {
	ours, err := level(windows.CurrentProcess())
	return err == nil && ours < high
}

// user32 is what x/sys does not have.
type user32 struct{ openInput, threadDesktop, information, closeDesktop *windows.LazyProc }

// Access rights and names of user32 (Microsoft, "Desktop Security and Access
// Rights", "GetUserObjectInformation").
const (
	readObjects = 0x0001
	objectName  = 2
)

// elsewhere reports whether what the person sees is another desktop than the
// one with our windows.
func elsewhere() (bool, error) {
	dll := windows.NewLazySystemDLL("user32.dll")
	u := user32{
		dll.NewProc("OpenInputDesktop"), dll.NewProc("GetThreadDesktop"),
		dll.NewProc("GetUserObjectInformationW"), dll.NewProc("CloseDesktop"),
	}
	for _, p := range []*windows.LazyProc{u.openInput, u.threadDesktop, u.information, u.closeDesktop} {
		if err := p.Find(); err != nil {
			return false, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	input, _, _ := u.openInput.Call(0, 0, readObjects)
	if input == 0 { // ours it is not: that could be opened
		return true, nil
	}
	defer u.closeDesktop.Call(input) //nolint:errcheck // nothing was written
	ours, _, _ := u.threadDesktop.Call(uintptr(windows.GetCurrentThreadId()))
	seen, err := u.name(input)
	if err != nil {
		return false, err
	}
	own, err := u.name(ours)
	return err == nil && seen != own, err
}

func (u user32) name(desktop uintptr) (string, error) {
	var text [256]uint16 // the longest name of an object
	var size uint32
	ok, _, err := u.information.Call(desktop, objectName,
		uintptr(unsafe.Pointer(&text)), unsafe.Sizeof(text), uintptr(unsafe.Pointer(&size))) //nolint:gosec // G103: as long as it says
	if ok == 0 {
		return "", fmt.Errorf("elevation: desktop: %w", err)
	}
	return windows.UTF16ToString(text[:]), nil
}
