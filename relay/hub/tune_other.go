//go:build !linux

package hub

import "net"

func tune(net.Conn) {}
