package wire

import (
	"errors"
	"fmt"
	"time"
)

// Prove is how a master shows the licence that lets it open rooms.
type Prove struct {
	// Licence is the signed licence note.
	Licence []byte `cbor:"1,keyasint"`
	// Sig is the module key's signature (SignLicence).
	Sig [64]byte `cbor:"2,keyasint"`
	// Device is the device's Ed25519 public key.
	Device [32]byte `cbor:"3,keyasint"`
	// DeviceSig is the device key's signature (SignDevice).
	DeviceSig [64]byte `cbor:"4,keyasint"`
	// Operator is the operator's certificate; empty is none.
	Operator []byte `cbor:"5,keyasint,omitempty"`
}

// Kind returns KindProve.
func (Prove) Kind() Kind { return KindProve }

func (p Prove) check() error {
	if len(p.Licence) == 0 || len(p.Licence) > maxDocument || len(p.Operator) > maxDocument {
		return fmt.Errorf("notes of %d and %d bytes", len(p.Licence), len(p.Operator))
	}
	return nil
}

// maxFeatures is how many features a licence may name.
const maxFeatures = 32

// ProveOK says that the licence was accepted.
type ProveOK struct {
	// Features are the words that the licence names.
	Features []string `cbor:"1,keyasint"`
	// MaxMembers is how many members a room of this licence may have.
	MaxMembers uint16 `cbor:"2,keyasint"`
	// TTL is for how many seconds the answer holds.
	TTL uint32 `cbor:"3,keyasint"`
}

// Kind returns KindProveOK.
func (ProveOK) Kind() Kind { return KindProveOK }

func (p ProveOK) check() error {
	if p.Features == nil || len(p.Features) > maxFeatures {
		return fmt.Errorf("%d features", len(p.Features))
	}
	for _, f := range p.Features {
		if err := checkWord(f); err != nil {
			return err
		}
	}
	return nil
}

// Wait says that a source has to wait before it tries again.
type Wait struct {
	// RetryAfter is how long, in milliseconds.
	RetryAfter uint32 `cbor:"1,keyasint"`
}

// Kind returns KindWait.
func (Wait) Kind() Kind { return KindWait }

// maxWait is the longest wait in milliseconds: an hour is beyond every
// time-out there is.
const maxWait = 3600 * 1000

func (w Wait) check() error {
	if w.RetryAfter > maxWait {
		return fmt.Errorf("wait of %d ms", w.RetryAfter)
	}
	return nil
}

// WaitFor returns the message for a wait of d, rounded up to milliseconds.
func WaitFor(d time.Duration) Wait {
	ms := (max(d, 0) + time.Millisecond - 1) / time.Millisecond
	return Wait{RetryAfter: uint32(min(ms, maxWait))}
}

// After returns how long to wait.
func (w Wait) After() time.Duration { return time.Duration(w.RetryAfter) * time.Millisecond }

// Denied says that something was refused.
type Denied struct {
	// Reason says why.
	Reason Reason `cbor:"1,keyasint"`
}

// Kind returns KindDenied.
func (Denied) Kind() Kind { return KindDenied }

func (d Denied) check() error { return d.Reason.check() }

// Elsewhere says that a room is on another relay of the cluster.
type Elsewhere struct {
	// Relay is the SHA-256 of that one's SubjectPublicKeyInfo. Whether it may be
	// dialled, and where, the program's own list says.
	Relay [32]byte `cbor:"1,keyasint"`
}

// Kind returns KindElsewhere.
func (Elsewhere) Kind() Kind { return KindElsewhere }

func (Elsewhere) check() error { return nil }

// Reason says in one word why something was refused or came to an end. It is
// a metric's label too.
type Reason string

// The reasons that a relay gives. A master gives others when it sends
// somebody away.
const (
	ReasonUnknownSession Reason = "unknown_session" // no such room, or none that can be joined now
	ReasonLicence        Reason = "licence"         // the licence was refused
	ReasonNumberTaken    Reason = "number_taken"    // another master has this number
	ReasonRoomFull       Reason = "room_full"       // no place left
	ReasonRoomLocked     Reason = "room_locked"     // the master lets nobody else in
	ReasonThrottled      Reason = "throttled"       // too many tries
	ReasonProtocol       Reason = "protocol_error"  // the peer said what no peer may say
	ReasonOverflow       Reason = "overflow"        // the peer did not keep up with control or input
	ReasonSlow           Reason = "slow"            // a picture was dropped for a slow reader
	ReasonConnectionLost Reason = "connection_lost" // the connection broke
	ReasonRelayClosing   Reason = "relay_closing"   // the relay shuts down
	ReasonUpgrade        Reason = "upgrade_required"
	ReasonEnded          Reason = "ended_by_master" // the master closed the room
	ReasonStandby        Reason = "standby"         // the room is only kept in readiness
	ReasonStandbyFull    Reason = "standby_full"    // no place left to stand by
)

func (r Reason) check() error {
	if r == "" || len(r) > maxWord {
		return fmt.Errorf("reason of %d bytes", len(r))
	}
	for _, c := range []byte(r) {
		if c != '_' && (c < 'a' || c > 'z') {
			return errors.New("reason with other than lower-case letters")
		}
	}
	return nil
}
