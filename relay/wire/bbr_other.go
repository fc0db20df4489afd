//go:build !linux

package wire

import "net"

func useBBR(*net.TCPConn) bool { return false }

func hasBBR() bool { return false }
