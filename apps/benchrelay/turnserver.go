//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pion/turn/v5"
)

// roleTURN is pion's TURN server in a process of its own.
const roleTURN = "turn"

// realm is realm, name and password of the one user of a TURN server.
const realm = "bench"

// pion serves TURN over TCP and TLS until its input ends. It prints both
// addresses.
func pion(ctx context.Context) error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	plain, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	under, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	secure := tls.NewListener(under, &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}})
	here := &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: realm,
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(realm, realm, realm), a.Username == realm
		},
		ListenerConfigs: []turn.ListenerConfig{
			{Listener: plain, RelayAddressGenerator: here}, {Listener: secure, RelayAddressGenerator: here},
		},
	})
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	fmt.Fprintln(os.Stdout, plain.Addr(), under.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, server.Close())
}

// turnServer is a TURN server in a process of its own.
type turnServer struct {
	name       string
	plain, tls string // addresses
	pid        int
	stop       func() error
}

// startPion starts pion's server.
func startPion(ctx context.Context) (*turnServer, error) {
	c, err := start(ctx, "-as", roleTURN)
	if err != nil {
		return nil, err
	}
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	plain, secure, _ := strings.Cut(line, " ")
	return &turnServer{name: "pion TURN", plain: plain, tls: secure, pid: c.cmd.Process.Pid, stop: c.stop}, nil
}

// startCoturn starts the server of that name, the usual one.
func startCoturn(ctx context.Context) (*turnServer, error) {
	dir, err := os.MkdirTemp("", "benchrelay")
	if err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	ports, err := freePorts(ctx, 2)
	if err != nil {
		return nil, err
	}
	if err := writeCertificate(dir); err != nil {
		return nil, err
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	cmd := exec.CommandContext(ctx, "turnserver", "-n", "--no-cli", "--no-udp", "--no-dtls", "--no-rfc5780", "--allow-loopback-peers", //nolint:gosec // G204: arguments of this file
		"--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1",
		"--listening-port", ports[0], "--tls-listening-port", ports[1],
		"--lt-cred-mech", "--user", realm+":"+realm, "--realm", realm, "--userdb", in("users"),
		"--cert", in("cert.pem"), "--pkey", in("key.pem"), "--pidfile", in("pid"), "--log-file", in("log"), "--simple-log", "--no-stdout-log")
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("benchrelay: %w", err)
	}
	s := &turnServer{name: "coturn", plain: "127.0.0.1:" + ports[0], tls: "127.0.0.1:" + ports[1], pid: cmd.Process.Pid}
	s.stop = func() error {
		err := cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it calls its end by a signal a failure
		return errors.Join(err, os.RemoveAll(dir))
	}
	if err := errors.Join(reachable(ctx, s.plain), reachable(ctx, s.tls)); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// freePorts are ports that nobody listens on at this moment.
func freePorts(ctx context.Context, n int) (out []string, err error) {
	var lc net.ListenConfig
	for range n {
		l, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("benchrelay: %w", err)
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, fmt.Errorf("benchrelay: %w", err)
		}
		out = append(out, port)
	}
	return out, nil
}

// writeCertificate writes cert.pem and key.pem.
func writeCertificate(dir string) error {
	cert, err := certificate()
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return fmt.Errorf("benchrelay: %w", err)
	}
	const private = 0o600
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), private),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), private),
	)
}

// reachable waits until somebody listens.
func reachable(ctx context.Context, addr string) error {
	const patience, often = 5 * time.Second, 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		c, err := dialTCP(ctx, addr, 0)
		if err == nil {
			return c.Close()
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return err
		}
	}
}
