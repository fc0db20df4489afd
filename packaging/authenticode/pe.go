// Package authenticode reads a Windows program and the signature in it, as
// strictly as can be: headers, sections one after another, one signature, and
// not one byte that the signature does not cover and that is not the signature
// itself. Windows is more lenient; what we hand out is not. It signs nothing.
//
// Source: Microsoft, "Windows Authenticode Portable Executable Signature
// Format" (2008), and "PE Format".
package authenticode

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var (
	// ErrProgram says that a file is not a Windows program of the form that
	// ours have.
	ErrProgram = errors.New("authenticode: not a program as we make them")
	// ErrUnsigned says that a program carries no signature.
	ErrUnsigned = errors.New("authenticode: not signed")
	// ErrTable says that the place of the signature holds more, or something
	// else, than one signature.
	ErrTable = errors.New("authenticode: table of signatures")
	// ErrSignature says that the signature does not fit the program.
	ErrSignature = errors.New("authenticode: signature does not fit")
	// ErrChecksum says that the program's checksum is wrong: something was
	// altered after it was signed.
	ErrChecksum = errors.New("authenticode: checksum is wrong")
)

// The places in a program's headers, counted from the optional header.
const (
	dosHeader    = 64
	peOffset     = 0x3c
	fileHeader   = 24 // with the signature "PE\0\0"
	magic64      = 0x20b
	atHeaders    = 60
	atChecksum   = 64
	atCount      = 108
	atTable      = 144
	minOptional  = atTable + 8
	sectionSize  = 40
	maxSections  = 96 // Windows' own limit
	tableHead    = 8
	tableRound   = 8
	revision2    = 0x200
	kindPKCS7    = 2
	maxProgram   = 1 << 30
	tableEntries = 5
)

// image is where things lie in a program.
type image struct {
	program  []byte
	checksum int // of the checksum field
	entry    int // of the table's entry in the headers
	end      int // of the sections
	table    int // where the table begins, or 0
}

func wrong(what string) error { return fmt.Errorf("%w: %s", ErrProgram, what) }

// read finds headers and sections. All of the program but the table of
// signatures at its end has to belong to them.
func read(program []byte) (image, error) {
	at, err := header(program)
	if err != nil {
		return image{}, err
	}
	le := binary.LittleEndian
	sections, size := int(le.Uint16(program[at+6:])), int(le.Uint16(program[at+20:]))
	optional := at + fileHeader
	table := optional + size
	headers := int(le.Uint32(program[optional+atHeaders:]))
	switch {
	case size < minOptional || le.Uint16(program[optional:]) != magic64 || le.Uint32(program[optional+atCount:]) < tableEntries:
		return image{}, wrong("not for 64 bits")
	case sections == 0 || sections > maxSections || headers > len(program) || table+sections*sectionSize > headers:
		return image{}, wrong("sections")
	}
	i := image{program: program, checksum: optional + atChecksum, entry: optional + atTable}
	if i.end, err = lastByte(program[table:table+sections*sectionSize], headers, len(program)); err != nil {
		return image{}, err
	}
	return i, i.readTable()
}

// header returns where the program's header lies; what is read of it by read
// is there.
func header(program []byte) (int, error) {
	if len(program) > maxProgram || len(program) < dosHeader || string(program[:2]) != "MZ" {
		return 0, wrong("no program")
	}
	at := int(binary.LittleEndian.Uint32(program[peOffset:]))
	if at < dosHeader || at%8 != 0 || at > len(program)-fileHeader-minOptional || string(program[at:at+4]) != "PE\x00\x00" {
		return 0, wrong("headers")
	}
	return at, nil
}

// lastByte walks through the sections, which lie one after another without a
// gap, in their own order in the file.
func lastByte(heads []byte, begin, size int) (int, error) {
	type span struct{ from, to int }
	var spans []span
	for len(heads) > 0 {
		n, from := int(binary.LittleEndian.Uint32(heads[16:])), int(binary.LittleEndian.Uint32(heads[20:]))
		if n > 0 {
			spans = append(spans, span{from, from + n})
		}
		heads = heads[sectionSize:]
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	end := begin
	for _, s := range spans {
		if s.from != end || s.to > size {
			return 0, wrong("a gap between sections")
		}
		end = s.to
	}
	return end, nil
}

// readTable finds the table of signatures, which begins where the sections end
// and ends with the file.
func (i *image) readTable() error {
	at, size := int(binary.LittleEndian.Uint32(i.program[i.entry:])), int(binary.LittleEndian.Uint32(i.program[i.entry+4:]))
	if at == 0 && size == 0 {
		if i.end != len(i.program) {
			return wrong("something follows the last section")
		}
		return nil
	}
	if at != i.end || size != len(i.program)-i.end || size < tableHead {
		return fmt.Errorf("%w: it does not lie between the last section and the end", ErrTable)
	}
	i.table = at
	return nil
}

// signature returns the one signature in the table.
func (i *image) signature() ([]byte, error) {
	if i.table == 0 {
		return nil, ErrUnsigned
	}
	table := i.program[i.table:]
	length := int(binary.LittleEndian.Uint32(table))
	if round(length) != len(table) || length < tableHead || !zero(table[min(length, len(table)):]) {
		return nil, fmt.Errorf("%w: not one signature", ErrTable)
	}
	if binary.LittleEndian.Uint16(table[4:]) != revision2 || binary.LittleEndian.Uint16(table[6:]) != kindPKCS7 {
		return nil, fmt.Errorf("%w: signature of another kind", ErrTable)
	}
	signature := table[tableHead:length]
	der, ok := derLength(signature)
	if !ok || der > len(signature) || round(der) < len(signature) || !zero(signature[der:]) {
		return nil, fmt.Errorf("%w: something follows the signature", ErrTable)
	}
	return signature[:der], nil
}

func round(n int) int { return (n + tableRound - 1) / tableRound * tableRound }

func zero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// derLength returns how long a DER sequence is with its head.
func derLength(b []byte) (int, bool) {
	const long = 0x80
	if len(b) < 2 || b[0] != 0x30 {
		return 0, false
	}
	if b[1] < long {
		return 2 + int(b[1]), true
	}
	n := int(b[1] &^ long)
	if n == 0 || n > 3 || len(b) < 2+n {
		return 0, false
	}
	size := 0
	for _, c := range b[2 : 2+n] {
		size = size<<8 | int(c)
	}
	return 2 + n + size, true
}

// digest is what a signature signs: the program without its checksum, the
// table's entry and the table.
func (i *image) digest(hash crypto.Hash) []byte {
	h := hash.New()
	h.Write(i.program[:i.checksum])
	h.Write(i.program[i.checksum+4 : i.entry])
	h.Write(i.program[i.entry+8 : i.end])
	// A program whose sections end between two multiples of 8 is signed as if
	// zeros followed; ours end with a whole block of 512.
	h.Write(make([]byte, round(i.end)-i.end))
	return h.Sum(nil)
}

// Digest returns the SHA-256 that a signature of the program signs. It is the
// same before and after signing: so what comes back signed is known to be what
// was handed out.
func Digest(program []byte) ([]byte, error) {
	i, err := read(program)
	if err != nil {
		return nil, err
	}
	return i.digest(crypto.SHA256), nil
}

// Signed reports whether a program carries a signature.
func Signed(program []byte) (bool, error) {
	i, err := read(program)
	return i.table != 0, err
}

// checksumOf adds up the program as Windows does: 16-bit words with carry, the
// field itself as zeros, and the length.
func (i *image) checksumOf() uint32 {
	var sum uint64
	le := binary.LittleEndian
	b := i.program
	add := func(b []byte) {
		// Two words at a time: what overflows is folded back below.
		for ; len(b) >= 4; b = b[4:] {
			sum += uint64(le.Uint32(b))
		}
		var last [4]byte
		copy(last[:], b)
		sum += uint64(le.Uint32(last[:]))
	}
	add(b[:i.checksum])
	add(b[i.checksum+4:])
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return uint32(sum) + uint32(len(b))
}

// SetChecksum writes the checksum that the program should have, in place.
func SetChecksum(program []byte) error {
	i, err := read(program)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(program[i.checksum:], i.checksumOf())
	return nil
}

// Attach returns the program with a signature in the table at its end, and with
// the checksum that it then has. It must not carry one yet.
func Attach(program, signature []byte) ([]byte, error) {
	i, err := read(program)
	if err != nil {
		return nil, err
	}
	if i.table != 0 {
		return nil, fmt.Errorf("%w: it carries a signature already", ErrTable)
	}
	if round(len(program)) != len(program) {
		return nil, wrong("it does not end with a whole block")
	}
	length := round(tableHead + len(signature))
	le := binary.LittleEndian
	out := make([]byte, 0, len(program)+length)
	out = append(out, program...)
	out = le.AppendUint32(out, uint32(length))
	out = le.AppendUint16(out, revision2)
	out = le.AppendUint16(out, kindPKCS7)
	out = append(out, signature...)[:len(program)+length]
	le.PutUint32(out[i.entry:], uint32(len(program)))
	le.PutUint32(out[i.entry+4:], uint32(length))
	return out, SetChecksum(out)
}
