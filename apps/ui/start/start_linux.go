//go:build cgo && !nogl

package start

import (
	"io"
	"os"

	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
)

// impossible lies below a device, where no folder can be made.
const impossible = "/dev/null/lotse"

// silence keeps xgb from explaining on stderr that an X server asks for no
// authority.
func silence() { xgb.Logger.SetOutput(io.Discard) }

func hasDisplay() bool { return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "" }

// folderVariables are where Fyne keeps settings and caches (XDG Base Directory
// Specification). HOME stays: X11 finds its authority there.
func folderVariables() []string {
	return []string{"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"}
}

// settings keep graphics drivers from writing shader caches, for the life of
// the process, and prefer X11, where a window can be kept above others.
func settings() map[string]string {
	s := map[string]string{
		"MESA_SHADER_CACHE_DISABLE": "true",
		"MESA_GLSL_CACHE_DISABLE":   "true", // Mesa before 20.3
		"__GL_SHADER_DISK_CACHE":    "0",    // NVIDIA
	}
	if os.Getenv("DISPLAY") != "" {
		s["FYNE_PLATFORM"] = "x11"
	}
	return s
}

func hasHandle(context any) bool {
	switch c := context.(type) {
	case driver.X11WindowContext:
		return c.WindowHandle != 0
	case driver.WaylandWindowContext:
		return c.WaylandSurface != 0
	}
	return true
}
