package wire

import (
	"crypto/ed25519"

	"lotse/crypto/canon"
)

// The labels keep the signatures of stage 1 apart from all others.
const (
	labelRelayHello = "lotse relay-hello"
	labelLicence    = "lotse licence"
	labelDevice     = "lotse device"
)

// SignRelayHello returns the relay's signature over both nonces and the
// connection: label ‖ B ‖ n_c ‖ n_r (protocol.md §2).
func SignRelayHello(key ed25519.PrivateKey, b Binding, client, relay [32]byte) [64]byte {
	return [64]byte(ed25519.Sign(key, relayHelloText(b, client, relay)))
}

// VerifyRelayHello reports whether sig is the relay's.
func VerifyRelayHello(key ed25519.PublicKey, b Binding, client, relay [32]byte, sig [64]byte) bool {
	return ed25519.Verify(key, relayHelloText(b, client, relay), sig[:])
}

func relayHelloText(b Binding, client, relay [32]byte) []byte {
	return canon.LV([]byte(labelRelayHello), b[:], client[:], relay[:])
}

// SignLicence returns the module key's signature over the connection, the
// relay's nonce and the licence number: label ‖ B ‖ n_r ‖ licence_no.
func SignLicence(key ed25519.PrivateKey, b Binding, relay [32]byte, number string) [64]byte {
	return [64]byte(ed25519.Sign(key, licenceText(b, relay, number)))
}

// VerifyLicence reports whether sig is the module key's.
func VerifyLicence(key ed25519.PublicKey, b Binding, relay [32]byte, number string, sig [64]byte) bool {
	return ed25519.Verify(key, licenceText(b, relay, number), sig[:])
}

func licenceText(b Binding, relay [32]byte, number string) []byte {
	return canon.LV([]byte(labelLicence), b[:], relay[:], []byte(number))
}

// SignDevice returns the device key's signature over the connection, the
// relay's nonce and the licence's signature, so that the two belong together.
func SignDevice(key ed25519.PrivateKey, b Binding, relay [32]byte, licenceSig [64]byte) [64]byte {
	return [64]byte(ed25519.Sign(key, deviceText(b, relay, licenceSig)))
}

// VerifyDevice reports whether sig is the device key's.
func VerifyDevice(key ed25519.PublicKey, b Binding, relay [32]byte, licenceSig, sig [64]byte) bool {
	return ed25519.Verify(key, deviceText(b, relay, licenceSig), sig[:])
}

func deviceText(b Binding, relay [32]byte, licenceSig [64]byte) []byte {
	return canon.LV([]byte(labelDevice), b[:], relay[:], licenceSig[:])
}
