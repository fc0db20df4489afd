package wire

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// congestion is the congestion control of a connection.
func congestion(t *testing.T, c net.Conn) string {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	buf, size := make([]byte, 16), uint32(16) // TCP_CA_NAME_MAX
	err = raw.Control(func(fd uintptr) {
		_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_CONGESTION,
			uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			t.Error(errno)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(string(buf), "\x00")
	return name
}

func connected(t *testing.T) net.Conn {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var d net.Dialer
	near, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return far
}

func TestBBRIsUsedWhereItIsAllowed(t *testing.T) {
	c := connected(t)
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) { // reno is built in and open to everybody
		if err := syscall.SetsockoptString(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CONGESTION, "reno"); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "reno"
	if HasBBR() {
		want = "bbr"
	}
	used := UseBBR(c)
	if got := congestion(t, c); got != want || used != HasBBR() {
		t.Errorf("got %s, used %t, want %s, %t", got, used, want, HasBBR())
	}
}

func TestBBRIsNotUsedOnAClosedOrStrangeConnection(t *testing.T) {
	c := connected(t)
	c.Close()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if UseBBR(c) || UseBBR(a) {
		t.Errorf("got %t and %t, want neither", UseBBR(c), UseBBR(a))
	}
}
