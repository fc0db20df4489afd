package session

import (
	"errors"
	"net"
	"strings"

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
const lanPort = "5005"

// ParseCode reads "48213-739204" and "48213-739204@192.168.1.20". Spaces
// anywhere and any dash are accepted; without a dash the last six digits are
// the PIN.
func ParseCode(s string) (Code, error) {
	if len(s) > 128 {
		return Code{}, ErrBadCode
	}
	s = strings.Join(strings.Fields(s), "")
	s = strings.NewReplacer("–", "-", "—", "-", "‑", "-", "‐", "-", "−", "-").Replace(s)
	digits, address, hasAddress := strings.Cut(s, "@")
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

func lanAddress(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = strings.Trim(s, "[]"), lanPort
	}
	if net.ParseIP(host) == nil || !isDigits(port, 1, 5) {
		return "", ErrBadCode
	}
	return net.JoinHostPort(host, port), nil
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
