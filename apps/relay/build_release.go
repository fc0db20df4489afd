//go:build !devprofile

package main

import (
	"errors"
	"os"
)

const development = false

// localIssuers is nobody: licences come from the issuers that serve is told.
func localIssuers() ([]string, error) { return nil, nil }

// openTape refuses: this build writes nothing down.
func openTape() (tape, error) {
	if _, set := os.LookupEnv(tapeVariable); set {
		return tape{}, errors.New(tapeVariable + " is set, but this build keeps no tape")
	}
	return tape{}, nil
}
