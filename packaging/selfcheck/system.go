//go:build windows || darwin

package selfcheck

import "fmt"

// errOS is what the operating system said.
type errOS uint32

func (e errOS) Error() string { return fmt.Sprintf("the system says %#08x", uint32(e)) }
