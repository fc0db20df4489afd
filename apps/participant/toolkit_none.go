//go:build !cgo || nogl

package main

import (
	"context"
	"log/slog"

	"lotse/apps/ui/start"
	"lotse/packaging/profile"
)

// withToolkit returns start.ErrNoWindow: this build has no toolkit.
func withToolkit(context.Context, *profile.Profile, *slog.Logger) error { return start.ErrNoWindow }

// unbranded leaves it to a message box to say why there is no profile to run
// with.
func unbranded(error) error { return start.ErrNoWindow }
