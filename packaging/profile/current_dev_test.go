//go:build devprofile

package profile

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"
)

var pin = strings.Repeat("ab", 32)

func TestDevelopmentProfileIsForThisMachine(t *testing.T) {
	t.Setenv(relayVariable, "127.0.0.1:5000#"+pin+"#"+pin+",[::1]:5001#"+pin)
	for _, e := range []Edition{MasterEdition, ParticipantEdition, RelayEdition} {
		p, err := Current(e)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Development || len(p.Relays) != 2 || len(p.Relays[0].Pins) != 2 || p.Relays[1].Addr != "[::1]:5001" {
			t.Errorf("edition %d: got %+v", e, p)
		}
		if (p.Licence != nil) != (e == MasterEdition) {
			t.Errorf("edition %d: licence %t", e, p.Licence != nil)
		}
	}
	p, err := Current(MasterEdition)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := OpenLicence(p.Licence.Note, p.LicenceIssuers, time.Now())
	if err != nil || !facts.ModuleKey.Equal(p.Licence.Key.Public().(ed25519.PublicKey)) || facts.Number != p.Licence.Number {
		t.Errorf("got %+v, %v, want the licence's own facts", facts, err)
	}
}

func TestDevelopmentRelaysAreOnThisMachine(t *testing.T) {
	for _, value := range []string{
		"192.0.2.1:5000#" + pin, "localhost:5000#" + pin, "127.0.0.1#" + pin, "127.0.0.1:5000", "127.0.0.1:5000#abcd",
		"127.0.0.1:5000#" + strings.Repeat("zz", 32), "127.0.0.1:5000#" + pin + ",", "10.0.0.1:5000#" + pin,
	} {
		t.Setenv(relayVariable, value)
		if p, err := Current(ParticipantEdition); err == nil {
			t.Errorf("%q: got %+v, want an error", value, p.Relays)
		}
	}
}
