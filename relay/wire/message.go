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
	KindElsewhere       Kind = 12
	KindAskList         Kind = 16
	KindList            Kind = 17
)

// The kinds of notices.
const (
	KindAdmit      Kind = 32
	KindKick       Kind = 33
	KindLock       Kind = 34
	KindEnd        Kind = 35
	KindLinks      Kind = 36
	KindLive       Kind = 37
	KindJoinNotify Kind = 48
	KindGone       Kind = 49
	KindMasterAway Kind = 50
	KindMasterBack Kind = 51
	KindDropped    Kind = 52
	KindClosing    Kind = 53
	KindCredit     Kind = 54

	firstNotice = KindAdmit
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

// ParseStage1 reads a message of stage 1.
func ParseStage1(payload []byte) (Message, error) {
	return parse(payload, func(k Kind) bool { return k < firstNotice })
}

// ParseNotice reads a notice.
func ParseNotice(payload []byte) (Message, error) {
	return parse(payload, func(k Kind) bool { return k >= firstNotice })
}

func parse(payload []byte, here func(Kind) bool) (Message, error) {
	if len(payload) == 0 || len(payload) > MaxControl {
		return nil, fmt.Errorf("%w: %d bytes", ErrMessage, len(payload))
	}
	k := Kind(payload[0])
	read := parserOf(k)
	if read == nil || !here(k) {
		return nil, fmt.Errorf("%w: kind %d", ErrMessage, k)
	}
	return read(payload[1:])
}

// parserOf returns what reads the CBOR part of a kind, or nil.
func parserOf(k Kind) func(body []byte) (Message, error) {
	if k >= firstNotice {
		return noticeParser(k)
	}
	return map[Kind]func([]byte) (Message, error){
		KindHello: read[Hello], KindRelayHello: read[RelayHello], KindUpgradeRequired: read[UpgradeRequired],
		KindProve: read[Prove], KindProveOK: read[ProveOK], KindWait: read[Wait], KindDenied: read[Denied],
		KindOpen: read[Open], KindOpened: read[Opened], KindJoin: read[Join], KindTicket: read[Ticket],
		KindElsewhere: read[Elsewhere], KindAskList: read[AskList], KindList: read[List],
	}[k]
}

func noticeParser(k Kind) func(body []byte) (Message, error) {
	return map[Kind]func([]byte) (Message, error){
		KindAdmit: read[Admit], KindKick: read[Kick], KindLock: read[Lock], KindEnd: read[End], KindLinks: read[Links],
		KindLive:       read[Live],
		KindJoinNotify: read[JoinNotify], KindGone: read[Gone], KindMasterAway: read[MasterAway],
		KindMasterBack: read[MasterBack], KindDropped: read[Dropped], KindClosing: read[Closing], KindCredit: read[Credit],
	}[k]
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
