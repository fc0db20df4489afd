package wire

import (
	"errors"
	"fmt"

	"lotse/crypto/canon"
)

// Kind numbers the messages; append only. On the wire a message is its kind as
// one byte and a CBOR map with integer keys.
type Kind uint8

// The kinds of stage 1.
const (
	KindHello           Kind = 1
	KindRelayHello      Kind = 2
	KindProve           Kind = 3
	KindProveOK         Kind = 4
	KindWait            Kind = 5
	KindDenied          Kind = 6
	KindOpen            Kind = 7
	KindOpened          Kind = 8
	KindJoin            Kind = 9
	KindTicket          Kind = 10
	KindUpgradeRequired Kind = 11
)

// The kinds of notices.
const (
	KindAdmit      Kind = 32
	KindKick       Kind = 33
	KindLock       Kind = 34
	KindEnd        Kind = 35
	KindJoinNotify Kind = 48
	KindGone       Kind = 49
	KindMasterAway Kind = 50
	KindMasterBack Kind = 51
	KindDropped    Kind = 52
	KindClosing    Kind = 53
	KindCredit     Kind = 54
)

// Message is something said between a program and the relay.
type Message interface {
	// Kind numbers the message.
	Kind() Kind
	// check reports why no such message may travel.
	check() error
}

// ErrMessage says that a payload is no message, or one that must not travel.
var ErrMessage = errors.New("wire: bad message")

// Encode returns the payload that says m.
func Encode(m Message) []byte { return append([]byte{byte(m.Kind())}, canon.Marshal(m)...) }

// Stage1Frame returns the frame that says m in stage 1.
func Stage1Frame(m Message) Frame { return Frame{Type: Stage1, Payload: Encode(m)} }

// NoticeFrame returns the frame that says m after stage 1.
func NoticeFrame(m Message) Frame { return Frame{Type: Notice, Payload: Encode(m)} }

// parser reads the CBOR part of one kind.
type parser func(body []byte) (Message, error)

// ParseStage1 reads a message of stage 1.
func ParseStage1(payload []byte) (Message, error) {
	return parse(payload, func(k Kind) parser {
		switch k {
		case KindHello:
			return read[Hello]
		case KindRelayHello:
			return read[RelayHello]
		case KindProve:
			return read[Prove]
		case KindProveOK:
			return read[ProveOK]
		case KindWait:
			return read[Wait]
		case KindDenied:
			return read[Denied]
		case KindOpen:
			return read[Open]
		case KindOpened:
			return read[Opened]
		case KindJoin:
			return read[Join]
		case KindTicket:
			return read[Ticket]
		case KindUpgradeRequired:
			return read[UpgradeRequired]
		default:
			return nil
		}
	})
}

// ParseNotice reads a notice.
func ParseNotice(payload []byte) (Message, error) {
	return parse(payload, func(k Kind) parser {
		switch k {
		case KindAdmit:
			return read[Admit]
		case KindKick:
			return read[Kick]
		case KindLock:
			return read[Lock]
		case KindEnd:
			return read[End]
		case KindJoinNotify:
			return read[JoinNotify]
		case KindGone:
			return read[Gone]
		case KindMasterAway:
			return read[MasterAway]
		case KindMasterBack:
			return read[MasterBack]
		case KindDropped:
			return read[Dropped]
		case KindClosing:
			return read[Closing]
		case KindCredit:
			return read[Credit]
		default:
			return nil
		}
	})
}

func parse(payload []byte, pick func(Kind) parser) (Message, error) {
	if len(payload) == 0 || len(payload) > MaxControl {
		return nil, fmt.Errorf("%w: %d bytes", ErrMessage, len(payload))
	}
	read := pick(Kind(payload[0]))
	if read == nil {
		return nil, fmt.Errorf("%w: kind %d", ErrMessage, payload[0])
	}
	return read(payload[1:])
}

func read[M Message](body []byte) (Message, error) {
	var m M
	if err := canon.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("%w: kind %d: %w", ErrMessage, m.Kind(), err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: kind %d: %w", ErrMessage, m.Kind(), err)
	}
	return m, nil
}
