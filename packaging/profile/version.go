package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is this build's, and that of every program made with it; the Makefile
// reads it out of this line.
const Version = "0.1.0"

// Build is Version as one number, which a relay compares with the oldest that
// it lets in: 1.2.3 is 1002003.
func Build() uint32 {
	v, _ := parseVersion(Version)
	return uint32(v[0])*1_000_000 + uint32(v[1])*1000 + uint32(v[2])
}

// parseVersion reads major.minor.patch, each below 1000.
func parseVersion(s string) (v [3]uint16, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != len(v) {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || n >= 1000 || strconv.FormatUint(n, 10) != part {
			return v, false
		}
		v[i] = uint16(n)
	}
	return v, true
}

// older reports whether version a came before b.
func older(a, b [3]uint16) bool { return slices.Compare(a[:], b[:]) < 0 }

// Older reports whether version a came before b, both major.minor.patch.
func Older(a, b string) (bool, error) {
	va, okA := parseVersion(a)
	vb, okB := parseVersion(b)
	if !okA || !okB {
		return false, fmt.Errorf("profile: %q or %q is not of the form 1.2.3", a, b)
	}
	return older(va, vb), nil
}
