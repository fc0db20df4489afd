package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Role says what kind of program a Hello comes from.
type Role string

// The roles.
const (
	RoleMaster      Role = "master"
	RoleParticipant Role = "participant"
)

// ProtocolVersion is the version of lotse/1 that this code speaks.
const ProtocolVersion = 1

// maxWord is the longest free word in a message in bytes, such as the name of
// an operating system.
const maxWord = 32

// maxDocument is the longest note in a message in bytes; stage 1 as a whole
// has Stage1Budget.
const maxDocument = 8 << 10

// Hello is a program's first message.
type Hello struct {
	// V and MinV are the newest and the oldest protocol version it speaks.
	V    uint8 `cbor:"1,keyasint"`
	MinV uint8 `cbor:"2,keyasint"`
	// Role is what kind of program it is.
	Role Role `cbor:"3,keyasint"`
	// Build is its build number.
	Build uint32 `cbor:"4,keyasint"`
	// OS names the operating system in one word.
	OS string `cbor:"5,keyasint"`
	// Nonce is what the relay has to sign.
	Nonce [32]byte `cbor:"6,keyasint"`
	// Profile and Serial name the profile that the program carries; a
	// development build has none. A relay turns away what an organisation has
	// replaced. They prove nothing.
	Profile string `cbor:"7,keyasint,omitempty"`
	Serial  uint32 `cbor:"8,keyasint,omitempty"`
}

// maxProfile is the longest name of a profile in bytes (packaging/profile).
const maxProfile = 63

// Kind returns KindHello.
func (Hello) Kind() Kind { return KindHello }

func (h Hello) check() error {
	switch {
	case h.MinV == 0 || h.V < h.MinV:
		return fmt.Errorf("versions %d to %d", h.MinV, h.V)
	case h.Role != RoleMaster && h.Role != RoleParticipant:
		return errors.New("unknown role")
	default:
		return errors.Join(checkProfile(h.Profile), checkWord(h.OS))
	}
}

// checkProfile says what is wrong with a profile's name; none is not.
func checkProfile(name string) error {
	if len(name) > maxProfile || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("profile's name of %d bytes", len(name))
	}
	return nil
}

// RelayHello is the relay's answer to a Hello.
type RelayHello struct {
	// V is the protocol version that both speak.
	V uint8 `cbor:"1,keyasint"`
	// RelayID is the SHA-256 of the relay's SubjectPublicKeyInfo.
	RelayID [32]byte `cbor:"2,keyasint"`
	// ListSerial is the serial number of the server list that the relay has for
	// the Hello's profile; 0 is none.
	ListSerial uint64 `cbor:"3,keyasint"`
	// MinBuild is the oldest build that the relay serves.
	MinBuild uint32 `cbor:"4,keyasint"`
	// Time is the relay's clock in Unix seconds.
	Time int64 `cbor:"5,keyasint"`
	// Nonce is what a master has to sign.
	Nonce [32]byte `cbor:"6,keyasint"`
	// Sig is the relay key's signature (SignRelayHello).
	Sig [64]byte `cbor:"7,keyasint"`
	// Load is how much of what the relay can take is in use, in percent.
	Load uint8 `cbor:"8,keyasint,omitempty"`
}

// Kind returns KindRelayHello.
func (RelayHello) Kind() Kind { return KindRelayHello }

func (h RelayHello) check() error {
	if h.V == 0 {
		return errors.New("version 0")
	}
	if h.Load > fullLoad {
		return fmt.Errorf("load of %d percent", h.Load)
	}
	return nil
}

// fullLoad is the load of a relay that takes nobody else, in percent.
const fullLoad = 100

// UpgradeRequired says that a build is too old. It comes before any
// authentication.
type UpgradeRequired struct {
	// MinBuild is the oldest build that the relay serves.
	MinBuild uint32 `cbor:"1,keyasint"`
}

// Kind returns KindUpgradeRequired.
func (UpgradeRequired) Kind() Kind { return KindUpgradeRequired }

func (UpgradeRequired) check() error { return nil }

func checkWord(s string) error {
	if len(s) > maxWord {
		return fmt.Errorf("word of %d bytes", len(s))
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("word with control characters")
	}
	return nil
}

func checkNumber(s string) error {
	if len(s) < MinDigits || len(s) > MaxDigits {
		return fmt.Errorf("session number of %d digits", len(s))
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return errors.New("session number with other than digits")
	}
	return nil
}
