package epoch

import (
	"crypto/ed25519"

	"lotse/crypto/canon"
)

// Context is where a signed message stands. The signature covers it, so a
// message cannot be moved to another session, epoch, stream, sender or place.
type Context struct {
	Session [16]byte
	Epoch   uint64
	Stream  Stream
	Member  uint8
	Counter uint64
}

// Sign returns the sender's Ed25519 signature (64 bytes) over
// LV(label, session, epoch, stream, member, counter, msg).
func Sign(label string, key ed25519.PrivateKey, c Context, msg []byte) []byte {
	return ed25519.Sign(key, c.message(label, msg))
}

// Verify reports whether sig is what Sign made for the same label, context
// and message with the private half of key.
func Verify(label string, key ed25519.PublicKey, c Context, msg, sig []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, c.message(label, msg), sig)
}

func (c Context) message(label string, msg []byte) []byte {
	return canon.LV([]byte(label), c.Session[:], canon.Uint(c.Epoch), []byte{byte(c.Stream)},
		[]byte{c.Member}, canon.Uint(c.Counter), msg)
}

// Signer is who signs the messages of a sealer and for which epoch. The label
// keeps kinds of messages apart.
type Signer struct {
	Label   string
	Key     ed25519.PrivateKey
	Session [16]byte
	Epoch   uint64
}

// Verifier is whose signature an opener expects.
type Verifier struct {
	Label   string
	Key     ed25519.PublicKey
	Session [16]byte
	Epoch   uint64
}

func (s Signer) at(k KID, counter uint64) Context {
	return Context{Session: s.Session, Epoch: s.Epoch, Stream: k.Stream, Member: k.Member, Counter: counter}
}

func (v Verifier) at(k KID, counter uint64) Context {
	return Context{Session: v.Session, Epoch: v.Epoch, Stream: k.Stream, Member: k.Member, Counter: counter}
}
