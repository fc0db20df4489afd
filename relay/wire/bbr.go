package wire

import "net"

// UseBBR lets the system send on c with BBR, and reports whether it does; where
// it can't, c stays as it is. On a listener it has no effect on what is
// accepted in every system.
func UseBBR(c net.Conn) bool {
	tcp, ok := c.(*net.TCPConn)
	return ok && useBBR(tcp)
}

// HasBBR reports whether this system lets this process send with BBR. It tries:
// a list of what is there would not tell what is allowed.
func HasBBR() bool { return hasBBR() }
