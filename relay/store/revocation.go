package store

import (
	"context"
	"fmt"
	"time"

	"lotse/relay/store/internal/query"
)

// RevokedKind says what was taken back.
type RevokedKind string

// What can be taken back.
const (
	RevokedLicence RevokedKind = "licence" // the subject is its number
	RevokedUser    RevokedKind = "user"    // the subject is the user's id
	RevokedDevice  RevokedKind = "device"  // the subject is the device's key in hex
)

// Revocation is something that holds no more, from At on.
type Revocation struct {
	// Serial counts up over all relays of a database.
	Serial  int64
	Kind    RevokedKind
	Subject string
	// Why is for people.
	Why string
	At  time.Time
}

// Revoke takes something back that is kept nowhere else, such as a device.
func (s *Store) Revoke(ctx context.Context, r Revocation) error {
	return s.atomically(ctx, func(q *query.Queries) error { return revoke(ctx, q, r) })
}

func revoke(ctx context.Context, q *query.Queries, r Revocation) error {
	switch r.Kind {
	case RevokedLicence, RevokedUser, RevokedDevice:
	default:
		return fmt.Errorf("%w: revocation of a %q", ErrInvalid, r.Kind)
	}
	if r.Subject == "" || !plain(r.Subject, r.Why) {
		return fmt.Errorf("%w: revocation", ErrInvalid)
	}
	last, err := q.LastRevocation(ctx)
	if err != nil {
		return told(err)
	}
	return told(q.InsertRevocation(ctx, query.InsertRevocationParams{
		Serial: last + 1, Kind: string(r.Kind), Subject: r.Subject, Why: r.Why, At: millis(r.At),
	}))
}

// RevokedAfter returns what was taken back after a serial, oldest first, at
// most most of them.
func (s *Store) RevokedAfter(ctx context.Context, serial int64, most int32) ([]Revocation, error) {
	if err := s.there(); err != nil {
		return nil, err
	}
	rows, err := s.q.RevocationsAfter(ctx, query.RevocationsAfterParams{Serial: serial, Limit: most})
	if err != nil {
		return nil, told(err)
	}
	out := make([]Revocation, len(rows))
	for i, row := range rows {
		out[i] = Revocation{Serial: row.Serial, Kind: RevokedKind(row.Kind), Subject: row.Subject, Why: row.Why, At: timeOf(row.At)}
	}
	return out, nil
}
