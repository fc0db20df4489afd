package sign

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sassoftware/relic/v8/lib/pkcs7"

	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/signtest"
)

const macID = "musterhafen-hilfe"

// slotAt is where the slot of a slice begins in the universal program; 0 is
// Intel's.
func slotAt(tb testing.TB, b *darwin.Bundle, slice int) int {
	tb.Helper()
	at := profile.FindSlots(b.Program())
	if len(at) != 2 {
		tb.Fatalf("got %d slots, want 2", len(at))
	}
	return at[slice]
}

// find returns where text begins in a slice of the program.
func find(tb testing.TB, b *darwin.Bundle, slice int, text string) int {
	tb.Helper()
	from := int(binary.BigEndian.Uint32(b.Program()[8+20*slice+8:]))
	i := bytes.Index(b.Program()[from:], []byte(text))
	if i < 0 {
		tb.Fatalf("no %q in the program", text)
	}
	return from + i
}

// spoilCMS signs the bundle again with signatures that spoil has altered.
func spoilCMS(ctx context.Context, w *macWorld, b *darwin.Bundle, spoil func(*pkcs7.ContentInfoSignedData) error) error {
	return b.Sign(darwin.Signer{Leaf: w.key.Chain[0], Room: 16 << 10, Sign: func(directory []byte) ([]byte, error) {
		der, err := signDirectory(ctx, directory, w.key.Signer, w.key.Chain, nil)
		if err != nil {
			return nil, err
		}
		signed, err := pkcs7.Unmarshal(der)
		if err != nil {
			return nil, err
		}
		for i := range signed.Content.SignerInfos {
			signed.Content.SignerInfos[i].RawContent = nil
		}
		if err := spoil(signed); err != nil {
			return nil, err
		}
		return signed.Marshal()
	}})
}

// tampering is one way to alter a bundle that was signed.
type tampering struct {
	name string
	do   func(b *darwin.Bundle)
	want error
}

// flip alters one byte of the program.
func flip(at func(b *darwin.Bundle) int) func(*darwin.Bundle) {
	return func(b *darwin.Bundle) { b.Files["MacOS/"+macID][at(b)] ^= 1 }
}

func flipFile(name string) func(*darwin.Bundle) {
	return func(b *darwin.Bundle) { b.Files[name][len(b.Files[name])/2] ^= 1 }
}

// tamperings are the ways; w made the bundle that they alter.
func tamperings(tb testing.TB, w *macWorld) []tampering {
	tb.Helper()
	const pageInCode = 0x10000
	slice := func(i int) func(*darwin.Bundle) int {
		return func(b *darwin.Bundle) int { return int(binary.BigEndian.Uint32(b.Program()[8+20*i+8:])) + pageInCode }
	}
	slot := func(i, more int) func(*darwin.Bundle) int {
		return func(b *darwin.Bundle) int { return slotAt(tb, b, i) + more }
	}
	text := func(s string) func(*darwin.Bundle) int {
		return func(b *darwin.Bundle) int { return find(tb, b, 0, s) }
	}
	remade := func(key *Key, s profile.Slot) func(*darwin.Bundle) {
		return func(b *darwin.Bundle) { *b = *w.made(tb, s, key) }
	}
	cms := func(spoil func(*pkcs7.ContentInfoSignedData) error) func(*darwin.Bundle) {
		return func(b *darwin.Bundle) {
			if err := spoilCMS(tb.Context(), w, b, spoil); err != nil {
				tb.Fatal(err)
			}
		}
	}
	const slotHead = 56
	stranger := &Key{Signer: macKey(tb, 2048)}
	stranger.Chain = w.developer(tb, "STRANGER99", stranger.Signer.Public())
	ours := macSlot(tb, "musterhafen", nil)
	return append([]tampering{
		{"one byte of code, first slice (amd64)", flip(slice(0)), darwin.ErrSignature},
		{"one byte of code, second slice (arm64)", flip(slice(1)), darwin.ErrSignature},
		{"one byte of the load commands", flip(func(b *darwin.Bundle) int { return slice(0)(b) - pageInCode + 24 }), darwin.ErrSignature},
		{"one byte of the profile, first slice", flip(slot(0, slotHead+200)), profile.ErrDamaged},
		{"one byte of the profile, second slice", flip(slot(1, slotHead+200)), profile.ErrDamaged},
		{"one byte of the profile's signature", flip(func(b *darwin.Bundle) int { return text("\n— musterhafen ")(b) + 30 }), profile.ErrDamaged},
		{"one byte of the issuer's key", flip(slot(0, slotHead+25)), profile.ErrDamaged},
		{"one byte of the icon", flipFile("Resources/icon.icns"), darwin.ErrBundle},
		{"the icon, and its hash in the list", func(b *darwin.Bundle) {
			flipFile("Resources/icon.icns")(b)
			other, err := darwin.Make(must2(macPrograms(tb))(macSlot(tb, "musterhafen", func(d map[string]any) { delete(d, "logo") })))
			if err != nil {
				tb.Fatal(err)
			}
			for _, name := range []string{"Resources/icon.icns", "_CodeSignature/CodeResources"} {
				b.Files[name] = other.Files[name]
			}
		}, darwin.ErrSignature},
		{"one byte of Info.plist", flipFile("Info.plist"), darwin.ErrSignature},
		{"one byte of de.lproj/InfoPlist.strings", flipFile("Resources/de.lproj/InfoPlist.strings"), darwin.ErrBundle},
		{"one byte of CodeResources", flipFile("_CodeSignature/CodeResources"), darwin.ErrBundle},
		{"one byte of the entitlements", flip(text("get-task-allow</key>")), darwin.ErrSignature},
		{"one byte of the code directory", flip(text("lotse.participant." + macID + "\x00" + macTeam)), darwin.ErrSignature},
		{"one byte of the CMS signature", flip(func(b *darwin.Bundle) int { return text("Developer ID of the test")(b) }), darwin.ErrSignature},
		{"one byte of the fat header", flip(func(*darwin.Bundle) int { return 12 }), darwin.ErrProgram},
		{"a third slice in the fat header", func(b *darwin.Bundle) { b.Program()[7] = 3 }, darwin.ErrProgram},
		{"a byte between the slices", flip(func(b *darwin.Bundle) int { return int(binary.BigEndian.Uint32(b.Program()[8+20+8:])) - 1 }), darwin.ErrProgram},
		{"a byte behind the program", func(b *darwin.Bundle) { b.Files["MacOS/"+macID] = append(b.Program(), 0) }, darwin.ErrProgram},
		{"a byte behind a signature", flip(func(b *darwin.Bundle) int { return len(b.Program()) - 1 }), darwin.ErrSignature},
		{"a file more in Resources", func(b *darwin.Bundle) { b.Files["Resources/more"] = []byte("x") }, darwin.ErrBundle},
		{"a library more beside the program", func(b *darwin.Bundle) { b.Files["Frameworks/x.dylib"] = []byte("x") }, darwin.ErrBundle},
		{"a ticket that is none", func(b *darwin.Bundle) { b.Files["CodeResources"] = []byte("s8ch, and anything") }, darwin.ErrBundle},
		{"a file less", func(b *darwin.Bundle) { delete(b.Files, "Resources/en.lproj/InfoPlist.strings") }, darwin.ErrBundle},
		{"the signature stripped", func(b *darwin.Bundle) {
			stripped, err := darwin.Make(must2(macPrograms(tb))(ours))
			if err != nil {
				tb.Fatal(err)
			}
			*b = *stripped
		}, darwin.ErrUnsigned},
		{"signed by nobody instead", remade(nil, ours), darwin.ErrUnsigned},
		{"signed by a stranger with Apple's marks", remade(stranger, ours), darwin.ErrSigner},
		{"an attribute that nobody signed", cms(func(c *pkcs7.ContentInfoSignedData) error {
			return c.Content.SignerInfos[0].UnauthenticatedAttributes.Add(asn1.ObjectIdentifier{1, 2, 3, 4}, []byte("anything"))
		}), darwin.ErrSignature},
		{"a certificate that no chain needs", cms(func(c *pkcs7.ContentInfoSignedData) error {
			c.Content.Certificates = append(c.Content.Certificates, asn1.RawValue{FullBytes: stranger.Chain[0].Raw})
			return nil
		}), darwin.ErrSignature},
		{"the other slice's signature", func(b *darwin.Bundle) { swapSignatures(tb, b) }, darwin.ErrSignature},
	}, swapped(tb, w, remade)...)
}

// swapped are bundles that the organisation's own key signed, with a profile
// that is not the expected one: what a thief of one of two keys can make.
func swapped(tb testing.TB, w *macWorld, remade func(*Key, profile.Slot) func(*darwin.Bundle)) []tampering {
	tb.Helper()
	return []tampering{
		{"a profile by another issuer", remade(w.key, macSlot(tb, "stranger", nil)), darwin.ErrIssuer},
		{"an issuer more that the program believes", remade(w.key, both(macSlot(tb, "musterhafen", nil), macSlot(tb, "stranger", nil))), darwin.ErrIssuer},
		{"an older serial", remade(w.key, macSlot(tb, "musterhafen", func(d map[string]any) { d["serial"] = 1 })), darwin.ErrSerial},
		{"another profile in the second slice", func(b *darwin.Bundle) {
			other := w.made(tb, macSlot(tb, "musterhafen", func(d map[string]any) { d["serial"] = 3 }), w.key)
			intel, _, err := darwin.Slices(b.Program())
			if err != nil {
				tb.Fatal(err)
			}
			_, apple, err := darwin.Slices(other.Program())
			if err != nil {
				tb.Fatal(err)
			}
			if b.Files["MacOS/"+macID], err = darwin.Universal(intel, apple); err != nil {
				tb.Fatal(err)
			}
		}, darwin.ErrBundle},
		{"a moderator's program with the customer's profile", func(b *darwin.Bundle) { asMaster(tb, w, b) }, profile.ErrEdition},
		{"a profile with consent off, by the issuer", guarded(tb, "consent"), profile.ErrGuarded},
		{"a profile with bar off, by the issuer", guarded(tb, "bar"), profile.ErrGuarded},
		{"a profile with stop_key off, by the issuer", guarded(tb, "stop_key"), profile.ErrGuarded},
	}
}

// asMaster makes the bundle's program say that it is the moderator's, and signs
// it anew.
func asMaster(tb testing.TB, w *macWorld, b *darwin.Bundle) {
	tb.Helper()
	program, err := signtest.AsMaster(b.Program())
	if err != nil {
		tb.Fatal(err)
	}
	b.Files["MacOS/"+macID] = program
	if err := MacOS(tb.Context(), b, w.key, nil); err != nil {
		tb.Fatal(err)
	}
}

// guarded puts in a profile that switches off what protects the customer. Nothing
// of ours signs such a bundle anew.
func guarded(tb testing.TB, field string) func(*darwin.Bundle) {
	tb.Helper()
	return func(b *darwin.Bundle) {
		slot := macSlot(tb, "musterhafen", nil)
		by, verifier := macIssuer(tb, "musterhafen")
		theirs, err := signtest.Guarded(slot.Note, verifier, field, by)
		if err != nil {
			tb.Fatal(err)
		}
		if b.Files["MacOS/"+macID], err = signtest.Carry(b.Program(), slot.Issuers[0], theirs); err != nil {
			tb.Fatal(err)
		}
	}
}

func both(a, b profile.Slot) profile.Slot {
	a.Issuers = append(a.Issuers, b.Issuers...)
	return a
}

// must2 lets Make be called with templates and a slot, now.
func must2(intel, apple []byte) func(profile.Slot) ([]byte, []byte, profile.Slot, time.Time) {
	return func(s profile.Slot) ([]byte, []byte, profile.Slot, time.Time) { return intel, apple, s, time.Now() }
}

// swapSignatures puts each slice's CMS signature into the other one.
func swapSignatures(tb testing.TB, b *darwin.Bundle) {
	tb.Helper()
	program := b.Program()
	var at [2]int
	for i := range at {
		at[i] = wrapper(tb, program, i)
	}
	n := binary.BigEndian.Uint32(program[at[0]+4:])
	if n != binary.BigEndian.Uint32(program[at[1]+4:]) {
		tb.Skip("the two signatures are not of one length")
	}
	first := bytes.Clone(program[at[0] : at[0]+int(n)])
	copy(program[at[0]:], program[at[1]:at[1]+int(n)])
	copy(program[at[1]:], first)
}

// wrapper is where the blob with a slice's CMS signature begins.
func wrapper(tb testing.TB, program []byte, slice int) int {
	tb.Helper()
	be := binary.BigEndian
	from, n := int(be.Uint32(program[8+20*slice+8:])), int(be.Uint32(program[8+20*slice+12:]))
	at := bytes.LastIndex(program[from:from+n], []byte{0xfa, 0xde, 0x0b, 0x01})
	if at < 0 {
		tb.Fatal("no signature")
	}
	return from + at
}

// opensslTakes has openssl check the CMS signatures of both slices over their
// code directories, as far as it knows them: content and chain.
func opensslTakes(tb testing.TB, b *darwin.Bundle, w *macWorld) error {
	tb.Helper()
	program := b.Program()
	dir := tb.TempDir()
	root := filepath.Join(dir, "root.pem")
	write(tb, root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.root.Raw}))
	for i := range 2 {
		be := binary.BigEndian
		from, n := int(be.Uint32(program[8+20*i+8:])), int(be.Uint32(program[8+20*i+12:]))
		slice := program[from : from+n]
		cd := bytes.LastIndex(slice, []byte{0xfa, 0xde, 0x0c, 0x02})
		cms := bytes.LastIndex(slice, []byte{0xfa, 0xde, 0x0b, 0x01})
		if cd < 0 || cms < 0 || be.Uint32(slice[cms+4:]) <= 8 {
			return errors.New("no signature")
		}
		content, signature := filepath.Join(dir, "content"), filepath.Join(dir, "signature")
		write(tb, content, slice[cd:cd+int(be.Uint32(slice[cd+4:]))])
		write(tb, signature, slice[cms+8:cms+int(be.Uint32(slice[cms+4:]))])
		said, err := exec.CommandContext(tb.Context(), "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature,
			"-content", content, "-CAfile", root, "-purpose", "any", "-ignore_critical", "-out", os.DevNull).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, said)
		}
	}
	return nil
}

func write(tb testing.TB, name string, content []byte) {
	tb.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func taken(err error) string {
	if err != nil {
		return "refused"
	}
	return "taken"
}

// clone is a bundle whose files can be altered.
func clone(b *darwin.Bundle) *darwin.Bundle {
	out := &darwin.Bundle{Name: b.Name, Files: make(map[string][]byte)}
	for name, content := range b.Files {
		out.Files[name] = bytes.Clone(content)
	}
	return out
}

func TestTamperedBundleForMacOSIsRefused(t *testing.T) {
	w := newMacWorld(t)
	good := handedOut(t, w.made(t, macSlot(t, "musterhafen", nil), w.key))
	_, opensslMissing := exec.LookPath("openssl")
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(readme)
	var table strings.Builder
	fmt.Fprintf(&table, "%-50s %-9s %-9s %-9s %s\n", "what was altered", "lotse", "relic", "openssl", "why")
	row := func(name string, b *darwin.Bundle, ours error) {
		openssl := "absent"
		if opensslMissing == nil {
			openssl = taken(opensslTakes(t, b, w))
		}
		why := ""
		if ours != nil {
			why = ours.Error()
		}
		line := fmt.Sprintf("%-50s %-9s %-9s %s", name, taken(ours), taken(relicTakes(b, w)), openssl)
		if opensslMissing == nil && !strings.Contains(page, "    "+line+"\n") {
			t.Errorf("packaging/README.md has no line %q", line)
		}
		fmt.Fprintf(&table, "%-80s %s\n", line, why)
	}
	_, err = darwin.Verify(good, w.trust)
	if err != nil {
		t.Fatal(err)
	}
	if err := relicTakes(good, w); err != nil {
		t.Errorf("relic: %v", err)
	}
	if opensslMissing == nil {
		if err := opensslTakes(t, good, w); err != nil {
			t.Errorf("openssl: %v", err)
		}
	}
	row("nothing", good, err)
	for _, c := range tamperings(t, w) {
		b := clone(good)
		c.do(b)
		_, err := darwin.Verify(b, w.trust)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		row(c.name, b, err)
	}
	table.WriteString("\nrelic and openssl know nothing of profiles, of who is expected, nor of files that are not listed: they read the code signature alone;\nrelic is given the slices as lotse cut them out; openssl reads no more than the CMS signature over the code directory.\n")
	if err := os.MkdirAll("../../out/e2e", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("../../out/e2e/tamper-macos.txt", []byte(table.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
}

func TestBundleThatComesBackIsTheOneHandedOut(t *testing.T) {
	w := newMacWorld(t)
	out := handedOut(t, w.made(t, macSlot(t, "musterhafen", nil), w.key))
	intel, apple, err := out.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	stapled := clone(out)
	stapled.Files["CodeResources"] = bytes.Join([][]byte{[]byte("s8ch"), intel[:], apple[:]}, []byte{1, 2, 20})
	if err := darwin.SameBut(out, stapled); err != nil {
		t.Error(err)
	}
	if r, err := darwin.Verify(stapled, w.trust); err != nil || !r.Stapled {
		t.Errorf("got %+v, %v", r, err)
	}
	more, less, code := clone(stapled), clone(stapled), w.made(t, macSlot(t, "musterhafen", func(d map[string]any) { d["serial"] = 3 }), w.key)
	more.Files["Resources/x"] = nil
	delete(less.Files, "Info.plist")
	for name, back := range map[string]*darwin.Bundle{"a file more": more, "a file less": less, "other code": code} {
		if err := darwin.SameBut(out, back); !errors.Is(err, darwin.ErrOther) {
			t.Errorf("%s: got %v, want %v", name, err, darwin.ErrOther)
		}
	}
}
