package session

import (
	"encoding/base64"
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
	// Link is the secret of a personal link, which stands in the place of the
	// PIN; empty where a number and a PIN were typed.
	Link secret.Text
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

// linkBefore is what a personal link begins with, in any case of letters.
const linkBefore = "lotse://join/"

// linkLetters is how long the secret of a link is: 128 bits, six a letter.
const linkLetters = 22

// ParseCode reads "48213-739204" and "48213-739204@192.168.1.20". Spaces
// anywhere and any dash are accepted; without a dash the last six digits are
// the PIN. It reads personal links as well, "lotse://join/48213#" and a secret
// behind it, or with an address before the #.
func ParseCode(s string) (Code, error) {
	if len(s) > maxCode {
		return Code{}, ErrBadCode
	}
	if text := plain(s); len(text) >= len(linkBefore) && strings.EqualFold(text[:len(linkBefore)], linkBefore) {
		return parseLink(text[len(linkBefore):])
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

// parseLink reads what is behind a link's beginning.
func parseLink(s string) (Code, error) {
	where, link, found := strings.Cut(s, "#")
	number, address, hasAddress := strings.Cut(where, "@")
	if !found || !isDigits(number, MinNumberDigits, MaxNumberDigits) || !isLinkSecret(link) {
		return Code{}, ErrBadCode
	}
	c := Code{Number: number, Link: secret.Text(link)}
	if hasAddress {
		a, err := lanAddress(address)
		if err != nil {
			return Code{}, err
		}
		c.Address = a
	}
	return c, nil
}

// isLinkSecret reports whether s is 128 bits in base64url (RFC 4648 section 5),
// without padding and with no bit to spare.
func isLinkSecret(s string) bool {
	if len(s) != linkLetters {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil
}

// LinkText is a personal link as it is handed to a person and as ParseCode
// reads it; address is empty for the profile's own relays.
func LinkText(number, address string, link secret.Text) secret.Text {
	if address != "" {
		number += "@" + address
	}
	return secret.Text(linkBefore + number + "#" + link.Reveal())
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
