package profile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is this build's, and that of every program made with it; the Makefile
// reads it out of this line.
const Version = "0.1.0"

// ErrVersion says that a file is no program that says which version it is.
var ErrVersion = errors.New("profile: no program that says its version")

// markHead begins the mark by which a program's version is read without running
// it. It is no UTF-8, so that no profile can hold it.
const markHead = "\x91\x03\xb7NOISREV ESTOL\xe2\x1d\x9c"

// mark stands once in every program: markHead, the version, a line feed.
//
//nolint:gochecknoglobals // a variable is kept by the linker as it stands; nobody writes it
var mark = markHead + Version + "\n"

// running is the version that this program acts on: what stands in its file, so
// that one who reads the file and the program itself can't differ.
//
//nolint:gochecknoglobals // made when the program starts, which keeps the mark in all of them
var running = mark[len(markHead) : len(mark)-1]

// markBegin is markHead, which this code holds backwards only.
func markBegin() []byte {
	head := []byte("\x9c\x1d\xe2LOTSE VERSION\xb7\x03\x91")
	slices.Reverse(head)
	return head
}

// VersionOf reads the version of a program of ours for one kind of processor
// out of its bytes.
func VersionOf(program []byte) (string, error) {
	const maxVersion = len("999.999.999\n")
	head := markBegin()
	_, rest, ok := bytes.Cut(program, head)
	if !ok {
		return "", ErrVersion
	}
	if bytes.Contains(rest, head) {
		return "", fmt.Errorf("%w: it says two", ErrVersion)
	}
	text, _, ended := bytes.Cut(rest[:min(len(rest), maxVersion)], []byte("\n"))
	if _, ok := parseVersion(string(text)); !ok || !ended {
		return "", fmt.Errorf("%w: %q", ErrVersion, text)
	}
	return string(text), nil
}

// Build is this program's version as one number, which a relay compares with
// the oldest that it lets in: 1.2.3 is 1002003.
func Build() uint32 {
	v, _ := parseVersion(running)
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
