// Package storetest starts the real databases that tests need.
package storetest

import "errors"

// ErrNoPostgres says that this machine has no PostgreSQL to start.
var ErrNoPostgres = errors.New("storetest: no PostgreSQL here")
