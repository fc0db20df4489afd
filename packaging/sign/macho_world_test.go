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
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/darwin"
	"lotse/packaging/profile"
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
	by, verifier := macIssuer(tb, issuer)
	signed, err := profile.Sign(text, by)
	if err != nil {
		tb.Fatal(err)
	}
	return profile.Slot{Issuers: []string{verifier}, Note: signed}
}

// macIssuer is the key of the issuer of a name.
func macIssuer(tb testing.TB, name string) (by note.Signer, verifier string) {
	tb.Helper()
	seed := sha256.Sum256([]byte(name))
	private, verifier, err := ournote.KeyFromSeed(name, seed[:])
	if err != nil {
		tb.Fatal(err)
	}
	if by, err = note.NewSigner(private.Reveal()); err != nil {
		tb.Fatal(err)
	}
	return by, verifier
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
