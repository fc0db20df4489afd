package update

import "golang.org/x/sys/windows"

// hide hides a file, if Windows lets it.
func hide(name string) {
	if p, err := windows.UTF16PtrFromString(name); err == nil {
		_ = windows.SetFileAttributes(p, windows.FILE_ATTRIBUTE_HIDDEN) // it would only be seen
	}
}
