//go:build !linux && !windows

package ui

// systemScanCodes knows none: text is sent, keys that print nothing are not.
func systemScanCodes() scanTable { return scanTable{} }
