package session

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"lotse/crypto/secret"
)

// ErrBadCode is what ParseCode returns for anything that is no number and PIN.
var ErrBadCode = errors.New("session: not a session number and PIN")

// The lengths of what a person types (protocol.md §3).
const (
	MinNumberDigits = 5
	MaxNumberDigits = 9
	PINDigits       = 6
)

// Code is what a person reads out and another types: a session number, which
// is an address and no secret, a PIN, and, without a server, the address of
// the master's own relay.
type Code struct {
	Number string
	PIN    secret.Text
	// Address is host:port of a relay on this network; empty for the
	// profile's own relays.
	Address string
}

// lanPort is the port of a master's built-in relay.
const lanPort = 5005

// maxCode is the longest text in bytes that is looked at: more than twice the
// longest number, PIN and IPv6 address, so that spaces have room.
const maxCode = 128

// minusSign is what some word processors make of a dash; Unicode does not
// count it among the dashes.
const minusSign = '\u2212'

// ParseCode reads "48213-739204" and "48213-739204@192.168.1.20". Spaces
// anywhere and any dash are accepted; without a dash the last six digits are
// the PIN.
func ParseCode(s string) (Code, error) {
	if len(s) > maxCode {
		return Code{}, ErrBadCode
	}
	digits, address, hasAddress := strings.Cut(plain(s), "@")
	var c Code
	if hasAddress {
		a, err := lanAddress(address)
		if err != nil {
			return Code{}, err
		}
		c.Address = a
	}
	number, pin, dashed := strings.Cut(digits, "-")
	if !dashed {
		if len(digits) < PINDigits {
			return Code{}, ErrBadCode
		}
		number, pin = digits[:len(digits)-PINDigits], digits[len(digits)-PINDigits:]
	}
	if !isDigits(number, MinNumberDigits, MaxNumberDigits) || !isDigits(pin, PINDigits, PINDigits) {
		return Code{}, ErrBadCode
	}
	c.Number, c.PIN = number, secret.Text(pin)
	return c, nil
}

// plain leaves out the spaces and turns every dash into "-".
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == minusSign || unicode.Is(unicode.Pd, r):
			return '-'
		default:
			return r
		}
	}, s)
}

// lanAddress reads the address of one computer, with or without a port. Names
// are refused: nothing is looked up for a text that somebody read out.
func lanAddress(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = unbracket(s), strconv.Itoa(lanPort)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast() {
		return "", ErrBadCode
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", ErrBadCode
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)).String(), nil
}

// unbracket takes the one pair of brackets off an IPv6 address.
func unbracket(s string) string {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			return inner
		}
	}
	return s
}

func isDigits(s string, low, high int) bool {
	if len(s) < low || len(s) > high {
		return false
	}
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
