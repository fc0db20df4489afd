//go:build linux || darwin

package wire

import (
	"net"
	"syscall"
)

// LittleUnsent lets the system hold no more than about n bytes of a connection
// that have not left yet, where it can; what is written after them then can
// still be chosen. On a listener it has no effect on what is accepted.
func LittleUnsent(c net.Conn, n int) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // an old kernel only makes slow lines slower
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, notSentLowWater, n) // likewise
	})
}
