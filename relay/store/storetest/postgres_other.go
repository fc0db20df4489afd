//go:build !unix

package storetest

import "context"

// Postgres is a server; there is none on this system.
type Postgres struct{}

// StartPostgres returns ErrNoPostgres.
func StartPostgres(context.Context) (*Postgres, error) { return nil, ErrNoPostgres }

// Start returns ErrNoPostgres.
func (*Postgres) Start(context.Context) error { return ErrNoPostgres }

// Halt returns ErrNoPostgres.
func (*Postgres) Halt() error { return ErrNoPostgres }

// Stop does nothing.
func (*Postgres) Stop() error { return nil }

// Database returns ErrNoPostgres.
func (*Postgres) Database(context.Context) (string, error) { return "", ErrNoPostgres }
