package sframe

import (
	"errors"
	"fmt"
	"math/bits"
)

// MaxHeader is the longest header in bytes: one of configuration and eight
// each of KID and CTR.
const MaxHeader = 17

// ErrHeader says that a record's header is cut short or not in its shortest
// form.
var ErrHeader = errors.New("sframe: bad header")

// Header is what a record says in the clear (RFC 9605 section 4.3).
type Header struct {
	// KID names the key.
	KID uint64
	// CTR is the record's counter under it.
	CTR uint64
	// Size is the header's own length in bytes.
	Size int
}

// AppendHeader writes the shortest header of kid and ctr to dst. The first
// byte is X KKK Y CCC: a value below 8 stands in its three bits, a longer one
// follows big-endian with its length minus one in the bits.
func AppendHeader(dst []byte, kid, ctr uint64) []byte {
	kBits, kLen := field(kid)
	cBits, cLen := field(ctr)
	dst = append(dst, kBits<<4|cBits)
	dst = appendTail(dst, kid, kLen)
	return appendTail(dst, ctr, cLen)
}

// ParseHeader reads the header at the start of b. Only the shortest form of a
// value is accepted, so that a record has one spelling.
func ParseHeader(b []byte) (Header, error) {
	if len(b) == 0 {
		return Header{}, fmt.Errorf("%w: empty", ErrHeader)
	}
	rest := b[1:]
	kid, rest, err := parseField(b[0]>>4, rest)
	if err != nil {
		return Header{}, err
	}
	ctr, rest, err := parseField(b[0]&0xf, rest)
	if err != nil {
		return Header{}, err
	}
	return Header{KID: kid, CTR: ctr, Size: len(b) - len(rest)}, nil
}

// field returns the four bits that stand for v in the first byte and how many
// bytes of v follow.
func field(v uint64) (config byte, tail int) {
	if v < 8 {
		return byte(v), 0
	}
	n := (bits.Len64(v) + 7) / 8
	return 8 | byte(n-1), n
}

func appendTail(dst []byte, v uint64, n int) []byte {
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

func parseField(config byte, b []byte) (uint64, []byte, error) {
	if config&8 == 0 {
		return uint64(config), b, nil
	}
	n := int(config&7) + 1
	if len(b) < n {
		return 0, nil, fmt.Errorf("%w: %d bytes of %d", ErrHeader, len(b), n)
	}
	var v uint64
	for _, c := range b[:n] {
		v = v<<8 | uint64(c)
	}
	if _, shortest := field(v); shortest != n {
		return 0, nil, fmt.Errorf("%w: value in %d bytes", ErrHeader, n)
	}
	return v, b[n:], nil
}
