package brand

import (
	"encoding/binary"
	"errors"
	"testing"
)

// tinyPE is a program whose one section, at 0x1000 in memory, holds a table of
// libraries, if it is to be loaded late the one for that.
func tinyPE(late bool, section []byte) []byte {
	const headers, room, lie = 0x200, 0x400, 0x80
	le := binary.LittleEndian
	b := make([]byte, headers+room)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], lie)
	copy(b[lie:], "PE\x00\x00")
	coff := b[lie+4:]
	le.PutUint16(coff, 0x8664)
	le.PutUint16(coff[2:], 1)
	le.PutUint16(coff[16:], 240)
	optional := coff[20:]
	le.PutUint16(optional, 0x20b)
	le.PutUint32(optional[108:], 16)
	directory := 1
	if late {
		directory = 13
	}
	le.PutUint32(optional[112+8*directory:], 0x1000)
	le.PutUint32(optional[112+8*directory+4:], uint32(len(section)))
	head := optional[240:]
	copy(head, ".idata")
	for i, n := range []uint32{room, 0x1000, room, headers} {
		le.PutUint32(head[8+4*i:], n)
	}
	copy(b[headers:], section)
	return b
}

// words are numbers in the section.
func words(n ...uint32) (out []byte) {
	for _, w := range n {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

// A library is loaded whatever is taken of it: a name, a number, or nothing yet.
func TestLibrariesAreKnownOnes(t *testing.T) {
	const names, list, address = 0x1100, 0x1200, 0x1300
	at := func(section []byte, place uint32, more []byte) []byte {
		section = append(section, make([]byte, int(place)-0x1000-len(section))...)
		return append(section, more...)
	}
	// The list says "number 1 of it".
	number := func(table []byte, library string) []byte {
		return at(at(at(table, names, append([]byte(library), 0)), list, words(1, 0x80000000, 0, 0)), address, words(1, 0x80000000, 0, 0))
	}
	end := words(0, 0, 0, 0, 0)
	usual := words(list, 0, 0, names, address)
	for name, row := range map[string]struct {
		program []byte
		ok      bool
	}{
		"a number of Windows' own":  {tinyPE(false, number(append(usual, end...), "KERNEL32.dll")), true},
		"a number of another":       {tinyPE(false, number(append(usual, end...), "evil.dll")), false},
		"without a list of names":   {tinyPE(false, number(append(words(0, 0, 0, names, address), end...), "evil.dll")), false},
		"the second":                {tinyPE(false, number(append(append(words(list, 0, 0, names+9, address), usual...), end...), "evil.dll\x00kernel32.dll")), false},
		"loaded late":               {tinyPE(true, number(append(words(1, names, 0, address, list, 0, 0, 0), words(0, 0, 0, 0, 0, 0, 0, 0)...), "evil.dll")), false},
		"Windows' own, loaded late": {tinyPE(true, number(append(words(1, names, 0, address, list, 0, 0, 0), words(0, 0, 0, 0, 0, 0, 0, 0)...), "ole32.dll")), true},
		"a name outside the file":   {tinyPE(false, append(words(list, 0, 0, 0x9000, address), end...)), false},
		"no name":                   {tinyPE(false, append(words(list, 0, 0, 0, address), end...)), false},
		"no end":                    {tinyPE(false, number(words(list, 0, 0, names, address, list, 0, 0, 0, address), "kernel32.dll")), false},
		"none":                      {tinyPE(false, end), true},
	} {
		if err := onlyKnown(row.program); (err == nil) != row.ok || err != nil && !errors.Is(err, ErrTemplate) {
			t.Errorf("%s: got %v, want taken %t", name, err, row.ok)
		}
	}
}
