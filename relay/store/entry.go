package store

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"lotse/crypto/canon"
	"lotse/relay/store/internal/query"
)

// What of an entry.
const (
	RoomOpened = "room_opened"
	RoomEnded  = "room_ended"
	Joined     = "joined"
	Left       = "left"
)

// ErrForged says that the log is not as its relay wrote it.
var ErrForged = errors.New("store: the log was altered")

// Entry is one line of the participation log. A relay can't know more of a
// session than what is here; what people said about themselves to each other
// is sealed.
type Entry struct {
	// At is when it happened, exact to a millisecond.
	At time.Time
	// What happened.
	What string
	// Session is the session's number, Room its life under that number.
	Session string
	Room    string
	// Licence is the number of the licence that opened the room.
	Licence string
	// Members is how many were in the room afterwards.
	Members int
	// Build is the build number of the member's program.
	Build uint32
	// Person is what is known of the member; erasing it leaves the entry.
	Person Person
	// Erased says that Person was erased. Append ignores it.
	Erased bool
	// Seq counts the relay's entries from 1. Append sets it.
	Seq int64
}

// Person is what an entry holds of a human being.
//
// CBOR map: 1 login · 2 name · 3 address · 4 system login · 5 computer · 6 note.
type Person struct {
	// Login is who it is across entries: a user's login or a licence's number;
	// empty for a guest.
	Login string `cbor:"1,keyasint"`
	// Name is what the person is called.
	Name string `cbor:"2,keyasint"`
	// Address is where the connection came from.
	Address string `cbor:"3,keyasint"`
	// System is the name of the account at the computer, Computer its host
	// name, Note what the person wrote; programs send them only where a
	// profile says so and the person agreed.
	System   string `cbor:"4,keyasint"`
	Computer string `cbor:"5,keyasint"`
	Note     string `cbor:"6,keyasint"`
}

// body is the part of an entry that is signed. The person is in it by a
// commitment only, so that erasing leaves the signature valid.
//
// CBOR map: 1 relay · 2 seq · 3 hash of the entry before (32; zeros at the
// first) · 4 Unix milliseconds · 5 what · 6 session · 7 room · 8 licence · 9
// members · 10 build · 11 SHA-256 of LV("lotse log person", salt, person).
type body struct {
	Relay   string            `cbor:"1,keyasint"`
	Seq     int64             `cbor:"2,keyasint"`
	Before  [sha256.Size]byte `cbor:"3,keyasint"`
	At      int64             `cbor:"4,keyasint"`
	What    string            `cbor:"5,keyasint"`
	Session string            `cbor:"6,keyasint"`
	Room    string            `cbor:"7,keyasint"`
	Licence string            `cbor:"8,keyasint"`
	Members int64             `cbor:"9,keyasint"`
	Build   uint32            `cbor:"10,keyasint"`
	Person  [sha256.Size]byte `cbor:"11,keyasint"`
}

// saltSize is how many random bytes hide a person from guessing once erased.
const saltSize = 32

func commit(salt, person []byte) [sha256.Size]byte {
	return sha256.Sum256(canon.LV([]byte("lotse log person"), salt, person))
}

func signed(hash [sha256.Size]byte) []byte { return canon.LV([]byte("lotse log"), hash[:]) }

// seal makes the row of an entry that follows before.
func seal(e Entry, relay string, seq int64, before [sha256.Size]byte, key ed25519.PrivateKey) (query.InsertEntryParams, error) {
	p := e.Person
	if e.What == "" || !plain(e.What, e.Session, e.Room, e.Licence, p.Login, p.Name, p.Address, p.System, p.Computer, p.Note) {
		return query.InsertEntryParams{}, fmt.Errorf("%w: log entry", ErrInvalid)
	}
	person, salt := canon.Marshal(p), make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return query.InsertEntryParams{}, fmt.Errorf("store: %w", err)
	}
	text := canon.Marshal(body{
		Relay: relay, Seq: seq, Before: before, At: millis(e.At), What: e.What, Session: e.Session, Room: e.Room,
		Licence: e.Licence, Members: int64(e.Members), Build: e.Build, Person: commit(salt, person),
	})
	hash := sha256.Sum256(text)
	return query.InsertEntryParams{
		Relay: relay, Seq: seq, At: millis(e.At), Body: text, Hash: hash[:], Sig: ed25519.Sign(key, signed(hash)),
		Person: p.Login, Personal: person, Salt: salt,
	}, nil
}

// unseal checks a row against the one before it and returns its entry and its
// hash.
func unseal(row query.Log, seq int64, before [sha256.Size]byte, key ed25519.PublicKey) (Entry, [sha256.Size]byte, error) {
	hash := sha256.Sum256(row.Body)
	forged := func(what string) (Entry, [sha256.Size]byte, error) {
		return Entry{}, hash, fmt.Errorf("%w: entry %d of %s: %s", ErrForged, seq, row.Relay, what)
	}
	var b body
	if err := canon.Unmarshal(row.Body, &b); err != nil {
		return forged("it can't be read")
	}
	switch {
	case row.Seq != seq || b.Seq != seq || b.Relay != row.Relay:
		return forged("an entry is missing or out of its place")
	case b.Before != before:
		return forged("it does not follow the entry before it")
	case subtle.ConstantTimeCompare(hash[:], row.Hash) != 1, !ed25519.Verify(key, signed(hash), row.Sig):
		return forged("the signature does not fit")
	case row.At != b.At:
		return forged("the time was changed")
	}
	e := Entry{
		Seq: seq, At: timeOf(b.At), What: b.What, Session: b.Session, Room: b.Room,
		Licence: b.Licence, Members: int(b.Members), Build: b.Build,
	}
	if len(row.Salt) == 0 && len(row.Personal) == 0 {
		e.Erased = true
		return e, hash, nil
	}
	if commit(row.Salt, row.Personal) != b.Person || canon.Unmarshal(row.Personal, &e.Person) != nil || row.Person != e.Person.Login {
		return forged("the person was changed")
	}
	return e, hash, nil
}
