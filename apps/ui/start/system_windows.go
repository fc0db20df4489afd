package start

import (
	"log/slog"

	"golang.org/x/sys/windows"
)

// harden makes Windows look for libraries in its own folder only, not in the
// one the program lies in: that is the downloads folder, where anything may
// lie beside it (Microsoft, "Dynamic-Link Library Security"). Graphics drivers
// are loaded by their full path and stay reachable.
func harden() {
	if err := windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32); err != nil {
		slog.Warn("libraries are looked for in more folders than Windows' own", "error", err)
	}
}

// box shows a text in a message box, which needs no graphics driver, and waits
// until it is closed.
func box(title, text string) {
	t, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return
	}
	caption, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return
	}
	const flags = windows.MB_OK | windows.MB_ICONERROR | windows.MB_SETFOREGROUND
	if _, err := windows.MessageBox(0, t, caption, flags); err != nil {
		slog.Debug("no message box", "error", err)
	}
}
