package darwin

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"lotse/packaging/brand"
)

// A universal file (Apple, mach-o/fat.h), big-endian: magic, how many, and for
// each slice processor, its kind, place, length and rounding as a power of 2.
const (
	fatMagic  = 0xcafebabe
	fatHead   = 8
	fatEntry  = 20
	fatRound  = 14
	anyIntel  = 3
	anyApple  = 0
	allSlices = 2
)

// Universal puts a program for Intel's and one for Apple's processors into one
// file. It is the only form that Slices takes.
func Universal(intel, apple []byte) ([]byte, error) {
	head, at, err := fatHeader(intel, apple)
	if err != nil {
		return nil, err
	}
	whole := make([]byte, at[1]+len(apple))
	copy(whole, head)
	copy(whole[at[0]:], intel)
	copy(whole[at[1]:], apple)
	return whole, nil
}

// fatHeader is the head of the one form, and where its slices begin.
func fatHeader(slices ...[]byte) (head []byte, at [allSlices]int, err error) {
	be := binary.BigEndian
	head = be.AppendUint32(be.AppendUint32(nil, fatMagic), allSlices)
	next := 1 << fatRound
	for i, s := range slices {
		l, err := readLayout(s)
		if err != nil {
			return nil, at, err
		}
		want, kind := Intel, uint32(anyIntel)
		if i == 1 {
			want, kind = Apple, anyApple
		}
		if l.processor != want {
			return nil, at, badProgram(fmt.Sprintf("for %s, want %s", l.processor, want))
		}
		at[i] = next
		for _, n := range []uint32{uint32(want), kind, uint32(next), uint32(len(s)), fatRound} {
			head = be.AppendUint32(head, n)
		}
		next = roundUp(next+len(s), 1<<fatRound)
	}
	return head, at, nil
}

// Slices returns the two programs of a universal file, Intel's first. A file
// that Universal would not have written is refused: one with another order, a
// third slice, or a byte between or behind them.
func Slices(file []byte) (intel, apple []byte, err error) {
	if len(file) < fatHead+allSlices*fatEntry || len(file) > allSlices*brand.MaxProgram {
		return nil, nil, badProgram("not a universal one")
	}
	var got [allSlices][]byte
	for i := range got {
		entry := file[fatHead+i*fatEntry:]
		at, n := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(at)+uint64(n) > uint64(len(file)) {
			return nil, nil, badProgram("a slice lies outside the file")
		}
		got[i] = file[at : at+n]
	}
	head, at, err := fatHeader(got[0], got[1])
	if err != nil {
		return nil, nil, err
	}
	// fatHeader puts the slices where the file has to have them.
	if at[0]+len(got[0]) > at[1] || at[1]+len(got[1]) != len(file) ||
		!bytes.Equal(file[:len(head)], head) || !zero(file[len(head):at[0]]) || !zero(file[at[0]+len(got[0]):at[1]]) {
		return nil, nil, badProgram("not a universal one of two slices and nothing else")
	}
	return got[0], got[1], nil
}

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
