package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"lotse/crypto/canon"
)

// MaxLinks is how many personal links of a room may be open at once.
const MaxLinks = 16

const labelLink = "lotse link join"

// Links says which personal links of a room are open, all of them anew each
// time. Only the master says it, again at each relay that the room moves to.
type Links struct {
	// Verifiers know the links' holders. They are made from the links' secrets
	// and do not lead back to them (crypto/handshake).
	Verifiers [][32]byte `cbor:"1,keyasint"`
}

// Kind returns KindLinks.
func (Links) Kind() Kind { return KindLinks }

func (l Links) check() error {
	if len(l.Verifiers) > MaxLinks {
		return fmt.Errorf("%d links", len(l.Verifiers))
	}
	return nil
}

// LinkMAC proves to a relay that whoever joins holds a personal link: HMAC-SHA256
// over the label, the connection, the relay's nonce and what is joined.
func LinkMAC(verifier [32]byte, b Binding, relay [32]byte, j Join) []byte {
	mac := hmac.New(sha256.New, verifier[:])
	mac.Write(canon.LV([]byte(labelLink), b[:], relay[:], []byte(j.Session), j.Nonce[:]))
	return mac.Sum(nil)
}

// VerifyLinkMAC reports whether j's proof was made with verifier.
func VerifyLinkMAC(verifier [32]byte, b Binding, relay [32]byte, j Join) bool {
	return hmac.Equal(j.LinkMAC, LinkMAC(verifier, b, relay, j))
}
