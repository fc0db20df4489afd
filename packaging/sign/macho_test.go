package sign

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"debug/macho"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sassoftware/relic/v8/lib/fruit/csblob"
	"github.com/sassoftware/relic/v8/lib/fruit/machos"

	"lotse/packaging/cms"
	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/signer"
	"lotse/packaging/signtest"
)

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
