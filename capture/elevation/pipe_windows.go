package elevation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	// pipeRoom is how many bytes each side may send before the other reads: a
	// session that is handed over, with its ledger.
	pipeRoom = 1 << 20
	// lookAgain is how many milliseconds pass between two looks at whether a
	// wait was called off.
	lookAgain = 50
)

// server is the end of the run that is to be followed by another.
type server struct{ handle windows.Handle }

// listen makes a pipe that one program of this person or of an administrator
// can open, on this computer, running with no less rights than we have.
func listen(name string) (*server, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("elevation: %w", err)
	}
	ours, err := level(windows.CurrentProcess())
	if err != nil {
		return nil, err
	}
	// Protected; all for the person and for administrators; no program below
	// our own level may read or write (Microsoft, "Security Descriptor String
	// Format").
	text := fmt.Sprintf("D:P(A;;GA;;;%s)(A;;GA;;;BA)S:(ML;;NWNRNX;;;S-1-16-%d)", user.User.Sid, ours)
	sd, err := windows.SecurityDescriptorFromString(text)
	if err != nil {
		return nil, fmt.Errorf("elevation: %w", err)
	}
	sa := windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(sa))
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, fmt.Errorf("elevation: %w", err)
	}
	h, err := windows.CreateNamedPipe(path,
		windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_FIRST_PIPE_INSTANCE|windows.FILE_FLAG_OVERLAPPED,
		windows.PIPE_TYPE_BYTE|windows.PIPE_REJECT_REMOTE_CLIENTS, 1, pipeRoom, pipeRoom, 0, &sa)
	if err != nil {
		return nil, fmt.Errorf("elevation: pipe: %w", err)
	}
	return &server{h}, nil
}

// accept waits until process, which we have started, opens the pipe.
func (s *server) accept(ctx context.Context, process windows.Handle) error {
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return fmt.Errorf("elevation: %w", err)
	}
	defer windows.CloseHandle(event) //nolint:errcheck // nothing was written
	ov := &windows.Overlapped{HEvent: event}
	err = windows.ConnectNamedPipe(s.handle, ov)
	if errors.Is(err, windows.ERROR_PIPE_CONNECTED) {
		return nil
	}
	for errors.Is(err, windows.ERROR_IO_PENDING) {
		err = s.connected(ctx, ov, process)
	}
	if err != nil {
		return fmt.Errorf("elevation: %w", err)
	}
	return nil
}

// connected waits for a moment. Its error is windows.ERROR_IO_PENDING as long
// as nobody came.
func (s *server) connected(ctx context.Context, ov *windows.Overlapped, process windows.Handle) error {
	which, err := windows.WaitForMultipleObjects([]windows.Handle{ov.HEvent, process}, false, lookAgain)
	switch {
	case which == windows.WAIT_OBJECT_0:
		var n uint32
		return windows.GetOverlappedResult(s.handle, ov, &n, false)
	case which == windows.WAIT_OBJECT_0+1:
		err = errors.New("the other run has ended")
	case err == nil || which == uint32(windows.WAIT_TIMEOUT):
		if err = ctx.Err(); err == nil {
			return windows.ERROR_IO_PENDING
		}
	}
	// The system writes to ov until it has called the wait off.
	var n uint32
	_ = windows.CancelIoEx(s.handle, ov)
	_ = windows.GetOverlappedResult(s.handle, ov, &n, true)
	return err
}

// checked returns the pipe once the other end is process and runs our file.
func (s *server) checked(process windows.Handle) (io.ReadWriteCloser, error) {
	var there uint32
	if err := windows.GetNamedPipeClientProcessId(s.handle, &there); err != nil {
		return nil, fmt.Errorf("elevation: %w", err)
	}
	started, err := windows.GetProcessId(process)
	if err != nil {
		return nil, fmt.Errorf("elevation: %w", err)
	}
	if there != started {
		return nil, fmt.Errorf("%w: process %d instead of %d", ErrStranger, there, started)
	}
	if err := same(process); err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(s.handle), "pipe")
	s.handle = windows.InvalidHandle
	return f, nil
}

func (s *server) close() {
	if s.handle != windows.InvalidHandle {
		_ = windows.CloseHandle(s.handle)
		s.handle = windows.InvalidHandle
	}
}

// join opens the pipe and looks at who made it. The other run may know who we
// are and may not act as we.
func join(name string) (io.ReadWriteCloser, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, fmt.Errorf("elevation: %w", err)
	}
	h, err := windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_OVERLAPPED|windows.SECURITY_SQOS_PRESENT|windows.SECURITY_IDENTIFICATION, 0)
	if err != nil {
		return nil, fmt.Errorf("elevation: pipe: %w", err)
	}
	if err := madeByUs(h); err != nil {
		return nil, errors.Join(err, windows.CloseHandle(h))
	}
	return os.NewFile(uintptr(h), "pipe"), nil
}

func madeByUs(pipe windows.Handle) error {
	var pid uint32
	if err := windows.GetNamedPipeServerProcessId(pipe, &pid); err != nil {
		return fmt.Errorf("elevation: %w", err)
	}
	process, err := openAny(pid)
	if err != nil {
		return fmt.Errorf("elevation: process %d: %w", pid, err)
	}
	return errors.Join(same(process), windows.CloseHandle(process))
}

// openAny opens a process to ask about it. Another person's, who let an
// administrator type a password, opens with an administrator's privilege only.
func openAny(pid uint32) (windows.Handle, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return process, err
	}
	restore, err := privileged("SeDebugPrivilege")
	if err != nil {
		return 0, err
	}
	defer restore()
	return windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
}

// privileged switches a privilege on until the returned function is called.
func privileged(name string) (restore func(), err error) {
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token); err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	on := windows.Tokenprivileges{PrivilegeCount: 1}
	on.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	text, err := windows.UTF16PtrFromString(name)
	if err == nil {
		err = windows.LookupPrivilegeValue(nil, text, &on.Privileges[0].Luid)
	}
	if err == nil {
		err = windows.AdjustTokenPrivileges(token, false, &on, 0, nil, nil)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), token.Close())
	}
	off := on
	off.Privileges[0].Attributes = 0
	return func() {
		_ = windows.AdjustTokenPrivileges(token, false, &off, 0, nil, nil)
		_ = token.Close()
	}, nil
}

// same refuses a process that runs another file than we do.
func same(process windows.Handle) error {
	ours, err := image(windows.CurrentProcess())
	if err != nil {
		return err
	}
	theirs, err := image(process)
	if err != nil {
		return err
	}
	if !strings.EqualFold(ours, theirs) {
		return ErrStranger
	}
	return nil
}

// image returns the path of the file that a process runs.
func image(process windows.Handle) (string, error) {
	var path [windows.MAX_LONG_PATH]uint16
	size := uint32(len(path))
	if err := windows.QueryFullProcessImageName(process, 0, &path[0], &size); err != nil {
		return "", fmt.Errorf("elevation: image: %w", err)
	}
	return windows.UTF16ToString(path[:size]), nil
}
