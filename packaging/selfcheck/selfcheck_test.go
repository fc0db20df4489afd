package selfcheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lotse/packaging/authenticode"
	"lotse/packaging/profile"
)

// The files of testdata are a program of one instruction that does nothing,
// without a signature, and signed by osslsigncode 2.5 with an RSA and with a P-256
// key of certificates that nobody else vouches for. These are the keys, as
// openssl says.
const (
	rsaKey   = "025cc3aae0022e95d013d7a5e91fd3722e5c2ec9608ebcb3e7047c66e32016fc"
	curveKey = "a977d5439c8c5f4db3e326a763c18c78c51b023010e5ad945d921514c5c5853f"
)

func load(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func key(tb testing.TB, digits string) (k [sha256.Size]byte) {
	tb.Helper()
	if n, err := hex.Decode(k[:], []byte(digits)); err != nil || n != len(k) {
		tb.Fatal(n, err)
	}
	return k
}

func TestSignerIsTheOneWhoSigned(t *testing.T) {
	for name, want := range map[string]string{"signed.exe": rsaKey, "signed-ec.exe": curveKey} {
		if got, err := PE(load(t, name)); err != nil || got.SPKI != key(t, want) {
			t.Errorf("%s: got %x, %v, want %s", name, got.SPKI, err, want)
		}
	}
	if _, err := PE(load(t, "unsigned.exe")); !errors.Is(err, ErrUnsigned) {
		t.Errorf("unsigned: got %v, want %v", err, ErrUnsigned)
	}
}

// TestEveryChangedByteIsNoticed changes each byte in two of its bits, of which one
// turns simple ASN.1 into compound. What others say of the signer's key in its
// certificate counts for nothing: the profile names the key.
func TestEveryChangedByteIsNoticed(t *testing.T) {
	for name, who := range map[string]string{"signed.exe": rsaKey, "signed-ec.exe": curveKey} {
		program := load(t, name)
		s, err := authenticode.Read(program)
		if err != nil {
			t.Fatal(err)
		}
		cert := bytes.Index(program, s.Signer.Raw)
		free := func(at int) bool { return at >= cert && at < cert+len(s.Signer.Raw) }
		noticed := 0
		for at := range program {
			for _, bit := range []int{0, 5} {
				program[at] ^= 1 << bit
				got, err := PE(program)
				if err == nil && got.SPKI == key(t, who) && !free(at) {
					t.Fatalf("%s: bit %d of byte %#x was not noticed", name, bit, at)
				}
				if err != nil {
					noticed++
				}
				program[at] ^= 1 << bit
			}
		}
		if least := 2 * (len(program) - len(s.Signer.Raw)); noticed < least {
			t.Errorf("%s: %d changes were noticed, want %d at least", name, noticed, least)
		}
	}
}

func TestNothingLiesBesideTheSignature(t *testing.T) {
	signed := load(t, "signed.exe")
	le := binary.LittleEndian
	const security = 0x80 + 24 + 144 // in the headers of this program
	begin := int(le.Uint32(signed[security:]))
	table := signed[begin:]
	for name, spoil := range map[string]func() []byte{
		"a byte behind it":      func() []byte { return append(bytes.Clone(signed), 0) },
		"eight bytes behind it": func() []byte { return append(bytes.Clone(signed), make([]byte, 8)...) },
		"a larger table": func() []byte { // the place in which others hide a configuration
			b := append(bytes.Clone(signed), []byte("secrets!")...)
			le.PutUint32(b[security+4:], uint32(len(table)+8))
			le.PutUint32(b[begin:], le.Uint32(table)+8)
			return b
		},
		"two signatures": func() []byte {
			b := append(bytes.Clone(signed), table...)
			le.PutUint32(b[security+4:], uint32(2*len(table)))
			return b
		},
		"a shorter table": func() []byte {
			b := bytes.Clone(signed)
			le.PutUint32(b[security+4:], uint32(len(table)-8))
			return b
		},
		"a table in the headers": func() []byte {
			b := bytes.Clone(signed)
			le.PutUint32(b[security:], 0)
			return b
		},
		"another's signature": func() []byte {
			other := load(t, "signed-ec.exe")
			b := append(bytes.Clone(signed[:begin]), other[begin:]...)
			b[begin-1] ^= 1
			le.PutUint32(b[security+4:], uint32(len(other)-begin))
			return b
		},
		"nothing":    func() []byte { return nil },
		"two bytes":  func() []byte { return []byte("MZ") },
		"an ELF":     func() []byte { return append([]byte("\x7fELF"), signed[4:]...) },
		"a cut file": func() []byte { return signed[:len(signed)-8] },
	} {
		if got, err := PE(spoil()); !errors.Is(err, ErrAltered) {
			t.Errorf("%s: got %x, %v, want %v", name, got.SPKI, err, ErrAltered)
		}
	}
}

func TestProfileSaysWhoMaySign(t *testing.T) {
	us, other := profile.Signer{SPKI: key(t, rsaKey)}, profile.Signer{SPKI: key(t, curveKey), Team: "ABCDE12345"}
	signedBy := func(s Signer, err error) func() (Signer, error) { return func() (Signer, error) { return s, err } }
	byUs := signedBy(Signer{SPKI: us.SPKI}, nil)
	for name, row := range map[string]struct {
		p    profile.Profile
		look func() (Signer, error)
		want error
	}{
		"ours":                              {profile.Profile{Signers: []profile.Signer{other, us}}, byUs, nil},
		"somebody else's":                   {profile.Profile{Signers: []profile.Signer{other}}, byUs, ErrStranger},
		"somebody else's, unsigned allowed": {profile.Profile{Signers: []profile.Signer{other}, AllowUnsigned: true}, byUs, ErrStranger},
		"by nobody named":                   {profile.Profile{}, byUs, ErrStranger},
		"by nobody named, unsigned allowed": {profile.Profile{AllowUnsigned: true}, byUs, nil},
		"our team's":                        {profile.Profile{Signers: []profile.Signer{other}}, signedBy(Signer{Team: "ABCDE12345"}, nil), nil},
		"without key and team":              {profile.Profile{Signers: []profile.Signer{other, us, {}}}, signedBy(Signer{}, nil), ErrStranger},
		"unsigned":                          {profile.Profile{Signers: []profile.Signer{us}}, signedBy(Signer{}, ErrUnsigned), ErrUnsigned},
		"unsigned and allowed":              {profile.Profile{Signers: []profile.Signer{us}, AllowUnsigned: true}, signedBy(Signer{}, ErrUnsigned), nil},
		"altered":                           {profile.Profile{Signers: []profile.Signer{us}}, signedBy(Signer{}, ErrAltered), ErrAltered},
		"altered, unsigned allowed":         {profile.Profile{Signers: []profile.Signer{us}, AllowUnsigned: true}, signedBy(Signer{}, ErrAltered), ErrAltered},
		"unreadable, unsigned allowed":      {profile.Profile{AllowUnsigned: true}, signedBy(Signer{}, ErrUnchecked), ErrUnchecked},
		"on a system without signatures":    {profile.Profile{Signers: []profile.Signer{us}}, signedBy(Signer{}, errNoSignatures), nil},
	} {
		if err := judge(&row.p, row.look); !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
}

// Whoever signs writes a team into the program; only one that Apple vouches for
// counts.
func TestTeamCountsOnlyWhereAppleVouchesForIt(t *testing.T) {
	const team = "MUSTER1234"
	p := profile.Profile{Signers: []profile.Signer{{Team: team}, {Team: `X" or true`}}}
	for name, row := range map[string]struct {
		claimed string
		vouched bool
		asked   bool
		want    error
	}{
		"Apple vouches":                        {team, true, true, nil},
		"claimed with a certificate self-made": {team, false, true, ErrStranger},
		"another one's":                        {"STRANGER99", true, true, ErrStranger},
		"none":                                 {"", true, false, ErrStranger},
		"not how teams look":                   {`X" or true`, true, false, ErrStranger},
		"one that ends a line":                 {team + "\n", true, false, ErrStranger},
	} {
		asked := ""
		s := Signer{SPKI: key(t, rsaKey)}.withTeam(row.claimed, func(requirement string) bool { asked = requirement; return row.vouched })
		if err := judge(&p, func() (Signer, error) { return s, nil }); !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
		want := ""
		if row.asked {
			want = `anchor apple generic and certificate 1[field.1.2.840.113635.100.6.2.6] exists and ` +
				`certificate leaf[field.1.2.840.113635.100.6.1.13] exists and certificate leaf[subject.OU] = "` + row.claimed + `"`
		}
		if asked != want {
			t.Errorf("%s: asked %q, want %q", name, asked, want)
		}
	}
}

func FuzzPE(f *testing.F) {
	for _, name := range []string{"unsigned.exe", "signed.exe", "signed-ec.exe"} {
		f.Add(load(f, name))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if _, err := PE(program); err != nil && !errors.Is(err, ErrAltered) && !errors.Is(err, ErrUnsigned) {
			t.Fatalf("got %v, which is neither", err)
		}
	})
}
