package screen

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"

	"lotse/capture"
)

const (
	// maxWindows is how many windows are listed at the most; nobody finds one
	// among more.
	maxWindows = 256
	// maxWalk is how many windows are looked at: the order may change under
	// our hands and lead in a circle. Windows has room for 10 000 a process.
	maxWalk = 4096
)

// listWindows lists what the task bar would. It asks without a callback, as
// displays does; GetWindow walks from front to back.
func listWindows() ([]capture.Window, error) {
	u, err := loadUser()
	if err != nil {
		return nil, err
	}
	defer u.sharp()()
	const next = 2 // GW_HWNDNEXT
	var out []capture.Window
	seen := map[uintptr]bool{}
	at, _, _ := u.getTopWindow.Call(0)
	for range maxWalk {
		if at == 0 || seen[at] || len(out) == maxWindows {
			break
		}
		seen[at] = true
		if w, ok := u.describe(windows.HWND(at)); ok {
			out = append(out, w)
		}
		at, _, _ = u.getWindow.Call(at, next)
	}
	return out, nil
}

// describe describes a window that a person sees and would share.
func (u *user) describe(w windows.HWND) (capture.Window, bool) {
	title := u.title(w)
	pid, own := owner(w)
	if title == "" || own || u.hidden(w) || u.tool(w) {
		return capture.Window{}, false
	}
	bounds, ok := u.content(w)
	if !ok || !fits(bounds) {
		return capture.Window{}, false
	}
	return capture.Window{ID: uint32(w), Title: title, App: program(pid), Bounds: bounds}, true
}

// owner returns the process of a window, and whether that is this one.
func owner(w windows.HWND) (pid uint32, own bool) {
	_, err := windows.GetWindowThreadProcessId(w, &pid)
	return pid, err != nil || pid == windows.GetCurrentProcessId()
}

// tool reports whether a window is a palette, a hint or belongs to another
// window, and is on no task bar.
func (u *user) tool(w windows.HWND) bool {
	const (
		styles    = ^uintptr(19) // GWL_EXSTYLE: -20
		palette   = 0x80         // WS_EX_TOOLWINDOW
		onTaskBar = 0x40000      // WS_EX_APPWINDOW
		ownerOf   = 4            // GW_OWNER
	)
	style, _, _ := u.getLong.Call(uintptr(w), styles)
	owned, _, _ := u.getWindow.Call(uintptr(w), ownerOf)
	return style&onTaskBar == 0 && (style&palette != 0 || owned != 0)
}

// program returns the name of a process's file, where the system tells.
func program(pid uint32) string {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var path [windows.MAX_PATH]uint16
	size := uint32(len(path))
	if err := windows.QueryFullProcessImageName(process, 0, &path[0], &size); err != nil {
		return ""
	}
	name := filepath.Base(windows.UTF16ToString(path[:size]))
	return plain([]byte(strings.TrimSuffix(name, filepath.Ext(name))))
}
