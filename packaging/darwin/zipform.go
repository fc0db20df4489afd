package darwin

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Lengths and marks of a ZIP file (PKWARE, APPNOTE.TXT, 4.3).
const (
	localHead, centralHead, endHead = 30, 46, 22
	localMark, centralMark, endMark = 0x04034b50, 0x02014b50, 0x06054b50
	descriptorMark                  = 0x08074b50

	// hasDescriptor says that sum and sizes stand behind a file's bytes; the
	// other flags that are taken say how hard was compressed, and that names are
	// UTF-8.
	hasDescriptor = 1 << 3
	takenFlags    = hasDescriptor | 1<<1 | 1<<2 | 1<<11
)

// oneReading checks that a ZIP file says the same to whoever reads its directory
// at the end, as archive/zip does, and to whoever reads from the beginning, as
// other unpackers do: the files follow each other from the first byte to the
// directory, in its order and by its words, and behind that nothing follows.
func oneReading(file []byte, files []*zip.File) error {
	at := 0
	for _, f := range files {
		n, err := oneFile(file[at:], f)
		if err != nil {
			return err
		}
		if begins, err := f.DataOffset(); err != nil || begins != int64(at+n.head) {
			return zipError("%q does not lie where the directory says", f.Name)
		}
		at += n.head + n.rest
	}
	return directoryEnds(file, at, files)
}

// directoryEnds checks that the directory begins at a place, names the files and
// nothing more, and ends the ZIP file.
func directoryEnds(file []byte, begins int, files []*zip.File) error {
	at := begins
	for _, f := range files {
		if f.Comment != "" || !plainExtra(f.Extra) {
			return zipError("the directory says more of %q", f.Name)
		}
		at += centralHead + len(f.Name) + len(f.Extra)
	}
	le := binary.LittleEndian
	want := le.AppendUint32(nil, endMark)
	want = le.AppendUint32(want, 0) // no other disk
	want = le.AppendUint16(want, uint16(len(files)))
	want = le.AppendUint16(want, uint16(len(files)))
	want = le.AppendUint32(want, uint32(at-begins))
	want = le.AppendUint32(want, uint32(begins))
	want = le.AppendUint16(want, 0) // no comment
	if at > len(file) || !bytes.Equal(file[at:], want) {
		return zipError("the end")
	}
	return nil
}

func zipError(format string, args ...any) error {
	return fmt.Errorf("%w: ZIP file in more than one reading: "+format, append([]any{ErrBundle}, args...)...)
}

// span is how many bytes a file takes: before its own, and from there on.
type span struct{ head, rest int }

// oneFile reads what stands before and behind a file and compares it with the
// directory's words.
func oneFile(b []byte, f *zip.File) (span, error) {
	le := binary.LittleEndian
	if len(b) < localHead || le.Uint32(b) != localMark || f.CompressedSize64 > uint64(len(b)) {
		return span{}, zipError("the beginning of %q", f.Name)
	}
	name := localHead + int(le.Uint16(b[26:]))
	s := span{name + int(le.Uint16(b[28:])), int(f.CompressedSize64)}
	switch {
	case s.head+s.rest > len(b) || string(b[localHead:name]) != f.Name || !plainExtra(b[name:s.head]):
		return s, zipError("the name of %q", f.Name)
	case le.Uint16(b[6:]) != f.Flags || f.Flags&^takenFlags != 0 || le.Uint16(b[8:]) != f.Method:
		return s, zipError("the kind of %q", f.Name)
	case strings.HasSuffix(f.Name, "/") && s.rest != 0:
		return s, zipError("the folder %q has content", f.Name)
	}
	return s.withDescriptor(b, f)
}

// withDescriptor checks sum and sizes, which stand before a file, or behind it
// and perhaps before it as well.
func (s span) withDescriptor(b []byte, f *zip.File) (span, error) {
	le := binary.LittleEndian
	sums := le.AppendUint32(nil, f.CRC32)
	sums = le.AppendUint32(sums, uint32(f.CompressedSize64))
	sums = le.AppendUint32(sums, uint32(f.UncompressedSize64))
	before := b[14:26]
	fits := bytes.Equal(before, sums)
	if f.Flags&hasDescriptor != 0 {
		behind := append(le.AppendUint32(nil, descriptorMark), sums...)
		fits = bytes.HasPrefix(b[s.head+s.rest:], behind) && (fits || bytes.Equal(before, make([]byte, len(before))))
		s.rest += len(behind)
	}
	if !fits {
		return s, zipError("size or sum of %q", f.Name)
	}
	return s, nil
}

// plainExtra reports whether a file's extra fields are times and owners, as a
// Mac and Info-ZIP write them. Others could give another name or size.
func plainExtra(b []byte) bool {
	const fieldHead = 4
	le := binary.LittleEndian
	for len(b) >= fieldHead {
		size := int(le.Uint16(b[2:]))
		if !slices.Contains([]uint16{0x5455, 0x5855, 0x7875}, le.Uint16(b)) || size > len(b)-fieldHead { // UT, UX, ux
			return false
		}
		b = b[fieldHead+size:]
	}
	return len(b) == 0
}

// inflater inflates a file and takes no byte behind it: another unpacker might
// take those for the next file.
type inflater struct {
	from *bufio.Reader
	io.ReadCloser
}

func newInflater(r io.Reader) io.ReadCloser {
	from := bufio.NewReader(r)
	return inflater{from, flate.NewReader(from)}
}

// Read reads on.
func (i inflater) Read(p []byte) (int, error) {
	n, err := i.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if _, more := i.from.Peek(1); !errors.Is(more, io.EOF) {
			return n, errors.New("bytes behind what is compressed")
		}
	}
	return n, err
}
