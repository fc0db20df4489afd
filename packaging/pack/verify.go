package pack

import (
	"cmp"
	"context"
	"crypto/x509"

	"lotse/packaging/verify"
)

// trustFlags say what a finished program must be.
type trustFlags struct {
	roots, stampRoots string
	signers           list
	noStamp, unsigned bool
	minSerial         uint
}

func (c *call) trustFlags() *trustFlags {
	f := &trustFlags{}
	c.flags.StringVar(&f.roots, "roots", "", "PEM file with the roots that the signer must lead to; without it the system's")
	c.flags.StringVar(&f.stampRoots, "stamp-roots", "", "PEM file with the roots that the time stamp must lead to; without it as -roots")
	c.flags.Var(&f.signers, "signer-certificate", "PEM certificate of who may have signed; the profile's signers have to name the key as well; may be given several times")
	c.flags.BoolVar(&f.noStamp, "no-stamp", false, "no time stamp: the signature ends with its certificate")
	c.flags.UintVar(&f.minSerial, "min-serial", 0, "refuse a profile with a serial below this")
	return f
}

// of is trust with the issuers' keys read.
func (f *trustFlags) of(issuers list) (verify.Trust, error) {
	keys, err := verifiers("issuer", issuers)
	if err != nil {
		return verify.Trust{}, err
	}
	return f.trust(keys)
}

// forStamps is the file with the roots that time stamps must lead to, or empty
// for the system's.
func (f *trustFlags) forStamps() string { return cmp.Or(f.stampRoots, f.roots) }

func (f *trustFlags) trust(issuers []string) (t verify.Trust, err error) {
	t = verify.Trust{Issuers: issuers, MinSerial: uint32(min(f.minSerial, 1<<32-1)), Unsigned: f.unsigned}
	t.Code.NoStamp = f.noStamp
	if f.roots != "" {
		if t.Code.Roots, err = pool(f.roots); err != nil {
			return t, err
		}
	}
	if f.stampRoots != "" {
		if t.Code.TimeRoots, err = pool(f.stampRoots); err != nil {
			return t, err
		}
	}
	for _, file := range f.signers {
		sum, err := spkiOf(file)
		if err != nil {
			return t, err
		}
		t.Signers = append(t.Signers, sum)
	}
	return t, nil
}

func runVerify(_ context.Context, c *call) (result, error) {
	in := c.flags.String("in", "", "the finished program")
	issuers := c.issuers(profileIssuer)
	trust := c.trustFlags()
	c.flags.BoolVar(&trust.unsigned, "unsigned", false, "nobody signed it: for Linux, or for a profile with allow_unsigned")
	if err := c.parse("in", "issuer"); err != nil {
		return result{}, err
	}
	t, err := trust.of(*issuers)
	if err != nil {
		return result{}, err
	}
	program, err := readProgram(*in)
	if err != nil {
		return result{}, err
	}
	r, err := verify.Program(program, t)
	if err != nil {
		return result{}, err //nolint:wrapcheck // says what is the matter
	}
	m := madeOf(*in, r, nil)
	return result{m.text() + "It is what it should be.\n", m}, nil
}

// pool reads a PEM file of roots.
func pool(file string) (*x509.CertPool, error) {
	all, err := readCertificates(file)
	if err != nil {
		return nil, err
	}
	p := x509.NewCertPool()
	for _, c := range all {
		p.AddCert(c)
	}
	return p, nil
}
