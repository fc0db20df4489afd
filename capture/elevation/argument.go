package elevation

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	// flag begins the argument that a run started by Again gets.
	flag = "-take-over="
	// nameSize is how many bytes of chance a pipe's name has: nobody can make
	// it first.
	nameSize = 16
	// folder is where pipes of this computer live.
	folder = `\\.\pipe\lotse-`
)

// IsArgument reports whether an argument is for Join.
func IsArgument(argument string) bool { return strings.HasPrefix(argument, flag) }

// newArgument names a pipe that nobody else has.
func newArgument() (string, error) {
	var b [nameSize]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("elevation: %w", err)
	}
	return flag + hex.EncodeToString(b[:]), nil
}

// pipeName reads an argument, which anybody can start this program with.
func pipeName(argument string) (string, error) {
	name, ok := strings.CutPrefix(argument, flag)
	b, err := hex.DecodeString(name)
	if !ok || err != nil || len(b) != nameSize || hex.EncodeToString(b) != name {
		return "", fmt.Errorf("%w: %d bytes", ErrArgument, len(argument))
	}
	return folder + name, nil
}
