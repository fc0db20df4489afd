//go:build cgo && !nogl && !linux && !windows

package start

// impossible lies below a device, where no folder can be made.
const impossible = "/dev/null/lotse"

func silence() {}

func hasDisplay() bool { return true }

// folderVariables are where Fyne keeps settings and caches.
func folderVariables() []string { return []string{"HOME"} }

func settings() map[string]string { return nil }

func hasHandle(any) bool { return true }
