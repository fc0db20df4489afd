package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lotse/crypto/secret"
	"lotse/relay/store/internal/query"
)

// Role is what a user may do in the portal.
type Role string

// The roles.
const (
	Owner         Role = "owner"         // holds the licence: everything
	Administrator Role = "administrator" // users, profiles, programs
	Moderator     Role = "moderator"     // opens rooms
	Auditor       Role = "auditor"       // reads logs
)

// User is somebody who can log in.
type User struct {
	// ID never changes and is never used again; 16 random bytes in hex.
	ID string
	// Login is what the person types, Name what others see.
	Login, Name string
	Role        Role
	// Licence is the number of the licence that the user opens rooms with;
	// empty for a user who opens none.
	Licence string
	// Password is its Argon2id hash; empty for a user of another directory.
	Password secret.Text
	Created  time.Time
	// Disabled is when the user was locked out, zero for never.
	Disabled time.Time
}

// AddUser keeps a new user. It returns ErrExists for a login that is there.
func (s *Store) AddUser(ctx context.Context, u User) error {
	if u.ID == "" || u.Login == "" || !plain(u.ID, u.Login, u.Name, u.Licence) {
		return fmt.Errorf("%w: user", ErrInvalid)
	}
	if !slices.Contains([]Role{Owner, Administrator, Moderator, Auditor}, u.Role) {
		return fmt.Errorf("%w: role %q", ErrInvalid, u.Role)
	}
	return told(s.q.InsertUser(ctx, query.InsertUserParams{
		ID: u.ID, Login: u.Login, Name: u.Name, Role: string(u.Role), Licence: u.Licence,
		Password: u.Password.Reveal(), Created: millis(u.Created),
	}))
}

// User returns the user of a login, or ErrNotFound.
func (s *Store) User(ctx context.Context, login string) (User, error) {
	row, err := s.q.UserByLogin(ctx, login)
	if err != nil {
		return User{}, told(err)
	}
	return userOf(row), nil
}

// Users returns all users in the order of their logins.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	rows, err := s.q.Users(ctx)
	if err != nil {
		return nil, told(err)
	}
	out := make([]User, len(rows))
	for i, row := range rows {
		out[i] = userOf(row)
	}
	return out, nil
}

// DisableUser locks a user out: certificates hold no more, open rooms end. It
// returns ErrNotFound where there is none that could log in.
func (s *Store) DisableUser(ctx context.Context, login, why string, at time.Time) error {
	return s.atomically(ctx, func(q *query.Queries) error {
		n, err := q.DisableUser(ctx, query.DisableUserParams{Disabled: millis(at), Login: login})
		if err != nil {
			return told(err)
		}
		if n == 0 {
			return ErrNotFound
		}
		row, err := q.UserByLogin(ctx, login)
		if err != nil {
			return told(err)
		}
		return revoke(ctx, q, Revocation{Kind: RevokedUser, Subject: row.ID, Why: why, At: at})
	})
}

// EnableUser lets a user in again; certificates of before stay revoked.
func (s *Store) EnableUser(ctx context.Context, login string) error {
	return changed(s.q.EnableUser(ctx, login))
}

// SetPassword keeps the hash of a new password.
func (s *Store) SetPassword(ctx context.Context, login string, hash secret.Text) error {
	return changed(s.q.SetPassword(ctx, query.SetPasswordParams{Password: hash.Reveal(), Login: login}))
}

// changed makes ErrNotFound of no row.
func changed(rows int64, err error) error {
	if err == nil && rows == 0 {
		return ErrNotFound
	}
	return told(err)
}

func userOf(row query.User) User {
	return User{
		ID: row.ID, Login: row.Login, Name: row.Name, Role: Role(row.Role), Licence: row.Licence,
		Password: secret.Text(row.Password), Created: timeOf(row.Created), Disabled: timeOf(row.Disabled),
	}
}
