package pack

import (
	"bytes"
	"fmt"
	"slices"

	"lotse/packaging/brand"
	"lotse/packaging/darwin"
	"lotse/packaging/profile"
)

// slicesOf returns the programs in a file: the one that it is, or the two of a
// bundle in a ZIP file.
func slicesOf(file []byte) ([][]byte, error) {
	if !bytes.HasPrefix(file, []byte("PK")) {
		return [][]byte{file}, nil
	}
	b, err := darwin.Unzip(file)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it is not
	}
	intel, apple, err := darwin.Slices(b.Program())
	return [][]byte{intel, apple}, err //nolint:wrapcheck // says what it is not
}

// lookAt says what kind of program a file is: a program, or a bundle in a ZIP
// file.
func lookAt(file []byte) (brand.Template, error) {
	all, err := slicesOf(file)
	if err != nil {
		return brand.Template{}, err
	}
	kinds := make([]brand.Template, len(all))
	for i, program := range all {
		if kinds[i], err = brand.Look(program); err != nil {
			return brand.Template{}, err //nolint:wrapcheck // says what it is not
		}
	}
	if len(slices.Compact(kinds)) > 1 {
		return brand.Template{}, fmt.Errorf("%w: its slices are two programs", darwin.ErrBundle)
	}
	return kinds[0], nil
}

// carriedBy returns what a program carries, or both slices of a bundle do:
// profile.ErrNone for a template.
func carriedBy(file []byte) (profile.Slot, error) {
	all, err := slicesOf(file)
	if err != nil {
		return profile.Slot{}, err
	}
	var first profile.Slot
	for i, program := range all {
		slot, err := profile.ReadSlot(program)
		if err != nil {
			return slot, err //nolint:wrapcheck // says what it is not
		}
		if i > 0 && (!bytes.Equal(slot.Note, first.Note) || !slices.Equal(slot.Issuers, first.Issuers)) {
			return slot, fmt.Errorf("%w: its slices carry two profiles", darwin.ErrBundle)
		}
		first = slot
	}
	return first, nil
}
