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

// unbranded leaves it to a message box to say that nobody made this program
// ready.
func unbranded() error { return start.ErrNoWindow }
