//go:build unix

package main

import (
	"fmt"
	"io/fs"
)

// private refuses a file that others may read or write.
func private(info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("mode %#o lets others in, want 0600", mode)
	}
	return nil
}
