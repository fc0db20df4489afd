package darwin

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"howett.net/plist"

	"lotse/packaging/profile"
)

// tiny is the smallest program that has what is looked at: a page of headers,
// one of code, and a last segment of 100 bytes.
func tiny(p Processor, change ...func(*parts)) []byte {
	b := parts{processor: p, kind: kindExecute, first: 0x1000, library: "/usr/lib/libSystem.B.dylib", platform: platformMacOS}
	for _, c := range change {
		c(&b)
	}
	return b.bytes()
}

type parts struct {
	processor     Processor
	kind, first   uint32
	library       string
	platform      uint32
	signature     []uint32 // where and how long
	tail, padding []byte
}

func (p *parts) bytes() []byte {
	const linkAt, linkSize = 0x2000, 100
	le := binary.LittleEndian
	words := func(n ...uint32) (out []byte) {
		for _, w := range n {
			out = le.AppendUint32(out, w)
		}
		return out
	}
	name := func(s string) []byte { return append([]byte(s), make([]byte, 16-len(s))...) }
	segment := func(title string, from, size uint64, sections ...[]byte) []byte {
		out := append(words(segment64, uint32(segmentHead+len(sections)*sectionSize)), name(title)...)
		for _, n := range []uint64{from, size, from, size} {
			out = le.AppendUint64(out, n)
		}
		return append(append(out, words(5, 5, uint32(len(sections)), 0)...), bytes.Join(sections, nil)...)
	}
	section := append(append(name("__text"), name("__TEXT")...), make([]byte, 48)...)
	le.PutUint64(section[40:], 16)
	le.PutUint32(section[48:], p.first)
	library := append(words(0xc, 24+uint32(roundUp(len(p.library)+1, 8)), 24, 0, 0, 0), p.library...)
	library = append(library, make([]byte, roundUp(len(p.library)+1, 8)-len(p.library))...)
	commands := [][]byte{
		segment("__TEXT", 0, linkAt, section), segment("__LINKEDIT", linkAt, linkSize+uint64(len(p.tail))), library,
		words(buildVersion, 24, p.platform, 0x000c0000, 0x000d0100, 0),
	}
	if p.signature != nil {
		commands = append(commands, words(codeSignature, 16, p.signature[0], p.signature[1]))
	}
	all := bytes.Join(commands, nil)
	out := append(words(machoMagic, uint32(p.processor), 0, p.kind, uint32(len(commands)), uint32(len(all)), 0, 0), all...)
	out = append(out, p.padding...)
	return append(append(out, make([]byte, linkAt+linkSize-len(out))...), p.tail...)
}

func TestLayoutIsRead(t *testing.T) {
	l, err := readLayout(tiny(Apple))
	if err != nil {
		t.Fatal(err)
	}
	if l.processor != Apple || l.first != 0x1000 || l.text != 0x2000 || l.linkAt != 0x2000 || l.code != 0x2064 || l.minimum != 0x000c0000 || l.sdk != 0x000d0100 || l.entry != 0 {
		t.Errorf("got %+v", l)
	}
}

func TestLayoutRefuses(t *testing.T) {
	good := tiny(Intel)
	for n := range good {
		if _, err := readLayout(good[:n]); !errors.Is(err, ErrProgram) {
			t.Fatalf("the first %d bytes: got %v, want %v", n, err, ErrProgram)
		}
	}
	for name, b := range map[string][]byte{
		"one byte more":            append(bytes.Clone(good), 0),
		"a library":                tiny(Intel, func(p *parts) { p.kind = 6 }),
		"for another processor":    tiny(7),
		"for iOS":                  tiny(Intel, func(p *parts) { p.platform = 2 }),
		"section in the headers":   tiny(Intel, func(p *parts) { p.first = 40 }),
		"room that is not empty":   tiny(Intel, func(p *parts) { p.padding = []byte("x") }),
		"signature not at the end": tiny(Intel, func(p *parts) { p.signature = []uint32{0x2010, 16} }),
		"signature in the code":    tiny(Intel, func(p *parts) { p.signature = []uint32{0x1000, 0x1064} }),
		"signature of nothing":     tiny(Intel, func(p *parts) { p.signature = []uint32{0x2064, 0} }),
	} {
		if _, err := readLayout(b); !errors.Is(err, ErrProgram) {
			t.Errorf("%s: got %v, want %v", name, err, ErrProgram)
		}
	}
}

func TestOnlyTheSystemsLibrariesAreLoaded(t *testing.T) {
	for library, ok := range map[string]bool{
		"/usr/lib/libSystem.B.dylib":                        true,
		"/System/Library/Frameworks/Cocoa.framework/Cocoa":  true,
		"@rpath/libx.dylib":                                 false,
		"@executable_path/../Frameworks/x":                  false,
		"/usr/local/lib/x.dylib":                            false,
		"/opt/homebrew/lib/libopenh264.dylib":               false,
		"/usr/library/with/the/same/beginning/x/y/z/a.dyld": false,
	} {
		l, err := readLayout(tiny(Apple, func(p *parts) { p.library = library }))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.systemOnly(); (err == nil) != ok {
			t.Errorf("%s: got %v, want allowed %t", library, err, ok)
		}
	}
}

func TestRoomForASignatureIsMadeAtTheEnd(t *testing.T) {
	for name, in := range map[string][]byte{
		"none":  tiny(Apple),
		"older": tiny(Apple, func(p *parts) { p.signature, p.tail = []uint32{0x2070, 32}, make([]byte, 12+32) }),
	} {
		before := bytes.Clone(in)
		out, err := reserve(in, 1000)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		l, err := readLayout(out)
		if err != nil || l.code != 0x2070 || len(out) != 0x2070+1008 {
			t.Errorf("%s: got %+v of %d bytes, %v", name, l, len(out), err)
		}
		if !bytes.Equal(in, before) {
			t.Errorf("%s: what was handed in was altered", name)
		}
		if again, err := reserve(out, 1000); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: twice gives something else, %v", name, err)
		}
	}
	if _, err := reserve(tiny(Apple, func(p *parts) { p.first = 0x158 }), 10); !errors.Is(err, ErrProgram) {
		t.Errorf("no room in the headers: got %v, want %v", err, ErrProgram)
	}
}

func TestUniversalHasOneForm(t *testing.T) {
	intel, apple := tiny(Intel), tiny(Apple)
	file, err := Universal(intel, apple)
	if err != nil {
		t.Fatal(err)
	}
	head, want := hex.EncodeToString(file[:48]), "cafebabe00000002"+"010000070000000300004000000020640000000e"+"0100000c0000000000008000000020640000000e"
	if head != want {
		t.Errorf("got %s, want %s", head, want)
	}
	first, second, err := Slices(file)
	if err != nil || !bytes.Equal(first, intel) || !bytes.Equal(second, apple) {
		t.Errorf("it does not come back: %v", err)
	}
	for n := range file {
		if _, _, err := Slices(file[:n]); !errors.Is(err, ErrProgram) {
			t.Fatalf("the first %d bytes: got %v, want %v", n, err, ErrProgram)
		}
	}
	if _, _, err := Slices(append(bytes.Clone(file), 0)); !errors.Is(err, ErrProgram) {
		t.Errorf("one byte more: got %v, want %v", err, ErrProgram)
	}
	for at := range 48 {
		bad := bytes.Clone(file)
		bad[at] ^= 1
		if _, _, err := Slices(bad); !errors.Is(err, ErrProgram) {
			t.Errorf("byte %d of the head: got %v, want %v", at, err, ErrProgram)
		}
	}
	for name, two := range map[string][2][]byte{"two for Intel": {intel, intel}, "the other order": {apple, intel}} {
		if _, err := Universal(two[0], two[1]); !errors.Is(err, ErrProgram) {
			t.Errorf("%s: got %v, want %v", name, err, ErrProgram)
		}
	}
}

// The expected bytes are those that Apple's codesign wrote for a program of the
// name "node" with the Developer ID of the team HX7739G8FX (Node.js 18.9.0).
func TestRequirementsAreCodesigns(t *testing.T) {
	leaf := &x509.Certificate{
		Subject:    pkix.Name{OrganizationalUnit: []string{"HX7739G8FX"}},
		Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 13}}},
	}
	want := "fade0c01000000a4000000010000000300000014fade0c0000000090000000010000000600000002000000046e6f6465000000060000000f" +
		"000000060000000e000000010000000a2a864886f76364060206000000000000000000060000000e000000000000000a2a864886f7636406010d" +
		"0000000000000000000b000000000000000a7375626a6563742e4f550000000000010000000a485837373339473846580000"
	if got := hex.EncodeToString(requirements("node", leaf)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := hex.EncodeToString(requirements("node", nil)); got != "fade0c010000000c00000000" {
		t.Errorf("by nobody: got %s", got)
	}
	leaf.Extensions = nil
	if Team(leaf) != "" {
		t.Error("a certificate without Apple's mark has a team")
	}
}

func TestEntitlementsInDERSayWhatXMLSays(t *testing.T) {
	got := hex.EncodeToString(entitlementsDER())
	want := "702d" + "020101" + "b028" + "3026" + "0c21" + hex.EncodeToString([]byte("com.apple.security.get-task-allow")) + "010100"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var list map[string]bool
	if _, err := plist.Unmarshal(entitlementsXML(), &list); err != nil {
		t.Fatal(err)
	}
	if v, ok := list["com.apple.security.get-task-allow"]; len(list) != 1 || !ok || v {
		t.Errorf("got %v", list)
	}
}

// The expected bytes are those that Apple's codesign wrote for these names
// (Deno 2.9.5).
func TestEntitlementsInDERAreCodesigns(t *testing.T) {
	const of = "com.apple.security.cs."
	got := hex.EncodeToString(encodeEntitlements([]entitlement{
		{of + "allow-dyld-environment-variables", true},
		{of + "allow-jit", true},
		{of + "allow-unsigned-executable-memory", true},
		{of + "disable-executable-page-protection", true},
		{of + "disable-library-validation", true},
	}))
	want := "7082011d020101b0820116" +
		"303b0c36636f6d2e6170706c652e73656375726974792e63732e616c6c6f772d64796c642d656e7669726f6e6d656e742d7661726961626c65730101ff" +
		"30240c1f636f6d2e6170706c652e73656375726974792e63732e616c6c6f772d6a69740101ff" +
		"303b0c36636f6d2e6170706c652e73656375726974792e63732e616c6c6f772d756e7369676e65642d65786563757461626c652d6d656d6f72790101ff" +
		"303d0c38636f6d2e6170706c652e73656375726974792e63732e64697361626c652d65786563757461626c652d706167652d70726f74656374696f6e0101ff" +
		"30350c30636f6d2e6170706c652e73656375726974792e63732e64697361626c652d6c6962726172792d76616c69646174696f6e0101ff"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestInfoSaysWhatMacOSAsksFor(t *testing.T) {
	participant := &profile.Profile{ID: "hafen", Edition: profile.ParticipantEdition, AppName: "Hafen Hilfe", Organisation: "Hafen", Language: "de", LAN: true}
	master := &profile.Profile{ID: "hafen", Edition: profile.MasterEdition, AppName: "Hafen Lotse", Organisation: "Hafen"}
	read := func(b []byte, err error) (out map[string]any) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plist.Unmarshal(b, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	info := read(infoPlist(participant, "1.2.3", 0x000c0300))
	for key, want := range map[string]any{
		"CFBundleIdentifier": "lotse.participant.hafen", "CFBundleExecutable": "hafen", "CFBundleName": "Hafen Hilfe", "CFBundleShortVersionString": "1.2.3",
		"LSMinimumSystemVersion": "12.3", "CFBundleDevelopmentRegion": "de", "NSMicrophoneUsageDescription": nil, "LSEnvironment": nil,
	} {
		if got := info[key]; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	const screen, network = "NSScreenCaptureUsageDescription", "NSLocalNetworkUsageDescription"
	for _, language := range languages() {
		texts := read(stringsPlist(participant, language))
		for _, key := range []string{screen, network, "CFBundleDisplayName"} {
			if s, _ := texts[key].(string); s == "" {
				t.Errorf("%s: no %s", language, key)
			}
		}
		if language == "de" && texts[screen] != info[screen] {
			t.Error("a German profile's own language is not German")
		}
	}
	if of := read(infoPlist(master, "1.2.3", 0x000c0000)); of[screen] != nil || of[network] == nil {
		t.Errorf("the master asks for the screen, or not for the network: %v", of)
	}
}

func TestListNamesEveryFileInResources(t *testing.T) {
	files := map[string][]byte{"Resources/a": []byte("a"), "Resources/de.lproj/b": []byte("b"), "Info.plist": []byte("c"), "MacOS/x": []byte("d")}
	b, err := codeResources(files)
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Files2 map[string]struct {
			Hash     []byte `plist:"hash2"`
			Optional bool   `plist:"optional"`
		} `plist:"files2"`
		Rules2 map[string]any `plist:"rules2"`
	}
	if _, err := plist.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	if a := list.Files2["Resources/a"]; len(list.Files2) != 2 || hex.EncodeToString(a.Hash) != "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" || a.Optional {
		t.Errorf("got %+v", list.Files2)
	}
	if !list.Files2["Resources/de.lproj/b"].Optional || len(list.Rules2) != 13 {
		t.Errorf("got %+v", list)
	}
}

func small() *Bundle {
	return &Bundle{Name: "hafen.app", Files: map[string][]byte{"MacOS/hafen": []byte("program"), "Info.plist": []byte("info"), "Resources/de.lproj/InfoPlist.strings": nil}}
}

func TestZipHasNoTimeAndNoOwner(t *testing.T) {
	var one, two bytes.Buffer
	for _, w := range []*bytes.Buffer{&one, &two} {
		if err := small().Zip(w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same bundle gave two files")
	}
	z, err := zip.NewReader(bytes.NewReader(one.Bytes()), int64(one.Len()))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{
		"hafen.app/": fs.ModeDir | 0o755, "hafen.app/Contents/": fs.ModeDir | 0o755, "hafen.app/Contents/Info.plist": 0o644,
		"hafen.app/Contents/MacOS/": fs.ModeDir | 0o755, "hafen.app/Contents/MacOS/hafen": 0o755, "hafen.app/Contents/Resources/": fs.ModeDir | 0o755,
		"hafen.app/Contents/Resources/de.lproj/": fs.ModeDir | 0o755, "hafen.app/Contents/Resources/de.lproj/InfoPlist.strings": 0o644,
	}
	for _, f := range z.File {
		if f.Mode() != want[f.Name] || len(f.Extra) > 0 || f.Comment != "" || f.Modified.Year() != 1980 || f.Modified.YearDay() != 1 {
			t.Errorf("%s: got %v, extra %x, %v", f.Name, f.Mode(), f.Extra, f.Modified)
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	back, err := Unzip(one.Bytes())
	if err != nil || back.Name != "hafen.app" || len(back.Files) != 3 || string(back.Files["MacOS/hafen"]) != "program" {
		t.Errorf("got %+v, %v", back, err)
	}
}

func TestUnzipRefuses(t *testing.T) {
	const good = "hafen.app/Contents/Info.plist"
	for name, row := range map[string]struct {
		file string
		mode fs.FileMode
	}{
		"a link":              {"hafen.app/Contents/MacOS/hafen", fs.ModeSymlink | 0o777},
		"a device":            {"hafen.app/Contents/MacOS/hafen", fs.ModeDevice | 0o644},
		"a way out":           {"hafen.app/Contents/../../x", 0o644},
		"from the root":       {"/hafen.app/Contents/x", 0o644},
		"with backslashes":    {`hafen.app/Contents/..\x`, 0o644},
		"a second bundle":     {"other.app/Contents/x", 0o644},
		"Apple's doubles":     {"__MACOSX/hafen.app/Contents/._x", 0o644},
		"beside Contents":     {"hafen.app/x", 0o644},
		"twice":               {good, 0o644},
		"a folder that is no": {"hafen.app/Contents/x/", fs.ModeSymlink | 0o777},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i, file := range []string{good, row.file} {
			head := &zip.FileHeader{Name: file}
			head.SetMode([]fs.FileMode{0o644, row.mode}[i])
			w, err := z.CreateHeader(head)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "/") {
				if _, err := w.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := Unzip(b.Bytes()); !errors.Is(err, ErrBundle) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrBundle)
		}
	}
	for name, folder := range map[string]fstest.MapFS{
		"nothing": {},
		"a link":  {"hafen.app/Contents/x": {Mode: fs.ModeSymlink}},
		"two":     {"hafen.app/Contents/x": {}, "other.app/Contents/x": {}},
	} {
		if _, err := ReadFolder(folder); !errors.Is(err, ErrBundle) {
			t.Errorf("folder with %s: got %v, want %v", name, err, ErrBundle)
		}
	}
	got, err := ReadFolder(fstest.MapFS{good: {Data: []byte("info")}})
	if err != nil || string(got.Files["Info.plist"]) != "info" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhoMayHaveSigned(t *testing.T) {
	spki := [32]byte{1}
	for name, row := range map[string]struct {
		r    Report
		t    Trust
		want error
	}{
		"by key":             {Report{SPKI: spki, Profile: &profile.Profile{Signers: []profile.Signer{{SPKI: spki}}}}, Trust{}, nil},
		"by team":            {Report{SPKI: spki, Team: "A234567890", Profile: &profile.Profile{Signers: []profile.Signer{{Team: "A234567890"}}}}, Trust{}, nil},
		"given":              {Report{SPKI: spki, Profile: &profile.Profile{}}, Trust{Signers: [][32]byte{spki}}, profile.ErrNoSigner},
		"anybody, given":     {Report{SPKI: spki, Profile: &profile.Profile{AllowUnsigned: true}}, Trust{Signers: [][32]byte{spki}}, nil},
		"anybody":            {Report{SPKI: spki, Profile: &profile.Profile{AllowUnsigned: true}}, Trust{}, ErrSigner},
		"another given":      {Report{SPKI: spki, Profile: &profile.Profile{Signers: []profile.Signer{{SPKI: spki}}}}, Trust{Signers: [][32]byte{{2}}}, ErrSigner},
		"another team":       {Report{SPKI: spki, Team: "B234567890", Profile: &profile.Profile{Signers: []profile.Signer{{Team: "A234567890"}}}}, Trust{}, ErrSigner},
		"no team":            {Report{SPKI: spki, Profile: &profile.Profile{Signers: []profile.Signer{{SPKI: [32]byte{2}}}}}, Trust{}, ErrSigner},
		"nobody named":       {Report{SPKI: spki, Profile: &profile.Profile{}}, Trust{}, profile.ErrNoSigner},
		"nobody, and may":    {Report{Adhoc: true, Profile: &profile.Profile{AllowUnsigned: true}}, Trust{}, nil},
		"nobody, may not":    {Report{Adhoc: true, Profile: &profile.Profile{}}, Trust{}, ErrUnsigned},
		"nobody, key of all": {Report{Adhoc: true, Profile: &profile.Profile{}}, Trust{Signers: [][32]byte{{}}}, ErrUnsigned},
	} {
		if err := row.r.checkSigner(row.t); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

func FuzzSlices(f *testing.F) {
	file, err := Universal(tiny(Intel), tiny(Apple))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(tiny(Intel, func(p *parts) { p.signature, p.tail = []uint32{0x2070, 32}, make([]byte, 12+32) }))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := readLayout(b); err == nil && (l.code > len(b) || l.first > len(b) || l.end > l.first) {
			t.Fatalf("took %+v of %d bytes", l, len(b))
		}
		intel, apple, err := Slices(b)
		if err != nil {
			return
		}
		if again, err := Universal(intel, apple); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("a second form: %v", err)
		}
	})
}

func FuzzSplitIndex(f *testing.F) {
	f.Add(index(item{slotDirectory, blob(magicDirectory, []byte("x"))}, item{slotSignature, blob(magicWrapper, nil)}))
	f.Fuzz(func(t *testing.T, b []byte) {
		blobs, size, err := splitIndex(b)
		if err == nil && (size > len(b) || len(blobs) > maxItems) {
			t.Fatalf("took %d of %d bytes", size, len(b))
		}
	})
}
