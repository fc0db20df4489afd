package message

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// line is a message of a transcript.
type line struct{ where, name, hex string }

// transcripts reads every transcript of a protocol version. The files are
// never written by a test: they hold what older builds said.
func transcripts(t *testing.T, version string) []line {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", version, "*.hex"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d transcripts, %v", len(files), err)
	}
	var all []line
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for s := range strings.Lines(string(content)) {
			if strings.HasPrefix(s, "#") {
				continue
			}
			name, digits, ok := strings.Cut(strings.TrimSpace(s), " ")
			if !ok {
				t.Fatalf("%s: line %q", file, s)
			}
			all = append(all, line{filepath.Base(file), name, digits})
		}
	}
	return all
}

func TestTranscriptsOfVersion1AreReadAndWrittenForEver(t *testing.T) {
	heard := make(map[string]bool)
	for _, l := range transcripts(t, "v1") {
		want := unhex(t, l.hex)
		m, err := Parse(want)
		if err != nil {
			t.Errorf("%s: %s %s: %v", l.where, l.name, l.hex, err)
			continue
		}
		if got := Append(nil, m); !bytes.Equal(got, want) {
			t.Errorf("%s: %s\ngot  %x\nwant %x", l.where, l.name, got, want)
		}
		if got := reflect.TypeOf(m).Name(); got != l.name {
			t.Errorf("%s: got %s, want %s", l.where, got, l.name)
		}
		heard[l.name] = true
	}
	for name := range kindsInSource(t) {
		if !heard[name] {
			t.Errorf("%s is in no transcript", name)
		}
	}
}

func TestTheProtocolListsEveryKind(t *testing.T) {
	content, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string)
	for s := range strings.Lines(string(content)) {
		cells := strings.Split(s, "|")
		if len(cells) < 4 || !strings.HasPrefix(strings.TrimSpace(cells[2]), "[") {
			continue // no row of the list: there the name is a link
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cells[2]), "["), "]")
		listed[name] = strings.TrimSpace(cells[1])
		if heading := "\n### " + name + "\n"; !strings.Contains(string(content), heading) {
			t.Errorf("%s has no section of its own", name)
		}
	}
	want := make(map[string]string)
	for name, k := range kindsInSource(t) {
		want[name] = strconv.Itoa(int(k))
	}
	if !reflect.DeepEqual(listed, want) {
		t.Errorf("got  %v\nwant %v", listed, want)
	}
}
