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
func box(title, text string) { message(title, text, windows.MB_OK|windows.MB_ICONERROR) }

// ask is a box that is answered with yes or no.
func ask(title, text string) bool {
	const yes = 6 // IDYES
	return message(title, text, windows.MB_YESNO|windows.MB_ICONWARNING) == yes
}

func message(title, text string, kind uint32) int32 {
	t, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return 0
	}
	caption, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return 0
	}
	answer, err := windows.MessageBox(0, t, caption, kind|windows.MB_SETFOREGROUND)
	if err != nil {
		slog.Debug("no message box", "error", err)
	}
	return answer
}
