package authenticode

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"errors"
	"testing"
)

// small is the least program that is read: two sections of a block each.
func small() []byte {
	const headers, block, optional = 512, 512, 240
	b := make([]byte, headers+2*block)
	copy(b, "MZ")
	le := binary.LittleEndian
	le.PutUint32(b[peOffset:], dosHeader)
	copy(b[dosHeader:], "PE\x00\x00")
	le.PutUint16(b[dosHeader+4:], pe.IMAGE_FILE_MACHINE_AMD64)
	le.PutUint16(b[dosHeader+6:], 2)
	le.PutUint16(b[dosHeader+20:], optional)
	o := dosHeader + fileHeader
	le.PutUint16(b[o:], magic64)
	le.PutUint32(b[o+atHeaders:], headers)
	le.PutUint32(b[o+atCount:], 16)
	for i := range 2 {
		s := b[o+optional+i*sectionSize:]
		copy(s, []string{".text", ".rsrc"}[i])
		le.PutUint32(s[16:], block)
		le.PutUint32(s[20:], uint32(headers+i*block))
	}
	for i := headers; i < len(b); i++ {
		b[i] = byte(i)
	}
	return b
}

func TestAttachedSignatureComesBack(t *testing.T) {
	program := small()
	before, err := Digest(program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(program, Trust{}); !errors.Is(err, ErrUnsigned) {
		t.Errorf("got %v, want %v", err, ErrUnsigned)
	}
	for size := range 20 {
		der := append([]byte{0x30, byte(size)}, bytes.Repeat([]byte{7}, size)...)
		out, err := Attach(program, der)
		if err != nil {
			t.Fatal(err)
		}
		i, err := read(out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := i.signature()
		if err != nil || !bytes.Equal(got, der) {
			t.Errorf("%d bytes: got %x, %v", len(der), got, err)
		}
		after, err := Digest(out)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("digest %x became %x, %v", before, after, err)
		}
		if i.checksumOf() != binary.LittleEndian.Uint32(out[i.checksum:]) {
			t.Error("the checksum is wrong")
		}
		if signed, err := Signed(out); !signed || err != nil {
			t.Errorf("got %v, %v", signed, err)
		}
		if _, err := Attach(out, der); !errors.Is(err, ErrTable) {
			t.Errorf("attached twice: %v", err)
		}
	}
}

// TestChecksumAddsWords checks the sum against a plain way of adding.
func TestChecksumAddsWords(t *testing.T) {
	program := small()
	i, err := read(program)
	if err != nil {
		t.Fatal(err)
	}
	var sum uint32
	for at := 0; at < len(program); at += 2 {
		if at == i.checksum || at == i.checksum+2 {
			continue
		}
		sum += uint32(binary.LittleEndian.Uint16(program[at:]))
		sum = sum&0xffff + sum>>16
	}
	if got, want := i.checksumOf(), sum+uint32(len(program)); got != want {
		t.Errorf("got %08x, want %08x", got, want)
	}
}

func TestProgramsThatAreRefused(t *testing.T) {
	le := binary.LittleEndian
	o := dosHeader + fileHeader
	const first = dosHeader + fileHeader + 240
	for name, change := range map[string]func([]byte) []byte{
		"nothing":                      func([]byte) []byte { return nil },
		"no program":                   func(b []byte) []byte { b[0] = 'X'; return b },
		"headers behind the end":       func(b []byte) []byte { le.PutUint32(b[peOffset:], 1<<31); return b },
		"headers that overlap":         func(b []byte) []byte { le.PutUint32(b[peOffset:], 8); return b },
		"for 32 bits":                  func(b []byte) []byte { le.PutUint16(b[o:], 0x10b); return b },
		"no sections":                  func(b []byte) []byte { le.PutUint16(b[dosHeader+6:], 0); return b },
		"too many sections":            func(b []byte) []byte { le.PutUint16(b[dosHeader+6:], 0xffff); return b },
		"a short optional header":      func(b []byte) []byte { le.PutUint16(b[dosHeader+20:], 100); return b },
		"no place for a signature":     func(b []byte) []byte { le.PutUint32(b[o+atCount:], 4); return b },
		"headers longer than the file": func(b []byte) []byte { le.PutUint32(b[o+atHeaders:], 1<<30); return b },
		"a gap":                        func(b []byte) []byte { le.PutUint32(b[first+sectionSize+20:], 1025); return b },
		"an overlap":                   func(b []byte) []byte { le.PutUint32(b[first+sectionSize+20:], 1000); return b },
		"a section behind the end":     func(b []byte) []byte { le.PutUint32(b[first+sectionSize+16:], 1<<30); return b },
		"an overlay":                   func(b []byte) []byte { return append(b, 1) },
		"zeros behind":                 func(b []byte) []byte { return append(b, make([]byte, 512)...) },
		"a section less":               func(b []byte) []byte { le.PutUint16(b[dosHeader+6:], 1); return b },
		"a table in a section":         func(b []byte) []byte { le.PutUint32(b[o+atTable:], 1024); le.PutUint32(b[o+atTable+4:], 512); return b },
	} {
		b := change(small())
		if _, err := Digest(b); !errors.Is(err, ErrProgram) && !errors.Is(err, ErrTable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	whole := small()
	for n := range whole {
		if _, err := Digest(whole[:n]); err == nil {
			t.Errorf("%d bytes of %d: taken", n, len(whole))
		}
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	good, err := Attach(small(), []byte{0x30, 2, 5, 0})
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	i, err := read(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"another revision": func(b []byte) []byte { le.PutUint16(b[i.table+4:], 0x100); return b },
		"another kind":     func(b []byte) []byte { le.PutUint16(b[i.table+6:], 1); return b },
		"a longer length":  func(b []byte) []byte { le.PutUint32(b[i.table:], 24); return b },
		"a shorter length": func(b []byte) []byte { le.PutUint32(b[i.table:], 8); return b },
		"no zeros behind":  func(b []byte) []byte { b[len(b)-1] = 1; return b },
		"no sequence":      func(b []byte) []byte { b[i.table+8] = 4; return b },
		"more than there":  func(b []byte) []byte { b[i.table+9] = 200; return b },
		"a block of zeros": func(b []byte) []byte { b = append(b, make([]byte, 8)...); le.PutUint32(b[i.entry+4:], 24); return b },
		"that and a length": func(b []byte) []byte {
			b = append(b, make([]byte, 8)...)
			le.PutUint32(b[i.entry+4:], 24)
			le.PutUint32(b[i.table:], 24)
			return b
		},
	} {
		if _, err := Verify(change(bytes.Clone(good)), Trust{}); !errors.Is(err, ErrTable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	good, err := Attach(small(), []byte{0x30, 2, 5, 0})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(small())
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Verify(b, Trust{}); err == nil {
			t.Error("taken, though nobody signed it")
		}
	})
}
