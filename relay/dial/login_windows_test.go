package dial

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// Windows is asked for real. Where nobody is logged in whom it can prove, as
// under Wine without winbind, it says so and nothing breaks.
func TestWindowsProvesWhoIsLoggedIn(t *testing.T) {
	for _, scheme := range []string{schemeNTLM, schemeNegotiate} {
		l := userLogin(scheme, "proxy.example.org")
		s, err := l.answer("")
		l.close()
		if err != nil {
			t.Logf("%s: %v", scheme, err)
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil || len(raw) == 0 {
			t.Errorf("%s: got %q, %v, want a token", scheme, s, err)
		}
		if scheme == schemeNTLM && !strings.HasPrefix(string(raw), "NTLMSSP\x00\x01") {
			t.Errorf("got % x, want NTLM's first message", raw[:min(len(raw), 16)])
		}
		t.Logf("%s: a token of %d bytes", scheme, len(raw))
	}
	l := userLogin("No such package", "proxy.example.org")
	defer l.close()
	if s, err := l.answer(""); !errors.Is(err, errNotProven) || l.proven() {
		t.Errorf("got %q, %v, want %v", s, err, errNotProven)
	}
}
