package browse

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// open lets Windows find the browser.
func open(page string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	address, err := windows.UTF16PtrFromString(page)
	if err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	if err := windows.ShellExecute(0, verb, address, nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	return nil
}
