package brand

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Tables of libraries in a Windows program (Microsoft, "PE Format"): how long an
// entry is, and where in it the place of the library's name stands.
const (
	importEntry, importName = 20, 12
	delayEntry, delayName   = 32, 4
	// maxLibraries is how many a program may load; ours load six.
	maxLibraries = 64
)

// knownDLLs are libraries that Windows never looks for in a program's folder
// (KnownDLLs in its registry, the same from Windows 7 on, among them).
func knownDLLs() []string {
	return []string{"kernel32.dll", "user32.dll", "gdi32.dll", "shell32.dll", "msvcrt.dll", "advapi32.dll", "ole32.dll"}
}

// onlyKnown reports whether a program can be given a false library by putting
// one beside it: it is loaded before the program has a say. What it loads later
// comes from Windows' own folder (apps/ui/start).
func onlyKnown(program []byte) error {
	all, err := libraries(program)
	if err != nil {
		return err
	}
	for _, library := range all {
		if !slices.Contains(knownDLLs(), strings.ToLower(library)) {
			return fmt.Errorf("%w: it imports %q, which may lie in its folder", ErrTemplate, library)
		}
	}
	return nil
}

// libraries are those that a program names, whatever it wants of them: debug/pe
// lists symbols, and leaves out libraries of which numbers alone are taken.
func libraries(program []byte) ([]string, error) {
	f, err := pe.NewFile(bytes.NewReader(program))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	head, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	if !ok {
		return nil, fmt.Errorf("%w: not for 64 bits", ErrTemplate)
	}
	var out []string
	for _, table := range []struct{ directory, entry, name int }{
		{pe.IMAGE_DIRECTORY_ENTRY_IMPORT, importEntry, importName},
		{pe.IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, delayEntry, delayName},
	} {
		at := head.DataDirectory[table.directory].VirtualAddress
		if at == 0 {
			continue
		}
		names, err := namesIn(program, f.Sections, at, table.entry, table.name)
		if err != nil {
			return nil, err
		}
		out = append(out, names...)
	}
	return out, nil
}

// namesIn reads a table up to its end, an entry of zeros.
func namesIn(program []byte, sections []*pe.Section, at uint32, entry, name int) (out []string, err error) {
	malformed := fmt.Errorf("%w: its table of libraries", ErrTemplate)
	for rest := placed(program, sections, at); len(rest) >= entry && len(out) <= maxLibraries; rest = rest[entry:] {
		if len(bytes.Trim(rest[:entry], "\x00")) == 0 {
			return out, nil
		}
		library, _, ended := bytes.Cut(placed(program, sections, binary.LittleEndian.Uint32(rest[name:])), []byte{0})
		if !ended || len(library) == 0 {
			return nil, malformed
		}
		out = append(out, string(library))
	}
	return nil, malformed
}

// placed is what lies at a place in memory, up to the end of its section in the
// file, or nothing.
func placed(program []byte, sections []*pe.Section, at uint32) []byte {
	for _, s := range sections {
		if begin, end := uint64(s.Offset), uint64(s.Offset)+uint64(s.Size); at >= s.VirtualAddress && at-s.VirtualAddress < s.Size && end <= uint64(len(program)) {
			return program[begin+uint64(at-s.VirtualAddress) : end]
		}
	}
	return nil
}
