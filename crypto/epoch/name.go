package epoch

import (
	"errors"
	"unicode"
	"unicode/utf8"
)

// limits of a person's name; it must fit a line on everybody's screen.
const (
	maxNameRunes = 64
	maxNameBytes = 256
)

// ErrName says that a name is too long or holds characters that could make it
// look like another's.
var ErrName = errors.New("epoch: bad name")

// CheckName refuses names that are longer than 64 runes or 256 bytes, not
// UTF-8, or hold control, format or bidirectional characters, line separators
// or anything unassigned. Spaces may not stand at the ends. The empty name is
// somebody who gave none.
func CheckName(name string) error {
	if name == "" {
		return nil
	}
	if len(name) > maxNameBytes || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxNameRunes {
		return ErrName
	}
	for _, r := range name {
		if !unicode.IsPrint(r) { // letters, marks, numbers, punctuation, symbols and U+0020
			return ErrName
		}
	}
	if name[0] == ' ' || name[len(name)-1] == ' ' {
		return ErrName
	}
	return nil
}
