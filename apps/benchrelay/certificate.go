//go:build linux

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"

	"lotse/relay/wire"
)

// certificate makes a self-signed certificate for an hour.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("benchrelay: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("benchrelay: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// pair is a TLS connection of this process with itself, with the same settings
// as one with a relay.
func pair(ctx context.Context) (*tls.Conn, *tls.Conn, error) {
	cert, err := certificate()
	if err != nil {
		return nil, nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("benchrelay: %w", err)
	}
	defer l.Close()
	a, err := dialTCP(ctx, l.Addr().String(), 0)
	if err != nil {
		return nil, nil, err
	}
	b, err := l.Accept()
	if err != nil {
		return nil, nil, fmt.Errorf("benchrelay: %w", err)
	}
	client := wire.ClientTLS(nil)
	client.VerifyConnection = nil // a certificate of our own, a moment ago
	near, far := tls.Client(a, client), tls.Server(b, wire.ServerTLS(cert))
	done := make(chan error, 1)
	go func() { done <- far.HandshakeContext(ctx) }()
	if err := errors.Join(near.HandshakeContext(ctx), <-done); err != nil {
		return nil, nil, fmt.Errorf("benchrelay: %w", err)
	}
	return near, far, nil
}
