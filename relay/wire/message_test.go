package wire

import (
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// family is the messages of one frame type and what reads them.
type family struct {
	name    string
	samples []sample
	parse   func([]byte) (Message, error)
}

func families() []family {
	return []family{{"stage 1", stage1Samples(), ParseStage1}, {"notice", noticeSamples(), ParseNotice}}
}

func TestMessagesHaveTheseBytes(t *testing.T) {
	for _, f := range families() {
		for _, s := range f.samples {
			if got := hex.EncodeToString(Encode(s.message)); got != s.hex {
				t.Errorf("%T: got %s, want %s", s.message, got, s.hex)
			}
		}
	}
}

func TestMessagesComeBack(t *testing.T) {
	for _, f := range families() {
		for _, s := range f.samples {
			got, err := f.parse(Encode(s.message))
			if err != nil || !reflect.DeepEqual(got, s.message) {
				t.Errorf("got %#v, %v, want %#v", got, err, s.message)
			}
		}
	}
}

func TestEveryShorterMessageIsRefused(t *testing.T) {
	for _, f := range families() {
		for _, s := range f.samples {
			whole := Encode(s.message)
			for n := range whole {
				if got, err := f.parse(whole[:n]); !errors.Is(err, ErrMessage) {
					t.Errorf("%T cut to %d bytes: got %#v, %v, want %v", s.message, n, got, err, ErrMessage)
				}
			}
		}
	}
}

func TestOneByteMoreIsRefused(t *testing.T) {
	for _, f := range families() {
		for _, s := range f.samples {
			for _, more := range []byte{0, 0xf6, 0xff} {
				if got, err := f.parse(append(Encode(s.message), more)); !errors.Is(err, ErrMessage) {
					t.Errorf("%T and %#x: got %#v, %v, want %v", s.message, more, got, err, ErrMessage)
				}
			}
		}
	}
}

// Every kind belongs to one of the two families, and each has its sample.
func TestKindsStayInTheirFamily(t *testing.T) {
	all := families()
	for i, f := range all {
		other := all[1-i]
		for _, s := range f.samples {
			if got, err := other.parse(Encode(s.message)); !errors.Is(err, ErrMessage) {
				t.Errorf("%T as %s: got %#v, %v, want %v", s.message, other.name, got, err, ErrMessage)
			}
		}
	}
	seen := make(map[Kind]bool)
	for _, f := range all {
		for _, s := range f.samples {
			seen[s.message.Kind()] = true
		}
	}
	for k := range Kind(255) {
		_, one := ParseStage1([]byte{byte(k), 0xf6})
		_, two := ParseNotice([]byte{byte(k), 0xf6})
		known := !strings.HasSuffix(one.Error(), "kind "+decimal(k)) || !strings.HasSuffix(two.Error(), "kind "+decimal(k))
		if known != seen[k] {
			t.Errorf("kind %d: known %t, has a sample %t", k, known, seen[k])
		}
	}
}

func decimal(k Kind) string {
	if k < 10 {
		return string('0' + rune(k))
	}
	return decimal(k/10) + string('0'+rune(k%10))
}

func TestWrongValuesAreRefused(t *testing.T) {
	features := make([]string, maxFeatures+1)
	for _, m := range []Message{
		Hello{V: 1, MinV: 2, Role: RoleMaster},
		Hello{V: 1, Role: RoleMaster},
		Hello{V: 1, MinV: 1, Role: "web"},
		Hello{V: 1, MinV: 1, Role: RoleMaster, OS: strings.Repeat("x", maxWord+1)},
		Hello{V: 1, MinV: 1, Role: RoleMaster, OS: "a\nb"},
		Hello{V: 1, MinV: 1, Role: RoleMaster, Profile: "Desk"},
		Hello{V: 1, MinV: 1, Role: RoleMaster, Profile: strings.Repeat("x", maxProfile+1)},
		RelayHello{},
		RelayHello{V: 1, Load: fullLoad + 1},
		AskList{},
		AskList{Profile: strings.Repeat("a", maxProfile+1)},
		AskList{Profile: "Desk"},
		List{},
		List{Note: make([]byte, MaxList+1)},
		Prove{},
		Prove{Licence: make([]byte, maxDocument+1)},
		Prove{Licence: []byte("x"), Operator: make([]byte, maxDocument+1)},
		ProveOK{},
		ProveOK{Features: features},
		ProveOK{Features: []string{"\x7f"}},
		Wait{RetryAfter: maxWait + 1},
		Denied{},
		Denied{Reason: "Licence"},
		Denied{Reason: Reason(strings.Repeat("a", maxWord+1))},
		Open{Digits: 4},
		Open{Digits: 5, Links: make([][32]byte, MaxLinks+1)},
		Open{Digits: 10},
		Open{Digits: 5, Owner: Owner{1}},
		Open{Digits: 5, Standby: true},
		Open{Digits: 5, Number: "1234"},
		Open{Digits: 5, Number: "12a45"},
		Opened{},
		Opened{Session: "1234567890"},
		Join{Session: "1234"},
		Join{Session: "١٢٣٤٥"},
		Join{Session: "12345", LinkMAC: make([]byte, 31)},
		Links{Verifiers: make([][32]byte, MaxLinks+1)},
		Join{Session: "12345", Door: make([]byte, 15), Resume: true},
		Join{Session: "12345", Door: make([]byte, 16)},
		Ticket{Conn: 1},
		Ticket{},
		Admit{},
		Admit{Conn: MasterConn},
		Kick{Conn: 2},
		Kick{Conn: 1, Reason: "removed"},
		JoinNotify{Conn: 2, Source: "moon"},
		JoinNotify{Conn: 1, Source: SourceLoopback},
		Gone{Reason: ReasonProtocol},
		Gone{Conn: 2},
		Dropped{Lane: LanePicture, Reason: ReasonSlow},
		Dropped{Conn: 1, Lane: Lanes, Reason: ReasonSlow},
		Dropped{Conn: 1},
		Closing{RetryAfter: maxWait + 1, Reason: ReasonRelayClosing},
		Closing{},
		Credit{Conn: 2},
		Credit{Bytes: 1},
		Credit{Conn: 2, Bytes: BulkWindow + 1},
	} {
		one, first := ParseStage1(Encode(m))
		two, second := ParseNotice(Encode(m))
		if !errors.Is(first, ErrMessage) || !errors.Is(second, ErrMessage) {
			t.Errorf("%#v was read: %v %v, %v %v", m, one, first, two, second)
		}
	}
}

func TestTooLongMessagesAreRefusedUnread(t *testing.T) {
	if _, err := ParseNotice(make([]byte, MaxControl+1)); !errors.Is(err, ErrMessage) {
		t.Errorf("got %v, want %v", err, ErrMessage)
	}
}

func TestRefusalsBecomeErrors(t *testing.T) {
	var upgrade *UpgradeError
	if err := Refusal(UpgradeRequired{MinBuild: 7}); !errors.As(err, &upgrade) || upgrade.MinBuild != 7 {
		t.Errorf("got %v, want build 7", err)
	}
	var denied *DeniedError
	if err := Refusal(Denied{Reason: ReasonLicence}); !errors.As(err, &denied) || denied.Reason != ReasonLicence {
		t.Errorf("got %v, want licence", err)
	}
	var wait *WaitError
	if err := Refusal(WaitFor(1500)); !errors.As(err, &wait) || wait.After.Milliseconds() != 1 {
		t.Errorf("got %v, want a wait that is rounded up to 1 ms", err)
	}
	if err := Refusal(Ticket{}); err != nil {
		t.Errorf("got %v, want none", err)
	}
	if got := WaitFor(-1); got.RetryAfter != 0 {
		t.Errorf("got %v, want no wait", got)
	}
	if got := WaitFor(1 << 62); got.RetryAfter != maxWait {
		t.Errorf("got %v, want the longest wait", got)
	}
}
