//go:build devprofile

package profile

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"lotse/crypto/note"
	"lotse/crypto/secret"
)

// relayVariable names the relays of a development build:
// "127.0.0.1:5000#<pin>#<next pin>", several separated by commas. Only
// addresses of this machine are accepted.
const relayVariable = "LOTSE_DEV_RELAY"

// directVariable keeps a development build on the relay with "never".
const directVariable = "LOTSE_DEV_DIRECT"

// current is the development profile: this machine and this network only. Its
// keys are made from sentences in this file, so they prove nothing to anybody:
// a relay trusts them only when it was built the same way, and only from this
// machine.
func current(e Edition) (*Profile, error) {
	relays, err := devRelays(os.Getenv(relayVariable))
	if err != nil {
		return nil, err
	}
	issuer, verifier, err := note.KeyFromSeed("lotse-development", devSeed("issuer"))
	if err != nil {
		return nil, fmt.Errorf("profile: development issuer: %w", err)
	}
	p := &Profile{
		Organisation: "Lotse Development", AppName: "Lotse", Development: true,
		Relays: relays, LAN: true, LicenceIssuers: []string{verifier}, Direct: DirectAnywhere,
	}
	if os.Getenv(directVariable) == DirectNever.String() {
		p.Direct = DirectNever
	}
	if e == MasterEdition {
		if p.Licence, err = devLicence(issuer); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func devSeed(what string) secret.Bytes {
	seed := sha256.Sum256([]byte("lotse development " + what + ": worthless outside this machine"))
	return seed[:]
}

func devLicence(issuer secret.Text) (*Licence, error) {
	key := ed25519.NewKeyFromSeed(devSeed("module"))
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("profile: development key")
	}
	number := NewNumber("000000001")
	signed, err := IssueLicence(LicenceFacts{
		Number: number, Organisation: "Lotse Development", Name: "Support",
		ModuleKey: public, MaxMembers: 32, NotAfter: time.Now().AddDate(1, 0, 0).Unix(),
	}, issuer)
	if err != nil {
		return nil, err
	}
	return &Licence{Number: number, Note: signed, Key: key}, nil
}

func devRelays(value string) ([]Relay, error) {
	if value == "" {
		return nil, nil
	}
	var relays []Relay
	for _, entry := range strings.Split(value, ",") {
		parts := strings.Split(entry, "#")
		ap, err := netip.ParseAddrPort(parts[0])
		if err != nil || !ap.Addr().IsLoopback() {
			return nil, fmt.Errorf("profile: %s: %q is no address of this machine", relayVariable, parts[0])
		}
		relay := Relay{Addr: parts[0]} // on this machine: no region, for that is shown
		for _, pin := range parts[1:] {
			b, err := hex.DecodeString(pin)
			if err != nil || len(b) != sha256.Size {
				return nil, fmt.Errorf("profile: %s: %q is no pin", relayVariable, pin)
			}
			relay.Pins = append(relay.Pins, [sha256.Size]byte(b))
		}
		if len(relay.Pins) == 0 {
			return nil, fmt.Errorf("profile: %s: %s has no pin", relayVariable, parts[0])
		}
		relays = append(relays, relay)
	}
	return relays, nil
}
