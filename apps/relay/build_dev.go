//go:build devprofile

package main

import (
	"fmt"
	"os"

	"lotse/packaging/profile"
)

const development = true

// localIssuers are the development licences' issuers, worth something on this
// machine only.
func localIssuers() ([]string, error) {
	p, err := profile.Current(profile.RelayEdition)
	if err != nil {
		return nil, err
	}
	return p.LicenceIssuers, nil
}

func openTape() (tape, error) {
	name := os.Getenv(tapeVariable)
	if name == "" {
		return tape{}, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // the developer names the file
	if err != nil {
		return tape{}, fmt.Errorf("tape: %w", err)
	}
	return tape{file: f}, nil
}
