package profile

import (
	"crypto/ed25519"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"lotse/crypto/canon"
	"lotse/crypto/note"
	"lotse/crypto/secret"
)

// operatorKind is the kind of note that an operator certificate is.
const operatorKind = "operator"

// MaxOperatorLife is how long an operator certificate may hold: a day's work
// (protocol.md §2).
const MaxOperatorLife = 24 * time.Hour

// ErrOperator says that an operator certificate is not valid.
var ErrOperator = errors.New("profile: operator certificate not valid")

// OperatorFacts is what an operator certificate says: who logged in, where,
// and until when. It lets nobody in without the licence it names.
//
// CBOR map: 1 user id · 2 login · 3 name · 4 licence number · 5 device key
// (32) · 6 not before · 7 not after, both Unix seconds.
type OperatorFacts struct {
	User      string            `cbor:"1,keyasint"`
	Login     string            `cbor:"2,keyasint"`
	Name      string            `cbor:"3,keyasint"`
	Licence   string            `cbor:"4,keyasint"`
	Device    ed25519.PublicKey `cbor:"5,keyasint"`
	NotBefore int64             `cbor:"6,keyasint"`
	NotAfter  int64             `cbor:"7,keyasint"`
}

// IssueOperator signs facts with a portal's key (crypto/note).
func IssueOperator(facts OperatorFacts, issuer secret.Text) ([]byte, error) {
	if err := facts.check(); err != nil {
		return nil, err
	}
	signed, err := note.Sign(operatorKind, canon.Marshal(facts), issuer)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return signed, nil
}

// OpenOperator reads a certificate that one of the issuers signed, that is
// valid at the time now, and that was made for this device.
func OpenOperator(data []byte, issuers []string, device ed25519.PublicKey, now time.Time) (OperatorFacts, error) {
	body, _, err := note.Open(operatorKind, data, issuers)
	if err != nil {
		return OperatorFacts{}, fmt.Errorf("%w: %w", ErrOperator, err)
	}
	var facts OperatorFacts
	if err := canon.Unmarshal(body, &facts); err != nil {
		return OperatorFacts{}, fmt.Errorf("%w: %w", ErrOperator, err)
	}
	if err := facts.check(); err != nil {
		return OperatorFacts{}, err
	}
	switch at := now.Unix(); {
	case at < facts.NotBefore:
		return OperatorFacts{}, fmt.Errorf("%w: it does not hold yet", ErrOperator)
	case at > facts.NotAfter:
		return OperatorFacts{}, fmt.Errorf("%w: it ran out", ErrOperator)
	case subtle.ConstantTimeCompare(facts.Device, device) != 1:
		return OperatorFacts{}, fmt.Errorf("%w: it belongs to another computer", ErrOperator)
	}
	return facts, nil
}

func (f OperatorFacts) check() error {
	life := f.NotAfter - f.NotBefore
	switch {
	case f.User == "" || f.Login == "" || !showable(f.User) || !showable(f.Login) || !showable(f.Name):
		return fmt.Errorf("%w: names", ErrOperator)
	case !validNumber(f.Licence):
		return fmt.Errorf("%w: number of the licence", ErrOperator)
	case len(f.Device) != ed25519.PublicKeySize:
		return fmt.Errorf("%w: device key of %d bytes", ErrOperator, len(f.Device))
	case life <= 0 || life > int64(MaxOperatorLife/time.Second):
		return fmt.Errorf("%w: it would hold for %d s", ErrOperator, life)
	}
	return nil
}
