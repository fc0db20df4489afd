package message

import (
	"bytes"
	"errors"
	"image"
	"math"
	"reflect"
	"strings"
	"testing"

	"lotse/capture"
	"lotse/capture/codec"
	"lotse/capture/input"
	"lotse/crypto/secret"
	"lotse/participant/session"
)

func welcome(change func(*Welcome)) Welcome {
	m := Welcome{
		Member: 2, Secret: EpochSecret{secret.Bytes(repeated(1, epochSecretSize))},
		Roster: []byte{1}, Signature: repeated(2, signatureSize), Policy: []byte{},
	}
	change(&m)
	return m
}

func shape(w, h, hotX, hotY, pix int) Cursor {
	return Cursor{capture.Cursor{Shape: &capture.CursorShape{W: w, H: h, Hot: image.Pt(hotX, hotY), Pix: make([]byte, pix)}}}
}

func screen(w, h int) Sharing { return Sharing{On: true, Width: w, Height: h} }

// limits has each bound twice: what just fits and what does not any more.
var limits = []struct {
	name string
	fits Message
	over Message
}{
	{"first member", welcome(func(*Welcome) {}), welcome(func(m *Welcome) { m.Member = 1 })},
	{"no member", welcome(func(m *Welcome) { m.Member = 255 }), welcome(func(m *Welcome) { m.Member = 0 })},
	{"short secret", welcome(func(*Welcome) {}), welcome(func(m *Welcome) { m.Secret.Bytes = m.Secret.Bytes[1:] })},
	{"long secret", welcome(func(*Welcome) {}), welcome(func(m *Welcome) { m.Secret.Bytes = append(m.Secret.Bytes, 1) })},
	{"short signature", welcome(func(*Welcome) {}), welcome(func(m *Welcome) { m.Signature = m.Signature[1:] })},
	{"long signature", welcome(func(*Welcome) {}), welcome(func(m *Welcome) { m.Signature = append(m.Signature, 1) })},
	{"no roster", welcome(func(*Welcome) {}), welcome(func(m *Welcome) { m.Roster = []byte{} })},
	{
		"roster", welcome(func(m *Welcome) { m.Roster, m.Policy = make([]byte, maxRoster), make([]byte, maxPolicy) }),
		welcome(func(m *Welcome) { m.Roster = make([]byte, maxRoster+1) }),
	},
	{
		"policy", welcome(func(m *Welcome) { m.Policy = make([]byte, maxPolicy) }),
		welcome(func(m *Welcome) { m.Policy = make([]byte, maxPolicy+1) }),
	},
	{
		"whole body", welcome(func(m *Welcome) { m.Roster, m.Policy = make([]byte, maxRoster), make([]byte, maxPolicy) }),
		welcome(func(m *Welcome) { m.Roster = make([]byte, maxCBOR) }),
	},
	{"short ready", Ready{Signature: repeated(1, 64)}, Ready{Signature: repeated(1, 63)}},
	{"long ready", Ready{Epoch: math.MaxUint64, Signature: repeated(1, 64)}, Ready{Signature: repeated(1, 65)}},
	{"question number", Ask{ID: 1, Grants: 1}, Ask{ID: 0, Grants: 1}},
	{"no rights", Ask{ID: 1, Grants: 1}, Ask{ID: 1, Grants: 0}},
	{"rights", Ask{ID: 1, Grants: session.All}, Ask{ID: 1, Grants: session.All + 1}},
	{"why", Ask{ID: 1, Grants: 1, Why: strings.Repeat("w", MaxWhy)}, Ask{ID: 1, Grants: 1, Why: strings.Repeat("w", MaxWhy+1)}},
	{"withdrawn number", Withdraw{ID: 1}, Withdraw{ID: 0}},
	{"standby relay", Standby{Relay: repeated(1, 32), Handle: repeated(2, 16)}, Standby{Relay: repeated(1, 33), Handle: repeated(2, 16)}},
	{"standby handle", Standby{Relay: repeated(1, 32), Handle: repeated(2, 16)}, Standby{Relay: repeated(1, 32), Handle: repeated(2, 15)}},
	{"bye reason", Bye{Reason: session.Reason(strings.Repeat("z", maxReason))}, Bye{Reason: session.Reason(strings.Repeat("z", maxReason+1))}},
	{"trouble", Status{Trouble: session.Reason(strings.Repeat("_", maxReason))}, Status{Trouble: session.Reason(strings.Repeat("_", maxReason+1))}},
	{"answer", Status{Answer: session.Reason(strings.Repeat("a", maxReason))}, Status{Answer: session.Reason(strings.Repeat("a", maxReason+1))}},
	{"screen width", screen(capture.MaxSide, 1), screen(capture.MaxSide+1, 1)},
	{"screen height", screen(1, capture.MaxSide), screen(1, capture.MaxSide+1)},
	{"screen area", screen(8192, 4320), screen(8192, 4321)},
	{"area of nothing", Sharing{Width: 8192, Height: 4320}, Sharing{Width: 8192, Height: 4321}},
	{"no width", screen(1, 1), screen(0, 1)},
	{"no height", screen(1, 1), screen(1, 0)},
	{"width below nothing", Sharing{}, Sharing{Width: -1}},
	{"height below nothing", Sharing{}, Sharing{Height: -1}},
	{"both below nothing", screen(1, 1), screen(-1, -1)},
	{"display name", Sharing{Name: strings.Repeat("n", maxDisplayName)}, Sharing{Name: strings.Repeat("n", maxDisplayName+1)}},
	{"last target", Screens{Target: TargetWindow, Displays: []Monitor{}}, Screens{Target: TargetWindow + 1, Displays: []Monitor{}}},
	{"monitors", Screens{Displays: monitors(MaxMonitors)}, Screens{Displays: monitors(MaxMonitors + 1)}},
	{"monitor far away", monitor(farthest, 1), monitor(farthest+1, 1)},
	{"monitor far on the other side", monitor(-farthest, 1), monitor(-farthest-1, 1)},
	{"monitor without width", monitor(0, 1), monitor(0, 0)},
	{"monitor too wide", monitor(0, capture.MaxSide), monitor(0, capture.MaxSide+1)},
	{"worst step", Pace{Step: MaxStep}, Pace{Step: MaxStep + 1}},
	{"update", Update{Data: make([]byte, codec.MaxUpdate)}, Update{Data: make([]byte, codec.MaxUpdate+1)}},
	{"empty update", Update{Data: []byte{0}}, Update{}},
	{
		"cursor width", shape(capture.MaxCursor, 1, capture.MaxCursor-1, 0, 4*capture.MaxCursor),
		shape(capture.MaxCursor+1, 1, 0, 0, 4*capture.MaxCursor+4),
	},
	{
		"cursor height", shape(1, capture.MaxCursor, 0, capture.MaxCursor-1, 4*capture.MaxCursor),
		shape(1, capture.MaxCursor+1, 0, 0, 4*capture.MaxCursor+4),
	},
	{"no cursor width", shape(1, 1, 0, 0, 4), shape(0, 1, 0, 0, 0)},
	{"no cursor height", shape(1, 1, 0, 0, 4), shape(1, 0, 0, 0, 0)},
	{"hot x", shape(2, 2, 1, 1, 16), shape(2, 2, 2, 1, 16)},
	{"hot y", shape(2, 2, 1, 1, 16), shape(2, 2, 1, 2, 16)},
	{"too few pixels", shape(2, 2, 0, 0, 16), shape(2, 2, 0, 0, 15)},
	{"too many pixels", shape(2, 2, 0, 0, 16), shape(2, 2, 0, 0, 17)},
	{"text", Text{strings.Repeat("t", MaxText)}, Text{strings.Repeat("t", MaxText+1)}},
	{"empty text", Text{"t"}, Text{""}},
	{"clip", Clip{strings.Repeat("c", MaxClip)}, Clip{strings.Repeat("c", MaxClip+1)}},
	{"empty clip", Clip{"c"}, Clip{""}},
	{"clip with a zero", Clip{"a b"}, Clip{"a\x00b"}},
	{"clip that is no text", Clip{"ä"}, Clip{"\xff"}},
	{"picture number", clipPicture(1, 1, 1, 1), clipPicture(0, 1, 1, 1)},
	{"picture", clipPicture(1, MaxClipPicture, 1, 1), clipPicture(1, MaxClipPicture+1, 1, 1)},
	{"picture below nothing", clipPicture(1, 1, 1, 1), clipPicture(1, -1, 1, 1)},
	{"picture of nothing", clipPicture(1, 1, 1, 1), clipPicture(1, 0, 1, 1)},
	{"picture width", clipPicture(1, 1, MaxClipSide, 1), clipPicture(1, 1, MaxClipSide+1, 1)},
	{"picture height", clipPicture(1, 1, 1, MaxClipSide), clipPicture(1, 1, 1, MaxClipSide+1)},
	{"no picture width", clipPicture(1, 1, 1, 1), clipPicture(1, 1, 0, 1)},
	{"no picture height", clipPicture(1, 1, 1, 1), clipPicture(1, 1, 1, 0)},
	{"piece", ClipPiece{1, make([]byte, MaxClipPiece)}, ClipPiece{1, make([]byte, MaxClipPiece+1)}},
	{"piece of nothing", ClipPiece{1, []byte{0}}, ClipPiece{1, nil}},
	{"piece of no picture", ClipPiece{1, []byte{0}}, ClipPiece{0, []byte{0}}},
	{"taken", ClipTaken{1, MaxClipPicture}, ClipTaken{1, MaxClipPicture + 1}},
	{"taken of no picture", ClipTaken{ID: 1}, ClipTaken{}},
	{"way of no round", direct(func(*Direct) {}), direct(func(m *Direct) { m.Round = 0 })},
	{"short user", direct(func(*Direct) {}), direct(func(m *Direct) { m.User = "abc" })},
	{"long user", direct(func(m *Direct) { m.User = strings.Repeat("u", maxCredential) }), direct(func(m *Direct) { m.User = strings.Repeat("u", maxCredential+1) })},
	{"other user", direct(func(*Direct) {}), direct(func(m *Direct) { m.User = "ab:d" })},
	{"short password", direct(func(*Direct) {}), direct(func(m *Direct) { m.Password = m.Password[1:] })},
	{"long password", direct(func(m *Direct) { m.Password = strings.Repeat("p", maxCredential) }), direct(func(m *Direct) { m.Password = strings.Repeat("p", maxCredential+1) })},
	{"other password", direct(func(*Direct) {}), direct(func(m *Direct) { m.Password = strings.Repeat("p", minPassword) + "\n" })},
	{"short fingerprint", direct(func(*Direct) {}), direct(func(m *Direct) { m.Fingerprint = m.Fingerprint[1:] })},
	{"long fingerprint", direct(func(*Direct) {}), direct(func(m *Direct) { m.Fingerprint = append(m.Fingerprint, 1) })},
	{"candidate of no round", candidate(1, false, "10.0.0.1:1"), candidate(0, false, "10.0.0.1:1")},
	{"candidate without port", candidate(1, false, "10.0.0.1:1"), candidate(1, false, "10.0.0.1:0")},
	{"candidate that is IPv4 inside", candidate(1, false, "[::1]:1"), candidate(1, false, "[::ffff:10.0.0.1]:1")},
	{"drop of no picture", ClipDrop{ID: 1}, ClipDrop{}},
	{"stroke", Mark{Look: MarkStroke, Points: make([]image.Point, MaxMarkPoints)}, Mark{Look: MarkStroke, Points: make([]image.Point, MaxMarkPoints+1)}},
	{"stroke of nothing", Mark{Look: MarkStroke, Points: make([]image.Point, 1)}, Mark{Look: MarkStroke, Points: []image.Point{}}},
	{"arrow", mark(MarkArrow, 2, ""), mark(MarkArrow, 3, "")},
	{"arrow to nowhere", mark(MarkArrow, 2, ""), mark(MarkArrow, 1, "")},
	{"box", mark(MarkBox, 2, ""), mark(MarkBox, 1, "")},
	{"pointer", mark(MarkPointer, 1, ""), mark(MarkPointer, 2, "")},
	{"pointer that speaks", mark(MarkPointer, 1, ""), mark(MarkPointer, 1, "x")},
	{"note", mark(MarkNote, 1, strings.Repeat("ä", MaxNoteRunes)), mark(MarkNote, 1, strings.Repeat("a", MaxNoteRunes+1))},
	{"note of nothing", mark(MarkNote, 1, "a"), mark(MarkNote, 1, "")},
	{"note on two lines", mark(MarkNote, 1, "a b"), mark(MarkNote, 1, "a\nb")},
	{"first mark", mark(MarkPointer, 1, ""), mark(0, 1, "")},
	{"last mark", mark(MarkBox, 2, ""), mark(MarkBox+1, 2, "")},
	{
		"box that goes on",
		Mark{Look: MarkStroke, Adds: true, Points: make([]image.Point, 2)},
		Mark{Look: MarkBox, Adds: true, Points: make([]image.Point, 2)},
	},
	{"first button", Button{Button: input.Left}, Button{Button: 0}},
	{"every lock", Locks{On: 7}, Locks{On: 8}},
	{"locks of another day", Locks{}, Locks{On: 0x80}},
	{"last button", Button{Button: input.Forward}, Button{Button: input.Forward + 1}},
}

func direct(change func(*Direct)) Direct {
	m := Direct{Round: 1, User: "user", Password: strings.Repeat("p", minPassword), Fingerprint: repeated(1, FingerprintSize)}
	change(&m)
	return m
}

func mark(look MarkKind, points int, text string) Mark {
	return Mark{Look: look, Points: make([]image.Point, points), Text: text}
}

func clipPicture(id uint32, bytes, w, h int) ClipPicture {
	return ClipPicture{ID: id, Bytes: bytes, Width: w, Height: h}
}

func monitors(n int) []Monitor {
	out := make([]Monitor, n)
	for i := range out {
		out[i] = Monitor{Width: 1, Height: 1}
	}
	return out
}

func monitor(x, width int) Screens {
	return Screens{Displays: []Monitor{{X: x, Width: width, Height: 1}}}
}

func TestLimitsAreKeptToTheByte(t *testing.T) {
	for _, row := range limits {
		if got, err := Parse(Append(nil, row.fits)); err != nil || !reflect.DeepEqual(got, row.fits) {
			t.Errorf("%s, what fits: got %.200v, %v, want %.200v", row.name, got, err, row.fits)
		}
		if got, err := Parse(Append(nil, row.over)); got != nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s, what does not: got %.200v, %v, want %v", row.name, got, err, ErrMalformed)
		}
	}
}

func TestFlagsAreZeroOrOne(t *testing.T) {
	for _, row := range []struct {
		head string
		last int // the largest value of the last byte
		tail string
	}{
		{"28 00 0004", 1, ""},
		{"2b 00 01", 1, ""},
		{"37 00 00000001", 1, ""},
		{"1f 00", cursorVisible, "00000000 00000000"},
	} {
		for v := range 256 {
			b := append(append(unhex(t, row.head), byte(v)), unhex(t, row.tail)...)
			if _, err := Parse(b); (err == nil) != (v <= row.last) || err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("%x: got %v", b, err)
			}
		}
	}
}

func TestReasonsAreWordsOfSmallLetters(t *testing.T) {
	for _, word := range []session.Reason{"Stop", "stop key", "stop-key", "stop1", "stöp", "stop\n", "\x00"} {
		for _, m := range []Message{Bye{Reason: word}, Status{Trouble: word}, Status{Answer: word}} {
			if got, err := Parse(Append(nil, m)); got != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%#v: got %#v, %v, want %v", m, got, err, ErrMalformed)
			}
		}
	}
}

// what changes how a line looks, or where the next one begins.
var tricks = []rune{
	0, '\a', '\b', '\t', '\n', '\r', 0x1b, 0x7f, 0x80, 0x85, 0x9b,
	0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
	0x2028, 0x2029,
}

func TestShownTextHasNoControlOrBidiCharacters(t *testing.T) {
	for _, r := range tricks {
		for _, s := range []string{string(r), "a" + string(r), string(r) + "a", "Konto" + string(r) + "nummer"} {
			for _, m := range []Message{Ask{ID: 1, Grants: 1, Why: s}, Sharing{Name: s}} {
				if got, err := Parse(Append(nil, m)); got != nil || !errors.Is(err, ErrMalformed) {
					t.Errorf("%U: got %#v, %v, want %v", r, got, err, ErrMalformed)
				}
			}
		}
	}
	for _, s := range []string{"für Sie", "שלום", "日本語", "🛟", "e\u0301", "a\u00a0b"} {
		want := Ask{ID: 1, Grants: 1, Why: s}
		if got, err := Parse(Append(nil, want)); err != nil || got != want {
			t.Errorf("%q: got %#v, %v, want %#v", s, got, err, want)
		}
	}
}

func TestTypedTextHasNoKeysInIt(t *testing.T) {
	for r := range rune(0xa0) {
		want := r >= 0x20 && r < 0x7f || r == '\n' || r == '\t'
		_, err := Parse(Append(nil, Text{"a" + string(r)}))
		if (err == nil) != want || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%U: got %v, want accepted %v", r, err, want)
		}
	}
	for _, bad := range [][]byte{{0xff}, {0xc3}, {0xed, 0xa0, 0x80}, {0xc0, 0xaf}} {
		if got, err := Parse(append([]byte{byte(KindText), 0}, bad...)); got != nil || !errors.Is(err, ErrMalformed) {
			t.Errorf("%x: got %#v, %v, want %v", bad, got, err, ErrMalformed)
		}
	}
	if got, err := Parse(Append(nil, Text{"\u200fשלום"})); err != nil || got != (Text{"\u200fשלום"}) {
		t.Errorf("a mark that people type: got %#v, %v", got, err)
	}
}

func TestAHugeBodyIsRefusedUnread(t *testing.T) {
	huge := append([]byte{byte(KindAsk), 0}, bytes.Repeat([]byte{0x81}, 8<<20)...)
	got, err := Parse(huge)
	if got != nil || !errors.Is(err, ErrMalformed) {
		t.Fatalf("got %#v, %v, want %v", got, err, ErrMalformed)
	}
	const few = 100 // eight million if it were read; the runtime's own count too
	if allocs := testing.AllocsPerRun(10, func() { _, _ = Parse(huge) }); allocs > few {
		t.Errorf("got %v allocations, want at most %d", allocs, few)
	}
}
