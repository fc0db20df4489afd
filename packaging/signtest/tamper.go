package signtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"lotse/packaging/authenticode"
	"lotse/packaging/profile"
)

// Tampered is a signed program with one thing done to it.
type Tampered struct {
	Name    string
	Program []byte
}

// Tamper returns every way in which a signed program is altered in the tests.
// appName is the profile's name for the program.
func Tamper(program []byte, appName string) ([]Tampered, error) {
	slots := profile.FindSlots(program)
	if len(slots) != 1 {
		return nil, fmt.Errorf("signtest: %d slots", len(slots))
	}
	content := program[slots[0] : slots[0]+profile.SlotSize]
	note := bytes.Index(content, []byte("\n\nlotse profile\n"))
	signature := bytes.Index(content, []byte("\n\n\xe2\x80\x94 ")) // the dash before who signed
	if note < 0 || signature < note {
		return nil, errors.New("signtest: no note in the slot")
	}
	t := &tamper{program: program}
	wide := make([]byte, 0, 2*len(appName))
	for _, c := range []byte(appName) {
		wide = append(wide, c, 0)
	}
	t.flip("code", t.section(".text")+1000)
	t.flip("profile", slots[0]+note+100)
	t.flip("profile signature", slots[0]+signature+30)
	t.flip("issuer key", slots[0]+note-10)
	t.flip("icon", t.find("\x89PNG", ".rsrc")+60)
	t.flip("version information", t.find(string(wide), ".rsrc"))
	t.flip("manifest", t.find("asInvoker", ".rsrc"))
	t.flip("header", 0x40) // in the DOS program, which nothing runs
	t.add("overlay behind the signature", append(slices.Clone(program), "payload."...))
	t.table("padding in the table", func(table []byte) []byte { return append(table, "payload."...) })
	t.table("second signature in the table", func(table []byte) []byte { return append(table, table...) })
	t.signature("unauthenticated attribute", withAttribute)
	t.stripped()
	return t.all, t.err
}

// tamper collects what was done; the first error ends it.
type tamper struct {
	program []byte
	all     []Tampered
	err     error
}

func (t *tamper) add(name string, program []byte) {
	t.all = append(t.all, Tampered{name, program})
}

// flip alters one byte, and the checksum with it: whoever alters a program can
// add.
func (t *tamper) flip(name string, at int) {
	if t.err != nil {
		return
	}
	b := slices.Clone(t.program)
	b[at] ^= 2
	if err := authenticode.SetChecksum(b); err != nil {
		t.err = fmt.Errorf("signtest: %s: %w", name, err)
	}
	t.all = append(t.all, Tampered{name, b})
}

// section returns where a section begins in the file.
func (t *tamper) section(name string) int {
	at := bytes.Index(t.program, append([]byte(name), make([]byte, 8-len(name))...))
	if at < 0 {
		t.err = fmt.Errorf("signtest: no section %s", name)
		return 0
	}
	return int(binary.LittleEndian.Uint32(t.program[at+20:]))
}

// find returns where text stands, from a section on.
func (t *tamper) find(text, section string) int {
	from := t.section(section)
	at := bytes.Index(t.program[from:], []byte(text))
	if at < 0 {
		t.err = fmt.Errorf("signtest: no %q in %s", text, section)
		return 0
	}
	return from + at
}

// entry is the table's entry in the headers.
func (t *tamper) entry() int {
	const fromHeader = 24 + 144
	return int(binary.LittleEndian.Uint32(t.program[0x3c:])) + fromHeader
}

// table alters the table of signatures and what says how long it is, so that
// Windows takes it for whole.
func (t *tamper) table(name string, change func([]byte) []byte) {
	if t.err != nil {
		return
	}
	le := binary.LittleEndian
	at := int(le.Uint32(t.program[t.entry():]))
	table := change(slices.Clone(t.program[at:]))
	if name != "second signature in the table" {
		le.PutUint32(table, uint32(len(table)))
	}
	b := append(slices.Clone(t.program[:at]), table...)
	le.PutUint32(b[t.entry()+4:], uint32(len(table)))
	if err := authenticode.SetChecksum(b); err != nil {
		t.err = fmt.Errorf("signtest: %s: %w", name, err)
	}
	t.add(name, b)
}

// signature replaces the signature.
func (t *tamper) signature(name string, change func([]byte) ([]byte, error)) {
	t.table(name, func(table []byte) []byte {
		const head, block = 8, 8
		der, err := change(table[head:])
		if err != nil {
			t.err = err
		}
		out := append(table[:head:head], der...)
		return append(out, make([]byte, (block-len(out)%block)%block)...)
	})
}

// stripped takes the signature away.
func (t *tamper) stripped() {
	if t.err != nil {
		return
	}
	b, err := Strip(t.program)
	t.err = err
	t.add("signature stripped", b)
}

// Strip returns a signed program without its signature.
func Strip(program []byte) ([]byte, error) {
	t := tamper{program: program}
	at := int(binary.LittleEndian.Uint32(program[t.entry():]))
	b := slices.Clone(program[:at])
	copy(b[t.entry():], make([]byte, 8))
	if err := authenticode.SetChecksum(b); err != nil {
		return nil, fmt.Errorf("signtest: strip: %w", err)
	}
	return b, nil
}

// withAttribute adds an attribute that nobody signed, behind the time stamp:
// the last value of the last value, six times, is the set of them.
func withAttribute(der []byte) ([]byte, error) {
	const depth = 6
	var attribute cryptobyte.Builder
	attribute.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier([]int{1, 3, 6, 1, 4, 1, 42921, 1, 2, 1})
		b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { b.AddASN1OctetString([]byte("payload: another server")) })
	})
	add, err := attribute.Bytes()
	if err != nil {
		return nil, fmt.Errorf("signtest: attribute: %w", err)
	}
	return appendDeep(der, depth, add)
}

// appendDeep appends to the last value at a depth, and mends the lengths.
func appendDeep(der []byte, depth int, add []byte) ([]byte, error) {
	in := cryptobyte.String(der)
	var body cryptobyte.String
	var kind tag.Tag
	if !in.ReadAnyASN1(&body, &kind) {
		return nil, errors.New("signtest: not DER")
	}
	if depth == 0 {
		return wrap(kind, append(slices.Clone([]byte(body)), add...))
	}
	var before []byte
	var last cryptobyte.String
	for rest := body; !rest.Empty(); {
		before = append(before, last...)
		last = nil
		if !rest.ReadAnyASN1Element(&last, &kind) {
			return nil, errors.New("signtest: not DER")
		}
	}
	inner, err := appendDeep(last, depth-1, add)
	if err != nil {
		return nil, err
	}
	return wrap(tag.Tag(der[0]), append(before, inner...))
}

func wrap(kind tag.Tag, body []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(kind, func(b *cryptobyte.Builder) { b.AddBytes(body) })
	out, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("signtest: %w", err)
	}
	return out, nil
}
