package screen

import (
	"golang.org/x/sys/windows"

	"lotse/capture"
)

func displays() ([]capture.Display, error) {
	api, err := loadGDI()
	if err != nil {
		return nil, err
	}
	return api.displays()
}

func open(t Target, o Options) (Source, error) {
	switch {
	case o.Portable:
		return openPortable(t)
	case t.Kind == Window:
		return openGDIWindow(t)
	case onWine():
		return openGDI(t)
	}
	return openDXGI(t)
}

// onWine says that Wine stands in for Windows, which has no Desktop
// Duplication. Asking for it there loads OpenGL, and while it does, threads
// that open their first window were seen to wait forever for one another.
func onWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
