package dial

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Windows is asked for real. Where nobody is logged in whom it can prove, as
// under Wine without winbind, it says so and nothing breaks.
func TestWindowsProvesWhoIsLoggedIn(t *testing.T) {
	for _, scheme := range []string{schemeNTLM, schemeNegotiate} {
		l := userLogin(scheme, "proxy.example.org")
		if l == nil {
			t.Logf("%s: Windows has no such package here", scheme)
			continue
		}
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
	if l := userLogin("No such package", "proxy.example.org"); l != nil {
		t.Errorf("got %v, want nothing", l)
	}
}
