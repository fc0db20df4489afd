//go:build unix

package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Postgres is a server of our own, on a socket in a folder of its own.
type Postgres struct {
	dir  string
	bin  string
	as   *syscall.Credential
	cmd  *exec.Cmd
	made atomic.Int64
}

// startTime is how long a fresh server may take until it answers.
const startTime = 60 * time.Second

// StartPostgres starts a server. Stop it after use.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin}
	if p.dir, err = os.MkdirTemp("", "lotse-postgres-"); err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	if err := errors.Join(p.account(), p.init(ctx)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	if err := p.Start(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// binaries finds the newest server of Debian, or the one on the path.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		return filepath.Dir(slices.Max(found)), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", ErrNoPostgres
}

// account gives root's place to the server's own account, as it insists.
func (p *Postgres) account() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoPostgres, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(p.dir, int(uid), int(gid)); err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	return nil
}

func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...) //nolint:gosec // a test's own server
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

func (p *Postgres) init(ctx context.Context) error {
	out, err := p.command(ctx, "initdb", "-D", p.data(), "-U", "lotse", "-A", "trust", "-E", "UTF8", "--locale=C", "-N").CombinedOutput()
	if err != nil {
		return fmt.Errorf("storetest: initdb: %w: %s", err, out)
	}
	return nil
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// Start starts the server, again after Halt.
func (p *Postgres) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	// Stop ends it, not ctx: a test's context is over before its clean-up.
	cmd := p.command(context.WithoutCancel(ctx), "postgres", "-D", p.data(), "-k", p.dir, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "fsync=off")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	p.cmd = cmd
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if p.command(ctx, "pg_isready", "-q", "-h", p.dir, "-U", "lotse", "-d", "postgres").Run() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("storetest: the server does not answer: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// Halt ends the server at once, as a machine that fails does; the data stays.
func (p *Postgres) Halt() error {
	if p.cmd == nil {
		return nil
	}
	cmd := p.cmd
	p.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	_ = cmd.Wait() // it ends with a code of its own
	return nil
}

// Stop ends the server and removes its data.
func (p *Postgres) Stop() error {
	return errors.Join(p.Halt(), os.RemoveAll(p.dir))
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database(ctx context.Context) (string, error) {
	name := fmt.Sprintf("lotse%d", p.made.Add(1))
	if out, err := p.command(ctx, "createdb", "-h", p.dir, "-U", "lotse", name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("storetest: createdb: %w: %s", err, out)
	}
	u := url.URL{Scheme: "postgres", User: url.User("lotse"), Path: "/" + name, RawQuery: url.Values{"host": {p.dir}}.Encode()}
	return u.String(), nil
}
