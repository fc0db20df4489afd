//go:build cgo && !nogl

package start

import (
	"fyne.io/fyne/v2/driver"
)

// impossible has a character that no file name on Windows may have.
const impossible = `C:\<lotse>`

func silence() {}

func hasDisplay() bool { return true }

// folderVariables are where Fyne keeps settings and caches.
func folderVariables() []string { return []string{"USERPROFILE", "LOCALAPPDATA", "APPDATA"} }

func settings() map[string]string { return nil }

func hasHandle(context any) bool {
	c, ok := context.(driver.WindowsWindowContext)
	return !ok || c.HWND != 0
}
