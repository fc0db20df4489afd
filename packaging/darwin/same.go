package darwin

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Hashes returns by what Apple names the two slices, without checking them.
func (b *Bundle) Hashes() (intel, apple CDHash, err error) {
	first, second, err := Slices(b.Program())
	if err != nil {
		return intel, apple, err
	}
	for i, program := range [][]byte{first, second} {
		l, err := readLayout(program)
		if err != nil {
			return intel, apple, err
		}
		if l.entry == 0 {
			return intel, apple, ErrUnsigned
		}
		blobs, _, err := splitIndex(program[l.code:])
		if err != nil {
			return intel, apple, err
		}
		*[]*CDHash{&intel, &apple}[i] = hashDirectory(blobs[slotDirectory])
	}
	return intel, apple, nil
}

// ErrOther says that what came back is not what was handed out.
var ErrOther = errors.New("darwin: not the bundle that was handed out")

// SameBut compares a bundle that was handed out to be notarised with the one
// that came back. Its two hashes and all its files have to be the same; a
// ticket may have been added.
func SameBut(out, back *Bundle) error {
	intel, apple, err := out.Hashes()
	if err != nil {
		return err
	}
	backIntel, backApple, err := back.Hashes()
	if err != nil {
		return err
	}
	if intel != backIntel || apple != backApple {
		return fmt.Errorf("%w: cdhash %x and %x, want %x and %x", ErrOther, backIntel, backApple, intel, apple)
	}
	if out.Name != back.Name {
		return fmt.Errorf("%w: %q, want %q", ErrOther, back.Name, out.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(back.Files)) {
		if was, ok := out.Files[name]; name != ticketName && (!ok || !bytes.Equal(was, back.Files[name])) {
			return fmt.Errorf("%w: %s", ErrOther, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(out.Files)) {
		if _, ok := back.Files[name]; !ok {
			return fmt.Errorf("%w: %s is missing", ErrOther, name)
		}
	}
	return nil
}

// SameCode compares a bundle before and after it was signed: all its files, and
// in the program everything but the signatures and the room for them.
func SameCode(unsigned, signed *Bundle) error {
	if unsigned.Name != signed.Name || len(unsigned.Files) != len(signed.Files) {
		return fmt.Errorf("%w: %q of %d files, want %q of %d", ErrOther, signed.Name, len(signed.Files), unsigned.Name, len(unsigned.Files))
	}
	for name, content := range unsigned.Files {
		if name != programFolder+unsigned.id() && !bytes.Equal(content, signed.Files[name]) {
			return fmt.Errorf("%w: %s", ErrOther, name)
		}
	}
	intel, apple, err := Slices(unsigned.Program())
	if err != nil {
		return err
	}
	signedIntel, signedApple, err := Slices(signed.Program())
	if err != nil {
		return err
	}
	for _, pair := range [][2][]byte{{intel, signedIntel}, {apple, signedApple}} {
		l, err := readLayout(pair[1])
		if err != nil {
			return err
		}
		want, err := reserve(pair[0], len(pair[1])-l.code)
		if err != nil {
			return err
		}
		if len(want) != len(pair[1]) || !bytes.Equal(want[:l.code], pair[1][:l.code]) {
			return fmt.Errorf("%w: code for %s", ErrOther, l.processor)
		}
	}
	return nil
}
