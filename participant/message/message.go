// Package message is the language inside the seal: what members of a room say
// to each other. PROTOCOL.md lists every message with its layout.
//
// A message is one byte kind, one byte flags and a body. What is sent often
// (input, pointer, acknowledgements, pictures) has a fixed binary body;
// everything else is deterministic CBOR. Nothing here acts on a message:
// participant/gate does, after asking the session.
package message

import (
	"bytes"
	"errors"
	"fmt"

	"lotse/crypto/canon"
)

// Kind numbers the messages. The numbers travel; append only.
type Kind uint8

// The kinds of messages.
const (
	KindWelcome     Kind = 1
	KindReady       Kind = 2
	KindBye         Kind = 4
	KindStandby     Kind = 5
	KindAsk         Kind = 10
	KindWithdraw    Kind = 11
	KindStatus      Kind = 13
	KindGiveBack    Kind = 14
	KindSharing     Kind = 20
	KindRefresh     Kind = 21
	KindAck         Kind = 22
	KindWish        Kind = 23
	KindLook        Kind = 24
	KindScreens     Kind = 25
	KindPace        Kind = 26
	KindUpdate      Kind = 30
	KindCursor      Kind = 31
	KindLetter      Kind = 39
	KindKey         Kind = 40
	KindText        Kind = 41
	KindMove        Kind = 42
	KindButton      Kind = 43
	KindWheel       Kind = 44
	KindRelease     Kind = 45
	KindMark        Kind = 46
	KindWipe        Kind = 47
	KindClip        Kind = 48
	KindLocks       Kind = 49
	KindPing        Kind = 50
	KindPong        Kind = 51
	KindClipPicture Kind = 52
	KindClipPiece   Kind = 53
	KindClipTaken   Kind = 54
	KindClipDrop    Kind = 55
	KindDirect      Kind = 60
	KindCandidate   Kind = 61
)

// flagCritical marks a message that must not be skipped by a build that does
// not know its kind. The other bits are zero.
const flagCritical = 1

// headerSize is kind and flags.
const headerSize = 2

// maxCBOR is the longest CBOR body in bytes that is looked at: the longest
// roster and policy of a Welcome, and room for what stands around them.
const maxCBOR = 48 << 10

// ErrMalformed says that a message is not what its kind promises.
var ErrMalformed = errors.New("message: malformed")

// ErrUnknown says that a message is of a kind that this build does not know
// and may skip.
var ErrUnknown = errors.New("message: unknown kind")

// ErrUnknownCritical says that a message of an unknown kind must not be
// skipped: the session can't go on.
var ErrUnknownCritical = errors.New("message: unknown critical kind")

// Message is one thing that a member says.
type Message interface {
	// Kind names the message.
	Kind() Kind
	// appendBody writes the body behind the header.
	appendBody(dst []byte) []byte
}

// Append writes m to dst. What breaks a limit is written as well, and refused
// by whoever reads it.
func Append(dst []byte, m Message) []byte {
	var flags byte
	if critical(m.Kind()) {
		flags = flagCritical
	}
	return m.appendBody(append(dst, byte(m.Kind()), flags))
}

// Parse reads the one message that fills b. The result may keep parts of b.
func Parse(b []byte) (Message, error) {
	if len(b) < headerSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	kind, flags, body := Kind(b[0]), b[1], b[headerSize:]
	if flags&^flagCritical != 0 {
		return nil, fmt.Errorf("%w: flags %#x", ErrMalformed, flags)
	}
	parse := parser(kind)
	switch {
	case parse == nil && flags&flagCritical != 0:
		return nil, fmt.Errorf("%w: %d", ErrUnknownCritical, kind)
	case parse == nil:
		return nil, fmt.Errorf("%w: %d", ErrUnknown, kind)
	case (flags&flagCritical != 0) != critical(kind):
		return nil, fmt.Errorf("%w: kind %d with flags %#x", ErrMalformed, kind, flags)
	}
	m, err := parse(body)
	if err != nil {
		return nil, fmt.Errorf("kind %d: %w", kind, err)
	}
	return m, nil
}

// critical says which messages must be understood. All others may be skipped,
// so a new kind is in no list here.
func critical(k Kind) bool {
	//exhaustive:ignore
	switch k {
	case KindWelcome, KindReady, KindBye:
		return true
	default:
		return false
	}
}

// parser returns what reads the bodies of a kind, nil for an unknown one.
func parser(k Kind) func([]byte) (Message, error) {
	//exhaustive:ignore
	switch k {
	case KindWelcome:
		return parseCBOR[Welcome]
	case KindReady:
		return parseCBOR[Ready]
	case KindBye:
		return parseCBOR[Bye]
	case KindStandby:
		return parseCBOR[Standby]
	case KindAsk:
		return parseCBOR[Ask]
	case KindWithdraw:
		return parseCBOR[Withdraw]
	case KindStatus:
		return parseCBOR[Status]
	case KindGiveBack:
		return parseCBOR[GiveBack]
	default:
		return screenParser(k)
	}
}

// screenParser is parser for what belongs to a shared screen.
func screenParser(k Kind) func([]byte) (Message, error) {
	//exhaustive:ignore
	switch k {
	case KindSharing:
		return parseCBOR[Sharing]
	case KindRefresh:
		return parseRefresh
	case KindAck:
		return parseAck
	case KindWish:
		return parseWish
	case KindLook:
		return parseLook
	case KindScreens:
		return parseCBOR[Screens]
	case KindPace:
		return parsePace
	case KindUpdate:
		return parseUpdate
	case KindCursor:
		return parseCursor
	default:
		return inputParser(k)
	}
}

// inputParser is parser for input, ping and pong.
func inputParser(k Kind) func([]byte) (Message, error) {
	//exhaustive:ignore
	switch k {
	case KindLetter:
		return parseLetter
	case KindKey:
		return parseKey
	case KindText:
		return parseText
	case KindMove:
		return parseMove
	case KindButton:
		return parseButton
	case KindWheel:
		return parseWheel
	case KindRelease:
		return parseRelease
	case KindLocks:
		return parseLocks
	case KindMark:
		return parseMark
	case KindWipe:
		return parseWipe
	case KindPing:
		return parsePing
	case KindPong:
		return parsePong
	default:
		return clipParser(k)
	}
}

// clipParser is parser for what is copied.
func clipParser(k Kind) func([]byte) (Message, error) {
	//exhaustive:ignore
	switch k {
	case KindClip:
		return parseClip
	case KindClipPicture:
		return parseClipPicture
	case KindClipPiece:
		return parseClipPiece
	case KindClipTaken:
		return parseClipTaken
	case KindClipDrop:
		return parseClipDrop
	default:
		return pathParser(k)
	}
}

// pathParser is parser for what a way past the relay is found with.
func pathParser(k Kind) func([]byte) (Message, error) {
	//exhaustive:ignore
	switch k {
	case KindDirect:
		return parseCBOR[Direct]
	case KindCandidate:
		return parseCandidate
	default:
		return nil
	}
}

// checked is a CBOR message that knows what its fields may hold.
type checked interface {
	Message
	check() error
}

// parseCBOR reads a body that is exactly what Append would have written: a
// value has one spelling, so what was shown is what was signed.
func parseCBOR[M checked](body []byte) (Message, error) {
	if len(body) > maxCBOR {
		return nil, fmt.Errorf("%w: body of %d bytes", ErrMalformed, len(body))
	}
	var m M
	if err := canon.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(m.appendBody(nil), body) {
		return nil, fmt.Errorf("%w: not in its one spelling", ErrMalformed)
	}
	return m, nil
}

// sized refuses a binary body of another length than want.
func sized(body []byte, want int) error {
	if len(body) != want {
		return fmt.Errorf("%w: body of %d bytes, want %d", ErrMalformed, len(body), want)
	}
	return nil
}
