package verify

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/tc-hib/winres"
	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/authenticode"
	"lotse/packaging/brand"
	"lotse/packaging/profile"
	"lotse/packaging/sign"
	"lotse/packaging/signtest"
)

// world is an organisation that brands and signs.
type world struct {
	ca       *signtest.Authority
	key      *sign.Key
	client   *sign.Stamper
	issuer   note.Signer
	verifier string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	var err error
	if w.ca, err = signtest.New("authority"); err != nil {
		t.Fatal(err)
	}
	w.key = certified(t, w.ca.CodeSigner)
	stamper, err := w.ca.NewStamper()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(stamper)
	t.Cleanup(server.Close)
	w.client = &sign.Stamper{URL: server.URL, Roots: w.ca.Pool()}
	w.issuer, w.verifier = newIssuer(t)
	return w
}

func certified(t *testing.T, issue func(string, crypto.PublicKey) (*x509.Certificate, error)) *sign.Key {
	t.Helper()
	key, err := signtest.RSA()
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := issue("Stadtwerke Musterhafen", key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return &sign.Key{Signer: key, Chain: []*x509.Certificate{leaf}}
}

func newIssuer(t *testing.T) (note.Signer, string) {
	t.Helper()
	private, verifier, err := ournote.GenerateKey("musterhafen")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return s, verifier
}

// profile is the example's, with who signs and more fields.
func (w *world) profile(t *testing.T, more string) ([]byte, *profile.Profile) {
	t.Helper()
	text, err := os.ReadFile("../brands/example/participant.json")
	if err != nil {
		t.Fatal(err)
	}
	spki := sha256.Sum256(w.key.Chain[0].RawSubjectPublicKeyInfo)
	text = bytes.Replace(text, []byte(`"schema": 1,`), fmt.Appendf(nil, `"schema": 1, %s "signers": [{"spki": "%x"}],`, more, spki), 1)
	signed, err := profile.Sign(text, w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	_, p, err := profile.Open(signed, []string{w.verifier})
	if err != nil {
		t.Fatal(err)
	}
	return signed, p
}

// make brands the template with the example's profile and signs it.
func (w *world) make(t *testing.T, template []byte, key *sign.Key, client *sign.Stamper) []byte {
	t.Helper()
	signed, _ := w.profile(t, "")
	branded, err := brand.Program(template, profile.Slot{Issuers: []string{w.verifier}, Note: signed}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	out, err := sign.Windows(t.Context(), branded, key, "Musterhafen Hilfe", "", client)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) trust() Trust {
	return Trust{
		Code: authenticode.Trust{Roots: w.ca.Pool()}, Issuers: []string{w.verifier}, MinSerial: 7,
		Signers: [][sha256.Size]byte{sha256.Sum256(w.key.Chain[0].RawSubjectPublicKeyInfo)},
	}
}

func template(t *testing.T) []byte {
	t.Helper()
	file, err := signtest.Build(t.Context(), t.TempDir(), "windows", "participant")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNothingAlteredVerifies(t *testing.T) {
	w := newWorld(t)
	in := template(t)
	program := w.make(t, in, w.key, w.client)
	if r, err := Program(program, w.trust()); err != nil || r.Profile.AppName != "Musterhafen Hilfe" || r.Signature.Stamper == nil {
		t.Fatalf("as it was made: got %+v, %v", r, err)
	}
	rows, err := signtest.Tamper(program, "Musterhafen Hilfe")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		_, err := Program(row.Program, w.trust())
		if !errors.Is(err, authenticode.ErrSignature) && !errors.Is(err, authenticode.ErrTable) && !errors.Is(err, authenticode.ErrUnsigned) {
			t.Errorf("%s: got %v", row.Name, err)
		}
	}
	if len(rows) != 13 {
		t.Errorf("got %d rows, want 13", len(rows))
	}
	// One flipped byte anywhere is found, even without mending the checksum.
	for at := 0; at < len(program); at += len(program)/97 + 1 {
		program[at] ^= 0x10
		if _, err := Program(program, w.trust()); err == nil {
			t.Errorf("byte %d altered: taken", at)
		}
		program[at] ^= 0x10
	}
	t.Run("somebody else", func(t *testing.T) { strangers(t, w, in) })
}

// strangers are programs that are whole, and made by somebody else.
func strangers(t *testing.T, w *world, in []byte) {
	t.Helper()
	other := newWorld(t)
	expired := certified(t, w.ca.Expired)
	second := certified(t, w.ca.CodeSigner)
	later := w.trust()
	later.MinSerial = 8
	unstamped := w.trust()
	unstamped.Code.NoStamp = true
	afterwards := unstamped
	afterwards.Code.Now = time.Now().AddDate(4, 0, 0)
	stamped := w.trust()
	stamped.Code.Now = time.Now().AddDate(4, 0, 0)
	named := w.trust()
	named.Signers = nil
	unsigned := w.trust()
	unsigned.Unsigned = true
	stripped, err := signtest.Strip(w.make(t, in, w.key, w.client))
	if err != nil {
		t.Fatal(err)
	}
	nobody := w.trust()
	nobody.Issuers = nil
	for name, row := range map[string]struct {
		program []byte
		trust   Trust
		want    error
	}{
		"another issuer's profile":      {other.make(t, in, w.key, w.client), w.trust(), ErrIssuer},
		"an older profile":              {w.make(t, in, w.key, w.client), later, ErrSerial},
		"another authority's signer":    {w.make(t, in, other.key, w.client), w.trust(), authenticode.ErrSignature},
		"another authority's stamp":     {w.make(t, in, w.key, other.client), w.trust(), authenticode.ErrSignature},
		"another signer":                {w.make(t, in, second, w.client), w.trust(), ErrSigner},
		"a certificate that has ended":  {w.make(t, in, expired, w.client), w.trust(), authenticode.ErrSignature},
		"no time stamp":                 {w.make(t, in, w.key, nil), w.trust(), authenticode.ErrSignature},
		"no time stamp, which is right": {w.make(t, in, w.key, nil), unstamped, nil},
		"no time stamp, years later":    {w.make(t, in, w.key, nil), afterwards, authenticode.ErrSignature},
		"a time stamp, years later":     {w.make(t, in, w.key, w.client), stamped, nil},
		"the profile's signer":          {w.make(t, in, w.key, w.client), named, nil},
		"not the profile's signer":      {w.make(t, in, second, w.client), named, ErrSigner},
		"signed, which it should not":   {w.make(t, in, w.key, w.client), unsigned, ErrSigned},
		"unsigned, which it may not be": {stripped, unsigned, authenticode.ErrUnsigned},
		"no issuer is expected":         {w.make(t, in, w.key, w.client), nobody, ErrIssuer},
	} {
		if _, err := Program(row.program, row.trust); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

func TestSignerIsTheProfiles(t *testing.T) {
	key := sha256.Sum256([]byte("key"))
	other := sha256.Sum256([]byte("other"))
	for name, row := range map[string]struct {
		p    profile.Profile
		more [][sha256.Size]byte
		ok   bool
	}{
		"named":             {profile.Profile{Signers: []profile.Signer{{SPKI: key}}}, nil, true},
		"named among two":   {profile.Profile{Signers: []profile.Signer{{SPKI: other}, {SPKI: key}}}, nil, true},
		"another named":     {profile.Profile{Signers: []profile.Signer{{SPKI: other}}}, nil, false},
		"given":             {profile.Profile{Signers: []profile.Signer{{SPKI: other}}}, [][sha256.Size]byte{key}, false},
		"named and given":   {profile.Profile{Signers: []profile.Signer{{SPKI: key}}}, [][sha256.Size]byte{other, key}, true},
		"another given":     {profile.Profile{Signers: []profile.Signer{{SPKI: key}}}, [][sha256.Size]byte{other}, false},
		"nobody named":      {profile.Profile{}, nil, false},
		"nobody but given":  {profile.Profile{}, [][sha256.Size]byte{key}, false},
		"anybody":           {profile.Profile{AllowUnsigned: true}, nil, false},
		"anybody, given":    {profile.Profile{AllowUnsigned: true}, [][sha256.Size]byte{key}, true},
		"a team of Apple's": {profile.Profile{Signers: []profile.Signer{{Team: "ABCDE12345"}}}, nil, false},
	} {
		if err := checkSigner(&row.p, key, row.more); (err == nil) != row.ok {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A program of an older version is judged by its own: by what the profile wants,
// and by the version that its resources name.
func TestVersionIsTheProgramsOwn(t *testing.T) {
	w := newWorld(t)
	for name, row := range map[string]struct {
		minimum, resources string
		want               error
	}{
		"as it was made":    {"0.0.9", "0.0.9", nil},
		"too old":           {"0.1.0", "0.0.9", profile.ErrTooOld},
		"another's details": {"0.0.9", "0.1.0", ErrResources},
	} {
		older, err := signtest.Older(template(t))
		if err != nil {
			t.Fatal(err)
		}
		signed, p := w.profile(t, fmt.Sprintf(`"min_version": %q,`, row.minimum))
		if err := profile.Fill(older, profile.Slot{Issuers: []string{w.verifier}, Note: signed}); err != nil {
			t.Fatal(err)
		}
		set, err := brand.Resources(p, row.resources)
		if err != nil {
			t.Fatal(err)
		}
		var branded bytes.Buffer
		if err := set.WriteToEXE(&branded, bytes.NewReader(older), winres.ForceCheckSum()); err != nil {
			t.Fatal(err)
		}
		program, err := sign.Windows(t.Context(), branded.Bytes(), w.key, "Musterhafen Hilfe", "", w.client)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := Program(program, w.trust()); !errors.Is(err, row.want) || err == nil && r.Version != "0.0.9" {
			t.Errorf("%s: got %+v, %v, want %v", name, r, err, row.want)
		}
	}
}

// A program that was signed and altered is not an unsigned one, though its
// profile would let that start.
func TestUnsignedIsWhatNobodySigned(t *testing.T) {
	w := newWorld(t)
	signed, _ := w.profile(t, `"allow_unsigned": true,`)
	branded, err := brand.Program(template(t), profile.Slot{Issuers: []string{w.verifier}, Note: signed}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	altered, err := sign.Windows(t.Context(), branded, w.key, "Musterhafen Hilfe", "", w.client)
	if err != nil {
		t.Fatal(err)
	}
	altered[len(altered)/4] ^= 1
	trust := w.trust()
	trust.Unsigned = true
	for name, row := range map[string]struct {
		program []byte
		want    error
	}{
		"by nobody":              {branded, nil},
		"by somebody, altered":   {altered, ErrSigned},
		"by nobody, with a tail": {append(bytes.Clone(branded), "payload."...), authenticode.ErrProgram},
	} {
		if _, err := Program(row.program, trust); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

func TestResourcesAreTheProfiles(t *testing.T) {
	w := newWorld(t)
	in := template(t)
	// The example's profile in a program that still has the template's resources.
	text, err := os.ReadFile("../brands/example/participant.json")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := profile.Sign(text, w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	if err := profile.Fill(in, profile.Slot{Issuers: []string{w.verifier}, Note: signed}); err != nil {
		t.Fatal(err)
	}
	out, err := sign.Windows(t.Context(), in, w.key, "", "", w.client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Program(out, w.trust()); !errors.Is(err, ErrResources) {
		t.Errorf("got %v, want %v", err, ErrResources)
	}
}
