package screen

import (
	"errors"
	"fmt"

	"lotse/capture"
	"lotse/capture/internal/x11"
)

func displays() ([]capture.Display, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return monitors(conn)
}

func open(t Target, o Options) (Source, error) {
	switch {
	case o.Portable:
		return openPortable(t)
	case t.Kind == Window:
		return openX11Window(t)
	}
	return openX11(t)
}

// dial connects to the X server with all that looking needs.
func dial() (*x11.Conn, error) {
	conn, err := x11.Dial("", "RANDR", "DAMAGE", "XFIXES", "MIT-SHM", "MIT-SCREEN-SAVER", "Composite")
	switch {
	case errors.Is(err, x11.ErrWayland):
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoDisplay, err)
	}
	if err := greet(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return conn, nil
}
