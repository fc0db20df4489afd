package handshake

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"lotse/crypto/canon"
	"lotse/crypto/secret"
)

// Kind says what the two sides share. It is part of the secret: a PIN never
// passes for a link. The zero Kind is refused.
type Kind uint8

// The kinds.
const (
	// KindPIN is a PIN of digits, read out.
	KindPIN Kind = 1
	// KindLink is the 128 random bits of a personal link.
	KindLink Kind = 2
	// KindNumberOnly shares nothing: anybody in the middle succeeds unless
	// the people compare Keys.SAS.
	KindNumberOnly Kind = 3
)

const (
	// maxPIN is the longest PIN in digits.
	maxPIN = 12
	// maxPassword is the longest password in bytes, before preparation.
	maxPassword = 1 << 10
	// PINDigits is the length of the PINs that NewPIN draws.
	PINDigits = 6
	// linkSize is the length of a link's secret in bytes: 128 bits.
	linkSize = 16
)

// Secret is what both sides must know.
type Secret struct {
	Kind Kind
	// PIN is the PIN in digits, or a link's secret as NewLink wrote it, or
	// empty for KindNumberOnly.
	PIN secret.Text
	// Password may be added to each kind. Spelling is prepared by RFC 8265
	// (OpaqueString), so that one password typed on two systems is one.
	Password secret.Text
}

// prs returns LV("lotse prs", kind, PIN, prepared password).
func (s Secret) prs() (secret.Bytes, error) {
	pin := s.PIN.Reveal()
	ok := false
	switch s.Kind {
	case KindPIN:
		ok = pin != "" && len(pin) <= maxPIN && strings.Trim(pin, "0123456789") == ""
	case KindLink:
		raw, err := base64.RawURLEncoding.Strict().DecodeString(pin)
		ok = err == nil && len(raw) == linkSize
	case KindNumberOnly:
		ok = pin == ""
	default:
	}
	if !ok {
		return nil, fmt.Errorf("%w: Secret of kind %d", ErrConfig, s.Kind)
	}
	password, err := preparePassword(s.Password)
	if err != nil {
		return nil, err
	}
	return canon.LV([]byte("lotse prs"), []byte{byte(s.Kind)}, []byte(pin), password), nil
}

// preparePassword applies OpaqueString of RFC 8265 section 4. No password is
// the empty string. The reason of a refusal is left out: it could quote it.
func preparePassword(p secret.Text) (secret.Bytes, error) {
	if p == "" {
		return nil, nil
	}
	if len(p) > maxPassword {
		return nil, fmt.Errorf("%w: Password too long", ErrConfig)
	}
	out, err := precis.OpaqueString.Bytes([]byte(p.Reveal()))
	if err != nil || !utf8.ValidString(p.Reveal()) {
		return nil, fmt.Errorf("%w: Password holds characters that none may hold", ErrConfig)
	}
	return out, nil
}

// NewPIN draws six digits, all of the 10^6 equally likely. A nil random means
// crypto/rand.
func NewPIN(random io.Reader) (secret.Text, error) {
	s, err := digits(random, PINDigits, 0)
	return secret.Text(s), err
}

// NewNumber draws a session number of n digits, 5 to 9, that does not begin
// with 0. It is an address and no secret. A nil random means crypto/rand.
func NewNumber(random io.Reader, n int) (string, error) {
	if n < 5 || n > 9 {
		return "", fmt.Errorf("%w: number of %d digits", ErrConfig, n)
	}
	return digits(random, n, 1)
}

// NewLink draws the secret of a personal link: 128 bits in 22 characters
// that may stand in a URL's fragment. A nil random means crypto/rand.
func NewLink(random io.Reader) (secret.Text, error) {
	raw, err := draw(random, linkSize)
	if err != nil {
		return "", err
	}
	return secret.Text(base64.RawURLEncoding.EncodeToString(raw)), nil
}

// digits draws n digits, the first not below first, by rejection: every result
// is equally likely.
func digits(random io.Reader, n int, first byte) (string, error) {
	out := make([]byte, 0, n)
	for len(out) < n {
		b, err := draw(random, 1)
		if err != nil {
			return "", err
		}
		d := b[0] % 10
		if b[0] >= 250 || len(out) == 0 && d < first {
			continue // 250 is the largest multiple of 10 in a byte
		}
		out = append(out, '0'+d)
	}
	return string(out), nil
}

// sas turns 64 bytes that both sides share into what people compare: a number
// below 10^8 and six of 64 symbols. The modulo's bias is below 2^-400.
func sas(raw secret.Bytes) (text string, indices [6]uint8) {
	n := new(big.Int).Mod(new(big.Int).SetBytes(raw.Reveal()[:56]), big.NewInt(1e8)).Uint64()
	for i, b := range raw.Reveal()[56:62] {
		indices[i] = b & 63
	}
	return fmt.Sprintf("%02d %02d %02d %02d", n/1e6, n/1e4%100, n/100%100, n%100), indices
}
