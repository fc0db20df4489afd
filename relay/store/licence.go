package store

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"lotse/relay/store/internal/query"
)

// maxText is the longest name, reason or note in bytes.
const maxText = 256

// Licence is a licence as it was handed out, and whether it still holds.
type Licence struct {
	// Number is its ten digits.
	Number string
	// Organisation and Name are who it belongs to.
	Organisation, Name string
	// Edition is what was booked.
	Edition string
	// MaxMembers is how many may be in a room, the master included.
	MaxMembers uint8
	// ModuleKey is the key of the master that it was made for.
	ModuleKey ed25519.PublicKey
	// NotAfter is when it runs out, Issued when it was made.
	NotAfter, Issued time.Time
	// Note is the signed document.
	Note []byte
	// Revoked is when it was taken back, zero for never; Why says so in words.
	Revoked time.Time
	Why     string
}

// AddLicence keeps a new licence. It returns ErrExists for a number that is
// there.
func (s *Store) AddLicence(ctx context.Context, l Licence) error {
	if l.Number == "" || !plain(l.Number, l.Organisation, l.Name, l.Edition) || len(l.Note) == 0 || len(l.ModuleKey) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: licence", ErrInvalid)
	}
	return told(s.q.InsertLicence(ctx, query.InsertLicenceParams{
		Number: l.Number, Organisation: l.Organisation, Name: l.Name, Edition: l.Edition,
		MaxMembers: int64(l.MaxMembers), ModuleKey: l.ModuleKey, NotAfter: millis(l.NotAfter), Issued: millis(l.Issued), Note: l.Note,
	}))
}

// Licence returns the licence of a number, or ErrNotFound.
func (s *Store) Licence(ctx context.Context, number string) (Licence, error) {
	row, err := s.q.Licence(ctx, number)
	if err != nil {
		return Licence{}, told(err)
	}
	return licenceOf(row), nil
}

// Licences returns all licences in the order of their numbers.
func (s *Store) Licences(ctx context.Context) ([]Licence, error) {
	rows, err := s.q.Licences(ctx)
	if err != nil {
		return nil, told(err)
	}
	out := make([]Licence, len(rows))
	for i, row := range rows {
		out[i] = licenceOf(row)
	}
	return out, nil
}

// RevokeLicence takes a licence back for good: no room opens with it any more,
// and those that are open end. It returns ErrNotFound where there is none that
// holds.
func (s *Store) RevokeLicence(ctx context.Context, number, why string, at time.Time) error {
	return s.atomically(ctx, func(q *query.Queries) error {
		n, err := q.RevokeLicence(ctx, query.RevokeLicenceParams{Revoked: millis(at), Why: why, Number: number})
		if err != nil {
			return told(err)
		}
		if n == 0 {
			return ErrNotFound
		}
		return revoke(ctx, q, Revocation{Kind: RevokedLicence, Subject: number, Why: why, At: at})
	})
}

func licenceOf(row query.Licence) Licence {
	return Licence{
		Number: row.Number, Organisation: row.Organisation, Name: row.Name, Edition: row.Edition,
		MaxMembers: uint8(min(max(row.MaxMembers, 0), 255)), ModuleKey: row.ModuleKey,
		NotAfter: timeOf(row.NotAfter), Issued: timeOf(row.Issued), Note: row.Note, Revoked: timeOf(row.Revoked), Why: row.Why,
	}
}

// plain reports whether texts can be shown in a table and a sentence.
func plain(texts ...string) bool {
	for _, t := range texts {
		if len(t) > maxText || !utf8.ValidString(t) {
			return false
		}
		for _, r := range t {
			if !unicode.IsGraphic(r) {
				return false
			}
		}
	}
	return true
}
