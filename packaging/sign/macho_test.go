package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"debug/macho"
	"encoding/asn1"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sassoftware/relic/v8/lib/fruit/csblob"
	"github.com/sassoftware/relic/v8/lib/fruit/machos"
	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/cms"
	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/signer"
	"lotse/packaging/signtest"
)

// macTemplates are the customer's program for both processors, made by the
// first test that wants them.
var macTemplates struct {
	sync.Once

	intel, apple []byte
	err          error
}

// macProgram builds the customer's program for macOS as it is handed out, but
// without a C compiler, hence without a window: a real Mach-O file with a slot.
func macProgram(ctx context.Context, dir, processor string) ([]byte, error) {
	file := filepath.Join(dir, processor)
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-tags", "nogl", "-o", file, "lotse/apps/participant")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS=darwin", "GOARCH="+processor)
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return os.ReadFile(file)
}

func macPrograms(tb testing.TB) (intel, apple []byte) {
	tb.Helper()
	m := &macTemplates
	m.Do(func() {
		dir := tb.TempDir()
		if m.intel, m.err = macProgram(tb.Context(), dir, "amd64"); m.err == nil {
			m.apple, m.err = macProgram(tb.Context(), dir, "arm64")
		}
	})
	if m.err != nil {
		tb.Fatal(m.err)
	}
	return m.intel, m.apple
}

// macSlot is the invented organisation's profile, signed by the issuer of that
// name.
func macSlot(tb testing.TB, issuer string, change func(map[string]any)) profile.Slot {
	tb.Helper()
	logo, err := os.ReadFile("../brands/example/logo.png")
	if err != nil {
		tb.Fatal(err)
	}
	document := map[string]any{
		"schema": 1, "id": "musterhafen-hilfe", "serial": 2, "edition": "participant", "language": "de",
		"organisation": "Stadtwerke Musterhafen", "name": "Musterhafen Hilfe", "logo": logo, "lan": true, "signers": []any{map[string]any{"team": macTeam}},
		"relays": []any{map[string]any{"addr": "lotse.musterhafen.example:443", "region": "DE", "pins": []string{strings.Repeat("ab", 32)}}},
	}
	if change != nil {
		change(document)
	}
	text, err := json.Marshal(document)
	if err != nil {
		tb.Fatal(err)
	}
	seed := sha256.Sum256([]byte(issuer))
	private, verifier, err := ournote.KeyFromSeed(issuer, seed[:])
	if err != nil {
		tb.Fatal(err)
	}
	by, err := note.NewSigner(private.Reveal())
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := profile.Sign(text, by)
	if err != nil {
		tb.Fatal(err)
	}
	return profile.Slot{Issuers: []string{verifier}, Note: signed}
}

// macWorld is an authority that plays Apple, and what one organisation has.
type macWorld struct {
	root  *x509.Certificate
	pool  *x509.CertPool
	rootK crypto.Signer
	key   *Key
	trust darwin.Trust
}

const macTeam = "MUSTER1234"

func macKey(tb testing.TB, bits int) crypto.Signer {
	tb.Helper()
	var key crypto.Signer
	var err error
	if bits > 0 {
		key, err = rsa.GenerateKey(rand.Reader, bits)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func issue(tb testing.TB, c, parent *x509.Certificate, public crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	tb.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		tb.Fatal(err)
	}
	c.SerialNumber = serial
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, by)
	if err != nil {
		tb.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// developer issues a certificate with Apple's marks to a key.
func (w *macWorld) developer(tb testing.TB, team string, public crypto.PublicKey) []*x509.Certificate {
	tb.Helper()
	return w.developerFor(tb, team, public, x509.ExtKeyUsageCodeSigning)
}

// developerFor is developer for other uses of the key.
func (w *macWorld) developerFor(tb testing.TB, team string, public crypto.PublicKey, usages ...x509.ExtKeyUsage) []*x509.Certificate {
	tb.Helper()
	mark := func(critical bool, id ...int) []pkix.Extension {
		return []pkix.Extension{{Id: append(asn1.ObjectIdentifier{1, 2, 840, 113635, 100}, id...), Critical: critical, Value: asn1.NullBytes}}
	}
	middleKey := macKey(tb, 0)
	middle := issue(tb, &x509.Certificate{
		Subject: pkix.Name{CommonName: "Developer ID of the test"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		ExtraExtensions: mark(false, 6, 2, 6),
	}, w.root, middleKey.Public(), w.rootK)
	leaf := issue(tb, &x509.Certificate{
		Subject:  pkix.Name{CommonName: "Developer ID Application: Stadtwerke Musterhafen (" + team + ")", OrganizationalUnit: []string{team}},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: usages,
		ExtraExtensions: mark(true, 6, 1, 13),
	}, middle, public, middleKey)
	return []*x509.Certificate{leaf, middle, w.root}
}

func newMacWorld(tb testing.TB) *macWorld {
	tb.Helper()
	w := &macWorld{rootK: macKey(tb, 0), pool: x509.NewCertPool()}
	w.root = issue(tb, &x509.Certificate{
		Subject: pkix.Name{CommonName: "root of the test"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, w.rootK.Public(), w.rootK)
	w.pool.AddCert(w.root)
	w.key = &Key{Signer: macKey(tb, 2048)}
	w.key.Chain = w.developer(tb, macTeam, w.key.Signer.Public())
	w.trust = darwin.Trust{
		Issuers: macSlot(tb, "musterhafen", nil).Issuers, MinSerial: 2, Roots: w.pool, NoStamp: true,
		Signers: [][sha256.Size]byte{sha256.Sum256(w.key.Chain[0].RawSubjectPublicKeyInfo)},
	}
	return w
}

// made makes and signs a bundle.
func (w *macWorld) made(tb testing.TB, slot profile.Slot, key *Key) *darwin.Bundle {
	tb.Helper()
	intel, apple := macPrograms(tb)
	b, err := darwin.Make(intel, apple, slot, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	if key == nil {
		err = b.Sign(darwin.Signer{}) // by nobody
	} else {
		err = MacOS(tb.Context(), b, key, nil)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// handedOut is the bundle as it comes out of its ZIP file.
func handedOut(tb testing.TB, b *darwin.Bundle) *darwin.Bundle {
	tb.Helper()
	var file bytes.Buffer
	if err := b.Zip(&file); err != nil {
		tb.Fatal(err)
	}
	out, err := darwin.Unzip(file.Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestBundleForMacOSIsReadBack(t *testing.T) {
	w := newMacWorld(t)
	b := handedOut(t, w.made(t, macSlot(t, "musterhafen", nil), w.key))
	got, err := darwin.Verify(b, w.trust)
	if err != nil {
		t.Fatal(err)
	}
	if got.Team != macTeam || got.Edition != profile.ParticipantEdition || got.Profile.AppName != "Musterhafen Hilfe" || got.Adhoc || got.Stapled {
		t.Errorf("got %+v", got)
	}
	if got.Intel == got.Apple {
		t.Error("both slices have one hash")
	}
	again, err := darwin.Verify(w.made(t, macSlot(t, "musterhafen", nil), w.key), w.trust)
	if err != nil || again.Intel != got.Intel || again.Apple != got.Apple {
		t.Errorf("made twice it has other hashes: %v", err)
	}
}

// Relic reads code signatures too, with other code.
func TestRelicTakesTheSignature(t *testing.T) {
	w := newMacWorld(t)
	b := w.made(t, macSlot(t, "musterhafen", nil), w.key)
	if err := relicTakes(b, w); err != nil {
		t.Error(err)
	}
}

// relicTakes has the library check both slices: pages, the five special hashes
// that it knows, the CMS signature, both lists of hashes, the chain.
func relicTakes(b *darwin.Bundle, w *macWorld) error {
	intel, apple, err := darwin.Slices(b.Program())
	if err != nil {
		return err
	}
	for _, s := range [][]byte{intel, apple} {
		v, err := machos.Verify(bytes.NewReader(s), b.Files["Info.plist"], b.Files["_CodeSignature/CodeResources"], false)
		if err != nil {
			return err
		}
		if err := v.Signature.VerifyChain(w.pool, nil, x509.ExtKeyUsageCodeSigning); err != nil {
			return err
		}
		d := v.Blob.Directories[0]
		if d.Header.Flags != csblob.FlagRuntime || d.TeamIdentifier != macTeam || d.SigningIdentity != "lotse.participant.musterhafen-hilfe" ||
			d.ManifestHash == nil || d.RequirementsHash == nil || d.ResourcesHash == nil || d.EntitlementsHash == nil || d.EntitlementsDERHash == nil {
			return fmt.Errorf("got %+v", d.Header)
		}
	}
	return nil
}

func TestAdhocBundleIsTakenOnlyWhereBothSay(t *testing.T) {
	w := newMacWorld(t)
	may := func(d map[string]any) { d["allow_unsigned"] = true }
	allowed, plain := w.made(t, macSlot(t, "musterhafen", may), nil), w.made(t, macSlot(t, "musterhafen", nil), nil)
	adhoc := w.trust
	adhoc.Adhoc = true
	if r, err := darwin.Verify(allowed, adhoc); err != nil || !r.Adhoc || r.Signer != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	for name, err := range map[string]error{
		"not wanted":  onlyError(darwin.Verify(allowed, w.trust)),
		"not allowed": onlyError(darwin.Verify(plain, adhoc)),
	} {
		if !errors.Is(err, darwin.ErrUnsigned) {
			t.Errorf("%s: got %v, want %v", name, err, darwin.ErrUnsigned)
		}
	}
	if _, err := darwin.Verify(w.made(t, macSlot(t, "musterhafen", may), w.key), adhoc); !errors.Is(err, darwin.ErrSigner) {
		t.Errorf("signed where nobody should have: got %v", err)
	}
}

// A certificate that does not say that it is for code signs no bundle.
func TestSignerOfABundleIsForCode(t *testing.T) {
	w := newMacWorld(t)
	for name, usages := range map[string][]x509.ExtKeyUsage{"no word on its use": nil, "for servers": {x509.ExtKeyUsageServerAuth}} {
		key := &Key{Signer: w.key.Signer, Chain: w.developerFor(t, macTeam, w.key.Signer.Public(), usages...)}
		if _, err := darwin.Verify(w.made(t, macSlot(t, "musterhafen", nil), key), w.trust); !errors.Is(err, cms.ErrChain) {
			t.Errorf("%s: got %v, want %v", name, err, cms.ErrChain)
		}
	}
}

// Whoever checks in ten years has the time stamp only.
func TestBundleForMacOSIsStamped(t *testing.T) {
	w := newMacWorld(t)
	authority, err := signtest.New("authority")
	if err != nil {
		t.Fatal(err)
	}
	stamper, err := authority.NewStamper()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(stamper)
	defer server.Close()
	client := Stamper{URL: server.URL, Roots: authority.Pool()}
	b := w.made(t, macSlot(t, "musterhafen", nil), w.key)
	if err := MacOS(t.Context(), b, w.key, client.Fetch); err != nil {
		t.Fatal(err)
	}
	trust := w.trust
	trust.NoStamp, trust.TimeRoots, trust.Now = false, authority.Pool(), time.Now().AddDate(2, 0, 0)
	r, err := darwin.Verify(b, trust)
	if err != nil || time.Since(r.Time) > time.Hour {
		t.Errorf("got %v, %v", r.Time, err)
	}
	if asked := stamper.Asked.Load(); asked != 2 {
		t.Errorf("asked %d times, want once for each slice", asked)
	}
	if err := relicTakes(b, w); err == nil {
		t.Error("relic took the time stamp without its root")
	}
	w.pool.AddCert(authority.Certificate)
	if err := relicTakes(b, w); err != nil {
		t.Errorf("relic: %v", err)
	}
	trust.TimeRoots = nil
	trust.Roots = x509.NewCertPool()
	trust.Roots.AddCert(w.root)
	if _, err := darwin.Verify(b, trust); !errors.Is(err, darwin.ErrSignature) {
		t.Errorf("a stamp by a stranger: got %v, want %v", err, darwin.ErrSignature)
	}
	trust.Now = time.Now()
	if _, err := darwin.Verify(w.made(t, macSlot(t, "musterhafen", nil), w.key), trust); !errors.Is(err, darwin.ErrSignature) {
		t.Errorf("no stamp: got %v, want %v", err, darwin.ErrSignature)
	}
	before := bytes.Clone(b.Program())
	nobody := errors.New("nobody answers")
	if err := MacOS(t.Context(), b, w.key, func(context.Context, []byte) ([]byte, error) { return nil, nobody }); !errors.Is(err, nobody) || !bytes.Equal(before, b.Program()) {
		t.Errorf("got %v, and perhaps a bundle half signed", err)
	}
}

// The whole way that lotse-sign goes: a request, a key in a file, ZIP to ZIP.
func TestLotseSignSignsABundle(t *testing.T) {
	w := newMacWorld(t)
	dir := t.TempDir()
	intel, apple := macPrograms(t)
	b, err := darwin.Make(intel, apple, macSlot(t, "musterhafen", nil), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var file, answer bytes.Buffer
	if err := b.Zip(&file); err != nil {
		t.Fatal(err)
	}
	in, out, pem := filepath.Join(dir, "in.zip"), filepath.Join(dir, "out.zip"), filepath.Join(dir, "key.pem")
	key, err := signtest.PEM(w.key.Signer, w.key.Chain...)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{in: file.Bytes(), pem: key} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	request, err := json.Marshal(signer.Request{Op: signer.SignMacOS, Key: signer.Key{File: pem}, In: in, Out: out, NoStamp: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), bytes.NewReader(request), &answer); err != nil {
		t.Fatal(err)
	}
	signed, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = darwin.Unzip(signed); err != nil {
		t.Fatal(err)
	}
	if r, err := darwin.Verify(b, w.trust); err != nil || r.Team != macTeam {
		t.Errorf("got %+v, %v", r, err)
	}
}

// A signature over what lies elsewhere is not one over what lies inside.
func TestSignatureOfACodeDirectoryHasOneForm(t *testing.T) {
	w := newMacWorld(t)
	directory := []byte("a code directory")
	der, err := signDirectory(t.Context(), directory, w.key.Signer, w.key.Chain, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := cms.ParseDetached(der, directory)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err := signed.Verify(); err != nil || !leaf.Equal(w.key.Chain[0]) {
		t.Errorf("got %v", err)
	}
	if _, err := cms.Parse(der); !errors.Is(err, cms.ErrMalformed) {
		t.Errorf("as if the content lay inside: got %v, want %v", err, cms.ErrMalformed)
	}
	if other, err := cms.ParseDetached(der, []byte("another one")); err != nil || !errors.Is(onlyError(other.Verify()), cms.ErrSignature) {
		t.Errorf("over something else: %v", err)
	}
	for n := range der {
		if _, err := cms.ParseDetached(der[:n], directory); !errors.Is(err, cms.ErrMalformed) {
			t.Fatalf("the first %d bytes: got %v, want %v", n, err, cms.ErrMalformed)
		}
	}
	if _, err := cms.ParseDetached(append(der, 0), directory); !errors.Is(err, cms.ErrMalformed) {
		t.Errorf("one byte more: got %v, want %v", err, cms.ErrMalformed)
	}
}

func BenchmarkMacOS(b *testing.B) {
	w := newMacWorld(b)
	slot := macSlot(b, "musterhafen", nil)
	intel, apple := macPrograms(b)
	// As long as a program with a toolkit is: the rest is what every byte costs.
	intel, apple = longer(b, intel), longer(b, apple)
	var made *darwin.Bundle
	var file bytes.Buffer
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			made = must[*darwin.Bundle](b)(darwin.Make(intel, apple, slot, time.Now()))
		}
	})
	b.Run("sign", func(b *testing.B) {
		for b.Loop() {
			if err := MacOS(b.Context(), made, w.key, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("zip", func(b *testing.B) {
		for b.Loop() {
			file.Reset()
			if err := made.Zip(&file); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if _, err := darwin.Verify(made, w.trust); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unzip", func(b *testing.B) {
		for b.Loop() {
			if _, err := darwin.Unzip(file.Bytes()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// longer appends noise to a program's last segment until it has 25 MB.
func longer(tb testing.TB, program []byte) []byte {
	tb.Helper()
	const size = 25 << 20
	f, err := macho.NewFile(bytes.NewReader(program))
	if err != nil {
		tb.Fatal(err)
	}
	out := bytes.Clone(program)
	le := binary.LittleEndian
	at := 32
	for _, l := range f.Loads {
		switch le.Uint32(l.Raw()) {
		case 0x19:
			if s, ok := l.(*macho.Segment); ok && s.Name == "__LINKEDIT" {
				le.PutUint64(out[at+48:], size-s.Offset)
			}
		case 0x1d: // the linker's own signature becomes one at the new end
			old := le.Uint32(out[at+8:])
			n := (le.Uint32(out[at+12:]) + 15) / 16 * 16
			signature := bytes.Clone(out[old:])
			out = append(out, make([]byte, size-len(out))...)
			if _, err := rand.Read(out[old : size-n]); err != nil {
				tb.Fatal(err)
			}
			copy(out[size-n:], signature)
			le.PutUint32(out[at+8:], size-n)
			le.PutUint32(out[at+12:], n)
		}
		at += len(l.Raw())
	}
	if len(out) < size {
		noise := make([]byte, size-len(out))
		if _, err := rand.Read(noise); err != nil {
			tb.Fatal(err)
		}
		out = append(out, noise...)
	}
	return out
}

func onlyError[T any](_ T, err error) error { return err }
