package store

import (
	"fmt"

	"github.com/pressly/goose/v3/lock"
)

// sessionLocker lets one relay at a time change the tables.
func sessionLocker() (lock.SessionLocker, error) {
	l, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("store: lock: %w", err)
	}
	return l, nil
}
