package profile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SlotSize is the room in bytes that every program keeps for its profile.
const SlotSize = 64 << 10

// The slot is: magic (16) · version (4) · length of the content (4) · SHA-256
// of the content (32) · content · zeros. The content is the issuers' verifier
// keys, one a line, an empty line, and the signed note. Numbers are big-endian.
const (
	slotVersion = 1
	slotHead    = magicSize + 4 + 4 + sha256.Size
	magicSize   = 16
	maxIssuers  = 4
)

// ErrSlot says that a file is no program that can carry a profile.
var ErrSlot = errors.New("profile: no place for a profile")

// Slot is what a program carries.
type Slot struct {
	// Issuers are the verifier keys of who signs this organisation's profiles.
	Issuers []string
	// Note is the signed profile.
	Note []byte
}

// slotMagic marks the slot in a program. The program's code holds it backwards
// only, so that a file has it once.
func slotMagic() []byte {
	magic := []byte("\x9c\x1dTOLS ESTOL\xe2\xb7\x03\x91")
	slices.Reverse(magic)
	return magic
}

// EmptySlot is what a template carries: SlotSize bytes that say so.
func EmptySlot() []byte {
	b := append(make([]byte, 0, SlotSize), slotMagic()...)
	b = binary.BigEndian.AppendUint32(b, slotVersion)
	return b[:SlotSize]
}

// Bytes returns the slot as it stands in a program, SlotSize bytes long.
func (s Slot) Bytes() ([]byte, error) {
	if len(s.Issuers) == 0 || len(s.Issuers) > maxIssuers {
		return nil, fmt.Errorf("%w: %d issuers, want 1 to %d", ErrSlot, len(s.Issuers), maxIssuers)
	}
	if _, _, err := Open(s.Note, s.Issuers); err != nil {
		return nil, err
	}
	content := append([]byte(strings.Join(s.Issuers, "\n")+"\n\n"), s.Note...)
	if len(content) > SlotSize-slotHead {
		return nil, fmt.Errorf("%w: profile of %d bytes, at most %d", ErrSlot, len(content), SlotSize-slotHead)
	}
	sum := sha256.Sum256(content)
	b := EmptySlot()
	head := binary.BigEndian.AppendUint32(b[:magicSize+4], uint32(len(content)))
	copy(append(head, sum[:]...)[:SlotSize][slotHead:], content)
	return b, nil
}

// ParseSlot reads a slot. An empty one is ErrNone; one that is not exactly
// what Bytes writes is ErrDamaged. It does not check the note.
func ParseSlot(b []byte) (Slot, error) {
	if len(b) != SlotSize || !bytes.Equal(b[:magicSize], slotMagic()) {
		return Slot{}, fmt.Errorf("%w: slot", ErrDamaged)
	}
	rest := b[magicSize:]
	version, size, sum := binary.BigEndian.Uint32(rest), binary.BigEndian.Uint32(rest[4:]), rest[8:8+sha256.Size]
	if bytes.Equal(b, EmptySlot()) {
		return Slot{}, ErrNone
	}
	if version != slotVersion || size > SlotSize-slotHead {
		return Slot{}, fmt.Errorf("%w: slot's head", ErrDamaged)
	}
	content, padding := b[slotHead:slotHead+size], b[slotHead+size:]
	if got := sha256.Sum256(content); !bytes.Equal(got[:], sum) || len(bytes.Trim(padding, "\x00")) > 0 {
		return Slot{}, fmt.Errorf("%w: slot's content", ErrDamaged)
	}
	issuers, signed, ok := bytes.Cut(content, []byte("\n\n"))
	s := Slot{Issuers: strings.Split(string(issuers), "\n"), Note: signed}
	if !ok || len(s.Issuers) > maxIssuers {
		return Slot{}, fmt.Errorf("%w: slot's issuers", ErrDamaged)
	}
	return s, nil
}

// Open checks the slot's note against its issuers.
func (s Slot) Open() (text []byte, p *Profile, err error) { return Open(s.Note, s.Issuers) }

// FindSlots returns where slots begin in a program: one in a program for one
// kind of processor, one for each in Apple's universal ones.
func FindSlots(program []byte) []int {
	magic := slotMagic()
	var at []int
	for from := 0; ; {
		i := bytes.Index(program[from:], magic)
		if i < 0 || from+i+SlotSize > len(program) {
			return at
		}
		at = append(at, from+i)
		from += i + SlotSize
	}
}

// ReadSlot returns what the one slot of a program holds.
func ReadSlot(program []byte) (Slot, error) {
	at := FindSlots(program)
	if len(at) != 1 {
		return Slot{}, fmt.Errorf("%w: %d slots, want 1", ErrSlot, len(at))
	}
	return ParseSlot(program[at[0] : at[0]+SlotSize])
}

// Fill writes s into the one slot of a program, in place, whose slot was empty.
// A program that carries a profile already is no template.
func Fill(program []byte, s Slot) error {
	if _, err := ReadSlot(program); !errors.Is(err, ErrNone) {
		if err == nil {
			err = fmt.Errorf("%w: it carries a profile already", ErrSlot)
		}
		return err
	}
	b, err := s.Bytes()
	if err != nil {
		return err
	}
	copy(program[FindSlots(program)[0]:], b)
	return nil
}
