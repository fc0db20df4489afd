//go:build windows || darwin

package selfcheck

import "fmt"

// systemError is what the operating system said.
type systemError uint32

func (e systemError) Error() string { return fmt.Sprintf("the system says %#08x", uint32(e)) }
