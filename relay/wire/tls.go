package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

const (
	// ALPN is the protocol's name in TLS (RFC 7301).
	ALPN = "lotse/1"
	// ALPNHTTP is what others speak on the same port: health checks, and
	// WebSockets with lotse/1 inside.
	ALPNHTTP = "http/1.1"
	// alpnCluster is what relays speak among themselves.
	alpnCluster = "lotse-cluster/1"
	// Suite is the one cipher suite.
	Suite = tls.TLS_AES_256_GCM_SHA384
	// exporterLabel is the TLS exporter's label (RFC 8446 §7.5, RFC 5705 §4).
	exporterLabel = "EXPORTER-lotse/1"
)

// Errors of the TLS connection.
var (
	// ErrRelayKey says that a relay showed another key than the pinned ones.
	ErrRelayKey = errors.New("wire: the relay's key is not the pinned one")
	// ErrTLS says that TLS settled on something else than lotse/1 wants.
	ErrTLS = errors.New("wire: wrong TLS parameters")
)

// baseTLS is what both ends want: TLS 1.3, hybrid key agreement, no
// resumption, so that each connection shows the key again.
func baseTLS() *tls.Config {
	return &tls.Config{
		MinVersion:                  tls.VersionTLS13,
		CurvePreferences:            []tls.CurveID{tls.X25519MLKEM768},
		NextProtos:                  []string{ALPN},
		SessionTicketsDisabled:      true,
		DynamicRecordSizingDisabled: true, // frames are whole updates' pieces: few large records cost less
	}
}

// ServerTLS returns the configuration of a relay.
func ServerTLS(cert tls.Certificate) *tls.Config {
	c := baseTLS()
	c.Certificates = []tls.Certificate{cert}
	c.VerifyConnection = CheckTLS
	return c
}

// ClientTLS returns the configuration of a program that dials a relay with one
// of these pins. No pins accept any key: that is for a relay on the local
// network, whose key the PIN binds (protocol.md §3).
func ClientTLS(pins [][sha256.Size]byte) *tls.Config {
	c := baseTLS()
	c.InsecureSkipVerify = true // pins instead of certificates: VerifyConnection below
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if err := CheckTLS(s); err != nil {
			return err
		}
		_, pin, err := PeerKey(s)
		if err != nil {
			return err
		}
		if len(pins) > 0 && !slices.Contains(pins, pin) {
			return ErrRelayKey
		}
		return nil
	}
	return c
}

// ClusterTLS returns the configuration of a relay among relays, for both ends:
// each shows its key, and takes the keys with these pins alone.
func ClusterTLS(cert tls.Certificate, pins [][sha256.Size]byte) *tls.Config {
	c := baseTLS()
	c.NextProtos = []string{alpnCluster}
	c.Certificates = []tls.Certificate{cert}
	c.ClientAuth = tls.RequireAnyClientCert
	c.InsecureSkipVerify = true // pins instead of certificates: VerifyConnection below
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if err := checkTLS(s, alpnCluster); err != nil {
			return err
		}
		_, pin, err := PeerKey(s)
		if err != nil {
			return err
		}
		if !slices.Contains(pins, pin) {
			return ErrRelayKey
		}
		return nil
	}
	return c
}

// CheckTLS refuses a connection with other parameters than lotse/1 wants.
func CheckTLS(s tls.ConnectionState) error { return checkTLS(s, ALPN) }

func checkTLS(s tls.ConnectionState, alpn string) error {
	switch {
	case !suitePreferred || s.Version != tls.VersionTLS13 || s.CipherSuite != Suite:
		return fmt.Errorf("%w: version %#x, suite %#x", ErrTLS, s.Version, s.CipherSuite)
	case s.CurveID != tls.X25519MLKEM768:
		return fmt.Errorf("%w: key agreement %v", ErrTLS, s.CurveID)
	case s.NegotiatedProtocol != alpn:
		return fmt.Errorf("%w: protocol %q", ErrTLS, s.NegotiatedProtocol)
	default:
		return nil
	}
}

// PeerKey returns the relay's identity key and its pin.
func PeerKey(s tls.ConnectionState) (ed25519.PublicKey, [sha256.Size]byte, error) {
	if len(s.PeerCertificates) == 0 {
		return nil, [sha256.Size]byte{}, fmt.Errorf("%w: no certificate", ErrTLS)
	}
	cert := s.PeerCertificates[0]
	key, ok := cert.PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, [sha256.Size]byte{}, fmt.Errorf("%w: a key of type %T", ErrTLS, cert.PublicKey)
	}
	return key, sha256.Sum256(cert.RawSubjectPublicKeyInfo), nil
}

// Pin returns the SHA-256 of the SubjectPublicKeyInfo of a relay's key.
func Pin(key ed25519.PublicKey) ([sha256.Size]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("wire: pin: %w", err)
	}
	return sha256.Sum256(spki), nil
}

// Binding is what ties a signature to one TLS connection: its exporter.
type Binding [32]byte

// Bind returns the Binding of a connection.
func Bind(s tls.ConnectionState) (Binding, error) {
	out, err := s.ExportKeyingMaterial(exporterLabel, nil, len(Binding{}))
	if err != nil {
		return Binding{}, fmt.Errorf("wire: exporter: %w", err)
	}
	return Binding(out), nil
}
