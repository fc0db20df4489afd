//go:build linux

package stage

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"
)

// Relay is a lotse-relay of its own process on this machine.
type Relay struct {
	*Process
	// Addr is host:port.
	Addr string
	// Env is what a development build of the programs needs to find it.
	Env []string
	// Pins are the hashes of its current and its next key.
	Pins []string
	// State is the folder of its keys and its database.
	State string
	// Log is what it printed.
	Log string
	// Args are further arguments of serve, from the next Restart on.
	Args []string

	program string
	state   string
	extra   []string
}

// StartRelay starts the relay program with its files in dir, on a free port.
// extra is added to its environment.
func StartRelay(ctx context.Context, program, dir string, extra ...string) (*Relay, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	r := &Relay{
		Addr: addr, program: program, state: filepath.Join(dir, "relay"),
		Log: filepath.Join(dir, "relay.log"), extra: extra,
	}
	if err := r.Restart(ctx); err != nil {
		return nil, err
	}
	pin, err := output(ctx, nil, program, "pin", "-state", r.state)
	if err != nil {
		return nil, err
	}
	pins := strings.Fields(pin)
	if len(pins) == 0 {
		return nil, fmt.Errorf("stage: the relay named no pin: %q", pin)
	}
	r.Pins, r.State = pins, r.state
	r.Env = []string{"LOTSE_DEV_RELAY=" + addr + "#" + strings.Join(pins, "#")}
	return r, nil
}

// Restart starts the relay again on the same address, with the same key.
func (r *Relay) Restart(ctx context.Context) error {
	p, err := Start(ctx, Command{
		Name: r.program, Args: append([]string{"serve", "-listen", r.Addr, "-health", "", "-state", r.state}, r.Args...),
		Env: r.extra, Log: r.Log,
	})
	if err != nil {
		return err
	}
	r.Process = p
	return Until(ctx, startTime, "relay on "+r.Addr, func() (bool, error) {
		if !p.Running() {
			return false, fmt.Errorf("stage: the relay ended, see %s", r.Log)
		}
		d := net.Dialer{Timeout: time.Second}
		c, err := d.DialContext(ctx, "tcp", r.Addr)
		if err != nil {
			return false, nil //nolint:nilerr // not there yet
		}
		return true, c.Close()
	})
}

// freeAddr returns a loopback address that nobody listens on.
func freeAddr(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("stage: %w", err)
	}
	addr := l.Addr().String()
	return addr, l.Close()
}
