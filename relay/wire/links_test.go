package wire

import (
	"encoding/hex"
	"testing"
)

// A proof holds for one connection, one nonce and one join only.
func TestLinkMACIsBoundToAllOfIt(t *testing.T) {
	verifier, bind, nonce := fill[[32]byte](1), fill[Binding](2), fill[[32]byte](3)
	j := Join{Session: "482137", Nonce: fill[[16]byte](4)}
	j.LinkMAC = LinkMAC(verifier, bind, nonce, j)
	// Computed with Python's hmac over the same bytes.
	if got, want := hex.EncodeToString(j.LinkMAC), "22000d9a6c37134c42b2c9dd44c2846dd30e59f830c28d7999c39f961fbc136e"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !VerifyLinkMAC(verifier, bind, nonce, j) {
		t.Error("got a proof that is refused")
	}
	for name, try := range map[string]func() bool{
		"another link":       func() bool { return VerifyLinkMAC(fill[[32]byte](9), bind, nonce, j) },
		"another connection": func() bool { return VerifyLinkMAC(verifier, fill[Binding](9), nonce, j) },
		"another nonce":      func() bool { return VerifyLinkMAC(verifier, bind, fill[[32]byte](9), j) },
		"another room":       func() bool { o := j; o.Session = "482138"; return VerifyLinkMAC(verifier, bind, nonce, o) },
		"another run":        func() bool { o := j; o.Nonce[0]++; return VerifyLinkMAC(verifier, bind, nonce, o) },
		"no proof":           func() bool { o := j; o.LinkMAC = nil; return VerifyLinkMAC(verifier, bind, nonce, o) },
		"half a proof":       func() bool { o := j; o.LinkMAC = o.LinkMAC[:16]; return VerifyLinkMAC(verifier, bind, nonce, o) },
	} {
		if try() {
			t.Errorf("%s: got a proof that holds", name)
		}
	}
}
