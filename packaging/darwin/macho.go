package darwin

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"lotse/packaging/brand"
)

// Parts of a Mach-O file (Apple, mach-o/loader.h), little-endian.
const (
	machoMagic     = 0xfeedfacf
	machoHead      = 32
	kindExecute    = 2
	maxCommands    = 128
	maxCommandSize = 64 << 10
	segment64      = 0x19
	segmentHead    = 72
	sectionSize    = 80
	maxSections    = 64
	codeSignature  = 0x1d
	signatureSize  = 16
	buildVersion   = 0x32
	platformMacOS  = 1
	// codeRound is where a signature may begin; pageRound is what the last
	// segment's memory is rounded up to, the larger page of the two processors.
	codeRound = 16
	pageRound = 16 << 10
)

// Processor is a kind of processor that a slice is for.
type Processor uint32

// The processors that macOS runs on.
const (
	Intel Processor = 0x0100_0007
	Apple Processor = 0x0100_000c
)

// String is the processor as Go names it.
func (p Processor) String() string {
	switch p {
	case Intel:
		return "amd64"
	case Apple:
		return "arm64"
	}
	return fmt.Sprintf("processor %#x", uint32(p))
}

// layout is where things lie in a program for one processor.
type layout struct {
	processor Processor
	commands  int    // how many load commands there are
	end       int    // of the load commands
	first     int    // byte of a section; between end and it lie zeros
	text      uint64 // length of the code's segment in the file
	link      int    // of the last segment's command
	linkAt    uint64 // where that segment begins in the file
	entry     int    // of the signature's command, or 0
	code      int    // how many bytes a signature covers
	minimum   uint32 // the oldest macOS, as 0x000c0000 for 12.0
	sdk       uint32
	libraries []string
}

func badProgram(what string) error { return fmt.Errorf("%w: %s", ErrProgram, what) }

// readLayout reads the load commands of a 64-bit program. The signature, if
// there is one, ends with the file, and so does the last segment.
func readLayout(b []byte) (layout, error) {
	le := binary.LittleEndian
	if len(b) < machoHead || len(b) > brand.MaxProgram || le.Uint32(b) != machoMagic {
		return layout{}, badProgram("not one for 64 bits")
	}
	l := layout{processor: Processor(le.Uint32(b[4:])), commands: int(le.Uint32(b[16:])), first: len(b), code: len(b)}
	size := le.Uint32(b[20:])
	switch {
	case l.processor != Intel && l.processor != Apple:
		return layout{}, badProgram("for another processor")
	case le.Uint32(b[12:]) != kindExecute:
		return layout{}, badProgram("not a program")
	case l.commands > maxCommands || size > maxCommandSize || int(size) > len(b)-machoHead:
		return layout{}, badProgram("too many load commands")
	}
	l.end = machoHead + int(size)
	if err := l.readCommands(b); err != nil {
		return layout{}, err
	}
	return l, l.check(b)
}

func (l *layout) readCommands(b []byte) error {
	rest := b[machoHead:l.end]
	for range l.commands {
		if len(rest) < 8 {
			return badProgram("load commands")
		}
		n := binary.LittleEndian.Uint32(rest[4:])
		if n < 8 || n%8 != 0 || int(n) > len(rest) {
			return badProgram("load command")
		}
		if err := l.command(rest[:n], l.end-len(rest), len(b)); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		return badProgram("something follows the load commands")
	}
	return nil
}

// command reads one load command, which lies at the place at.
func (l *layout) command(c []byte, at, size int) error {
	le := binary.LittleEndian
	switch kind := le.Uint32(c); kind {
	case segment64:
		return l.segment(c, at, size)
	case codeSignature:
		if len(c) != signatureSize {
			return badProgram("load command")
		}
		from, n := int(le.Uint32(c[8:])), int(le.Uint32(c[12:]))
		if l.entry != 0 || from%codeRound != 0 || n == 0 || from+n != size {
			return badProgram("the signature does not lie at its end")
		}
		l.entry, l.code = at, from
	case buildVersion:
		if len(c) < 24 || le.Uint32(c[8:]) != platformMacOS || l.minimum != 0 {
			return badProgram("not for macOS")
		}
		l.minimum, l.sdk = le.Uint32(c[12:]), le.Uint32(c[16:])
	case 0xc, 0x80000018, 0x8000001f, 0x20, 0x80000023, 0x8000001c: // libraries: needed, weak, passed on, lazy, upward; and where to look for them
		name, err := text(c)
		if err != nil {
			return err
		}
		l.libraries = append(l.libraries, name)
	}
	return nil
}

// text is the name that a load command ends with.
func text(c []byte) (string, error) {
	if len(c) < 12 {
		return "", badProgram("load command")
	}
	at := binary.LittleEndian.Uint32(c[8:])
	if at < 12 || int(at) > len(c) {
		return "", badProgram("load command")
	}
	name, _, ok := bytes.Cut(c[at:], []byte{0})
	if !ok {
		return "", badProgram("load command")
	}
	return string(name), nil
}

func (l *layout) segment(c []byte, at, size int) error {
	le := binary.LittleEndian
	if len(c) < segmentHead {
		return badProgram("segment")
	}
	name := string(bytes.TrimRight(c[8:24], "\x00"))
	from, n, sections := le.Uint64(c[40:]), le.Uint64(c[48:]), le.Uint32(c[64:])
	if from > uint64(size) || n > uint64(size)-from || sections > maxSections || len(c) != segmentHead+int(sections)*sectionSize {
		return badProgram("segment")
	}
	if n > 0 {
		l.sections(c[segmentHead:])
	}
	switch name {
	case "__TEXT":
		if from != 0 || l.text != 0 {
			return badProgram("the code does not begin with the file")
		}
		l.text = n
	case "__LINKEDIT":
		if l.link != 0 || from+n != uint64(size) {
			return badProgram("something follows the last segment")
		}
		l.link, l.linkAt = at, from
	}
	return nil
}

// sections finds where the first one with content begins in the file.
func (l *layout) sections(heads []byte) {
	for ; len(heads) > 0; heads = heads[sectionSize:] {
		if begin := int(binary.LittleEndian.Uint32(heads[48:])); begin > 0 && binary.LittleEndian.Uint64(heads[40:]) > 0 {
			l.first = min(l.first, begin)
		}
	}
}

// check looks at what has to be there.
func (l *layout) check(b []byte) error {
	switch {
	case l.link == 0 || l.text == 0 || l.minimum == 0:
		return badProgram("code, last segment or oldest macOS is not named")
	case l.first < l.end:
		return badProgram("a section lies in the load commands")
	case uint64(l.code) < l.linkAt:
		return badProgram("the signature lies before the last segment")
	case !zero(b[l.end:l.first]):
		return badProgram("something lies between the load commands and the first section")
	}
	return nil
}

// systemOnly refuses libraries that somebody could put beside the program.
func (l *layout) systemOnly() error {
	for _, name := range l.libraries {
		if !strings.HasPrefix(name, "/usr/lib/") && !strings.HasPrefix(name, "/System/Library/") {
			return badProgram(fmt.Sprintf("it loads %q, which is not the system's", name))
		}
	}
	return nil
}

// reserve returns the program without a signature it has, and with room for
// one of size bytes at its end, which the headers name.
func reserve(program []byte, size int) ([]byte, error) {
	l, err := readLayout(program)
	if err != nil {
		return nil, err
	}
	at := roundUp(l.code, codeRound)
	size = roundUp(size, codeRound)
	out := make([]byte, at+size)
	copy(out, program[:l.code])
	le := binary.LittleEndian
	if l.entry == 0 {
		if l.end+signatureSize > l.first {
			return nil, badProgram("no room for a signature's load command")
		}
		l.entry = l.end
		le.PutUint32(out[16:], uint32(l.commands+1))
		le.PutUint32(out[20:], uint32(l.end-machoHead+signatureSize))
		le.PutUint32(out[l.entry:], codeSignature)
		le.PutUint32(out[l.entry+4:], signatureSize)
	}
	le.PutUint32(out[l.entry+8:], uint32(at))
	le.PutUint32(out[l.entry+12:], uint32(size))
	length := len(out) - int(l.linkAt)
	le.PutUint64(out[l.link+32:], uint64(roundUp(length, pageRound)))
	le.PutUint64(out[l.link+48:], uint64(length))
	return out, nil
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }
