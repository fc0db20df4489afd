package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
)

// listKind is the kind of note that a relay list is.
const listKind = "relay-list"

// MaxList is the longest relay list in bytes: signed and in base64 a relay hands
// it out in one message (relay/wire).
const MaxList = 8 << 10

var (
	// ErrList says that a relay list is none for this program: the profile names
	// nobody who may sign one, nobody of those signed it, it is another
	// profile's, or it names no relay that may be used.
	ErrList = errors.New("profile: relay list")
	// ErrListOld says that a list is not newer than the one that is known, or
	// that its time is over.
	ErrListOld = errors.New("profile: relay list too old")
)

// RelayList is a list of relays that is newer than the one in a profile. It
// takes that one's place and nothing else: regions, licences and rules stay the
// profile's.
type RelayList struct {
	// Profile is the ID of the profile that the list is for.
	Profile string
	// Serial counts the lists of a profile up from 1.
	Serial uint64
	// NotAfter is the last moment at which the list is taken or used.
	NotAfter time.Time
	// Relays are in the order in which they are tried.
	Relays []Relay
}

// docList is a relay list as IT writes it.
type docList struct {
	Schema   int        `json:"schema"`
	Profile  string     `json:"profile"`
	Serial   uint64     `json:"serial"`
	NotAfter string     `json:"not_after"`
	Relays   []docRelay `json:"relays"`
}

// ParseList reads a relay list as strictly as Parse reads a profile.
func ParseList(text []byte) (*RelayList, error) {
	if len(text) > MaxList {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrDocument, len(text), MaxList)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrDocument)
	}
	if err := checkKeys(text); err != nil {
		return nil, err
	}
	var d docList
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return d.list()
}

func (d *docList) list() (*RelayList, error) {
	r := &reader{}
	l := &RelayList{Profile: r.match("profile", d.Profile, idForm), Serial: d.Serial, NotAfter: r.day(d.NotAfter)}
	r.must(d.Schema == schema, "schema", "is not %d", schema)
	r.must(d.Serial > 0, "serial", "counts up from 1")
	r.must(d.NotAfter != "", "not_after", "is missing: a list that holds for ever can't be taken back")
	r.must(len(d.Relays) > 0, "relays", "is empty")
	for i, relay := range d.Relays {
		l.Relays = append(l.Relays, r.relay(fmt.Sprintf("relays[%d]", i), relay))
	}
	r.once(l.Relays)
	if r.err != nil {
		return nil, r.err
	}
	return l, nil
}

// once refuses an address that stands there twice.
func (r *reader) once(relays []Relay) {
	seen := make(map[string]bool)
	for i, relay := range relays {
		for _, addr := range relay.Addrs() {
			r.must(!seen[addr], fmt.Sprintf("relays[%d]", i), "names %s a second time", addr)
			seen[addr] = true
		}
	}
}

// SignList checks a relay list and signs it with each signer's key.
func SignList(text []byte, signers ...note.Signer) ([]byte, error) {
	if _, err := ParseList(text); err != nil {
		return nil, err
	}
	signed, err := ournote.SignWith(listKind, text, signers...)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return signed, nil
}

// OpenList checks that one of the keys signed the list and returns what it says.
// Whether a program may use it is for Book.Take to judge.
func OpenList(signed []byte, keys []string) (*RelayList, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: nobody may sign one", ErrList)
	}
	text, _, err := ournote.Open(listKind, signed, keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	return ParseList(text)
}

// PeekList reads a list that nobody has checked, for relays: they hand it out,
// and whoever gets it checks it.
func PeekList(signed []byte) (*RelayList, error) {
	text, err := ournote.Peek(listKind, signed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	return ParseList(text)
}

// docRelayList is what a profile says of lists that are newer than its own.
type docRelayList struct {
	Keys   []string `json:"keys,omitempty"`
	Serial uint64   `json:"serial,omitempty"`
}

// listKeys are who may sign newer lists.
func (r *reader) listKeys(d docRelayList) []string {
	r.must(d.Serial == 0 || len(d.Keys) > 0, "relay_list.serial", "counts lists that nobody may sign")
	for i, key := range d.Keys {
		r.must(!strings.ContainsAny(key, "\n\r"), fmt.Sprintf("relay_list.keys[%d]", i), "is no verifier key")
	}
	return r.keys("relay_list.keys", d.Keys)
}
