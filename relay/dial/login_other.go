//go:build !windows

package dial

import "syscall"

// errReset says that the other end ended a connection at once.
const errReset = syscall.ECONNRESET

// userLogin is nil: only Windows proves to a proxy who is logged in.
func userLogin(string, string) login { return nil }
