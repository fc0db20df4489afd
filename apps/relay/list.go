package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"lotse/packaging/profile"
	"lotse/relay/hub"
	"lotse/relay/wire"
)

// readList reads a signed list of relays. Who may sign it only programs know, so
// that the relay checks its form alone.
func readList(o *options, file string) error {
	f, err := os.Open(file) //nolint:gosec // the file that the person names
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	signed, err := io.ReadAll(io.LimitReader(f, wire.MaxList+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("list: %w", err)
	}
	if len(signed) > wire.MaxList {
		return fmt.Errorf("list: %s is longer than %d bytes", file, wire.MaxList)
	}
	l, err := profile.PeekList(signed)
	if err != nil {
		return fmt.Errorf("list: %s: %w", file, err)
	}
	if _, twice := o.lists[l.Profile]; twice {
		return fmt.Errorf("list: %s is the second one for %q", file, l.Profile)
	}
	if o.lists == nil {
		o.lists = make(map[string]hub.List)
	}
	o.lists[l.Profile] = hub.List{Serial: l.Serial, Note: signed}
	return nil
}
