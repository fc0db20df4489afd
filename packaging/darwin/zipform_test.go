package darwin

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"
)

const (
	firstZipped  = "hafen.app/Contents/Info.plist"
	secondZipped = "hafen.app/Contents/Info.other" // as long
)

// zipOf is a ZIP file of two files with the same in them, which change may alter before they are
// written.
func zipOf(t *testing.T, change func(z *zip.Writer, second *zip.FileHeader)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{firstZipped, secondZipped} {
		head := &zip.FileHeader{Name: name, Method: zip.Deflate}
		head.SetMode(0o644)
		if change != nil && name == secondZipped {
			change(z, head)
		}
		w, err := z.CreateHeader(head)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("content")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// addRaw adds a file of compressed bytes as they are.
func addRaw(t *testing.T, z *zip.Writer, name string, content, compressed []byte) {
	t.Helper()
	head := &zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(len(compressed)), UncompressedSize64: uint64(len(content)),
	}
	w, err := z.CreateRaw(head)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(compressed); err != nil {
		t.Fatal(err)
	}
}

func deflated(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Each row is a ZIP file that archive/zip reads and that another unpacker reads
// otherwise, or could.
func TestUnzipTakesOneReadingAlone(t *testing.T) {
	le := binary.LittleEndian
	good := zipOf(t, nil)
	end := len(good) - endHead
	directory := int(le.Uint32(good[end+16:]))
	second := bytes.Index(good[4:], []byte("PK\x03\x04")) + 4
	// inserted is good with bytes more at a place behind the first file, and what
	// lies behind it named by its new place.
	inserted := func(at int, more string) []byte {
		b := slices.Insert(slices.Clone(good), at, []byte(more)...)
		end, directory := end+len(more), directory
		if at <= directory {
			directory += len(more)
			le.PutUint32(b[end+16:], uint32(directory))
		}
		if at <= second {
			offset := directory + centralHead + len(firstZipped) + 42
			le.PutUint32(b[offset:], uint32(second+len(more)))
		}
		return b
	}
	patched := func(at int, with string) []byte {
		b := slices.Clone(good)
		copy(b[at:], with)
		return b
	}
	one := centralHead + len(firstZipped)
	for name, file := range map[string][]byte{
		"bytes before it":                          append([]byte("MZ..."), good...),
		"another one before it":                    append(slices.Clone(good), good...),
		"a comment":                                zipOf(t, func(z *zip.Writer, _ *zip.FileHeader) { _ = z.SetComment("PK\x03\x04") }),
		"a comment of a file":                      zipOf(t, func(_ *zip.Writer, h *zip.FileHeader) { h.Comment = "x" }),
		"bytes between two files":                  inserted(second, "PK\x03\x04"),
		"bytes before the directory":               inserted(directory, "PK\x03\x04"),
		"bytes behind the directory":               inserted(end, "PK\x03\x04"),
		"another name before the file":             patched(localHead+len("hafen.app/Contents/"), "Extra"),
		"another kind before the file":             patched(8, "\x00\x00"),
		"another flag before the file":             patched(6, "\x00\x08"),
		"another sum before the file":              patched(14, "1234"),
		"another sum behind the file":              patched(second-12, "1234"),
		"another size behind the file":             patched(second-4, "\x01"),
		"no mark behind the file":                  patched(second-16, "PK\x03\x04"),
		"the directory in another order":           slices.Concat(good[:directory], good[directory+one:end], good[directory:directory+one], good[end:]),
		"one that lies elsewhere by the directory": patched(directory+one+42, "\x00\x00\x00\x00"),
		"a file that is left out":                  append(slices.Concat(good[:directory], good[directory+one:end]), shorter(good[end:], one)...),
		"another name in an extra field":           zipOf(t, func(_ *zip.Writer, h *zip.FileHeader) { h.Extra = []byte("up\x01\x00x") }),
		"an extra field that is cut":               zipOf(t, func(_ *zip.Writer, h *zip.FileHeader) { h.Extra = []byte("UX\x09\x00x") }),
		"a folder with content": bytes.ReplaceAll(zipOf(t, func(z *zip.Writer, _ *zip.FileHeader) {
			addRaw(t, z, "hafen.app/Contents/xx", []byte("x"), deflated(t, []byte("x")))
		}), []byte("Contents/xx"), []byte("Contents/x/")),
		"bytes behind what is compressed": zipOf(t, func(z *zip.Writer, _ *zip.FileHeader) {
			addRaw(t, z, "hafen.app/Contents/x", []byte("x"), append(deflated(t, []byte("x")), "PK\x07\x08"...))
		}),
		"more than the descriptor says of it": zipOf(t, func(z *zip.Writer, _ *zip.FileHeader) {
			addRaw(t, z, "hafen.app/Contents/x", []byte("x"), slices.Concat(deflated(t, []byte("x")), good[:second]))
		}),
	} {
		if z, err := zip.NewReader(bytes.NewReader(file), int64(len(file))); err != nil || len(z.File) == 0 {
			t.Errorf("%s: archive/zip: %v, so this shows nothing", name, err)
		}
		if got, err := Unzip(file); !errors.Is(err, ErrBundle) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrBundle)
		}
	}
	for name, file := range map[string][]byte{
		"as it is": good,
		// ditto writes times and owners so, with fewer of them in the directory.
		"with a Mac's times": zipOf(t, func(_ *zip.Writer, h *zip.FileHeader) { h.Extra = []byte("UX\x08\x0012345678") }),
		"with sizes before it": zipOf(t, func(z *zip.Writer, _ *zip.FileHeader) {
			addRaw(t, z, "hafen.app/Contents/x", []byte("x"), deflated(t, []byte("x")))
		}),
	} {
		if got, err := Unzip(file); err != nil || string(got.Files["Info.plist"]) != "content" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// shorter is the end of a ZIP file for one file less in the directory.
func shorter(end []byte, less int) []byte {
	le := binary.LittleEndian
	b := slices.Clone(end)
	le.PutUint16(b[8:], 1)
	le.PutUint16(b[10:], 1)
	le.PutUint32(b[12:], le.Uint32(b[12:])-uint32(less))
	return b
}

func FuzzUnzip(f *testing.F) {
	var b bytes.Buffer
	if err := (&Bundle{Name: "hafen.app", Files: map[string][]byte{"Info.plist": []byte("x")}}).Zip(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := Unzip(file)
		if err != nil && !errors.Is(err, ErrBundle) {
			t.Fatalf("got %v, which is another error", err)
		}
		if err == nil && !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
			t.Fatalf("got %+v of what begins with something else", got)
		}
	})
}
