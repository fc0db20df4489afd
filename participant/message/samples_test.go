package message

import (
	"bytes"
	"encoding/hex"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"image"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"lotse/capture"
	"lotse/capture/input"
	"lotse/crypto/secret"
	"lotse/participant/session"
)

// sample is a message and its bytes, written by hand from PROTOCOL.md.
type sample struct {
	name string
	m    Message
	hex  string // spaces are for the eye
	open bool   // the body has no fixed end: more or fewer bytes are another message
}

func repeated(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

// samples has at least one message of each kind.
func samples() []sample {
	aa64, bb64 := strings.Repeat("aa", 64), strings.Repeat("bb", 64)
	return []sample{
		{
			"welcome",
			Welcome{
				Member: 2, Secret: EpochSecret{secret.Bytes(repeated(0xaa, 64))}, Roster: []byte{1, 2, 3},
				Signature: repeated(0xbb, 64), Policy: []byte{4},
			},
			"01 01 a5 01 02 02 5840" + aa64 + "03 43 010203 04 5840" + bb64 + "05 41 04", false,
		},
		{
			"welcome without policy",
			Welcome{
				Member: 255, Secret: EpochSecret{secret.Bytes(repeated(0xaa, 64))}, Roster: []byte{1},
				Signature: repeated(0xbb, 64), Policy: []byte{},
			},
			"01 01 a5 01 18ff 02 5840" + aa64 + "03 41 01 04 5840" + bb64 + "05 40", false,
		},
		{"ready at first", Ready{Epoch: 1, Signature: repeated(0xbb, 64)}, "02 01 a2 01 01 02 5840" + bb64, false},
		{"ready", Ready{Epoch: 1 << 32, Signature: repeated(0xbb, 64), Inputs: 300}, "02 01 a3 01 1b0000000100000000 02 5840" + bb64 + "03 19012c", false},
		{"bye", Bye{Reason: session.ReasonStopKey}, "04 01 a1 01 68 73746f705f6b6579", false},
		{"standby", Standby{Relay: repeated(0xcc, 32), Handle: repeated(0xdd, 16)}, "05 00 a2 01 5820" + strings.Repeat("cc", 32) + "02 50" + strings.Repeat("dd", 16), false},
		{"bye without reason", Bye{}, "04 01 a1 01 60", false},
		{"ask", Ask{ID: 7, Grants: session.Control | session.See, Why: "für Sie"}, "0a 00 a3 01 07 02 05 03 68 66c3bc7220536965", false},
		{"ask for all", Ask{ID: 1<<32 - 1, Grants: session.All}, "0a 00 a3 01 1affffffff 02 1901ff 03 60", false},
		{"withdraw", Withdraw{ID: 7}, "0b 00 a1 01 07", false},
		{
			"status",
			Status{
				Grants: session.See, Question: 8, Seconds: 30, Trouble: session.ReasonNoInput,
				Answered: 7, Answer: session.ReasonDeclined,
			},
			"0d 00 a6 01 01 02 08 03 181e 04 68 6e6f5f696e707574 05 07 06 68 6465636c696e6564", false,
		},
		{"status of nothing", Status{}, "0d 00 a6 01 00 02 00 03 00 04 60 05 00 06 60", false},
		{"give back", GiveBack{Grants: session.Control}, "0e 00 a1 01 04", false},
		{
			"sharing",
			Sharing{On: true, Width: 1920, Height: 1080, Epoch: 3, Name: "HDMI-1"},
			"14 00 a5 01 f5 02 190780 03 190438 04 03 05 66 48444d492d31", false,
		},
		{"sharing nothing", Sharing{}, "14 00 a5 01 f4 02 00 03 00 04 00 05 60", false},
		{"refresh", Refresh{Member: 2}, "15 00 02", false},
		{"ack", Ack{Member: 2, Number: 0x01020304}, "16 00 02 01020304", false},
		{"wish", Wish{Member: 2, H264: true, Rate: 5}, "17 00 02 01 05", false},
		{"wish for grey", Wish{Member: 2, Grey: true}, "17 00 02 02 00", false},
		{"look", Look{Member: 2, Display: 0x01020304}, "18 00 02 01020304", false},
		{
			"screens",
			Screens{Target: TargetDisplay, Shown: 7, Displays: []Monitor{
				{ID: 7, Name: "eDP", X: 0, Y: 0, Width: 1920, Height: 1080, Primary: true}, {ID: 8, Name: "", X: -24, Y: 1, Width: 23, Height: 24},
			}},
			"19 00 a3 01 00 02 07 03 82 87 07 63 654450 00 00 190780 190438 f5 87 08 60 37 01 17 1818 f4", false,
		},
		{"screens of a window", Screens{Target: TargetWindow, Displays: []Monitor{}}, "19 00 a3 01 03 02 00 03 80", false},
		{"pace", Pace{Step: 3, Trip: 258}, "1a 00 03 0102", false},
		{"update", Update{Number: 5, Data: []byte{0xde, 0xad}}, "1e 00 00000005 dead", true},
		{"cursor", Cursor{capture.Cursor{Visible: true, At: image.Pt(-1, 300)}}, "1f 00 01 ffffffff 0000012c", false},
		{
			"cursor with shape",
			Cursor{capture.Cursor{At: image.Pt(1, 2), Shape: &capture.CursorShape{
				W: 2, H: 1, Hot: image.Pt(1, 0), Pix: []byte{1, 2, 3, 4, 5, 6, 7, 8},
			}}},
			"1f 00 02 00000001 00000002 0002 0001 0001 0000 0102030405060708", false,
		},
		{"letter", Letter{Usage: 0x1d, Letter: 'z'}, "27 00 001d 0000007a", false},
		{"key", Key{Usage: 0x04, Down: true}, "28 00 0004 01", false},
		{"key up", Key{Usage: 0xe7}, "28 00 00e7 00", false},
		{"text", Text{Text: "ä\n€"}, "29 00 c3a4 0a e282ac", true},
		{"move", Move{Epoch: 3, At: image.Pt(-2, 1<<31-1)}, "2a 00 00000003 fffffffe 7fffffff", false},
		{"button", Button{Button: input.Forward, Down: true}, "2b 00 05 01", false},
		{"button up", Button{Button: input.Left}, "2b 00 01 00", false},
		{"wheel", Wheel{DX: -120, DY: 1<<15 - 1}, "2c 00 ff88 7fff", false},
		{"release", Release{}, "2d 00", false},
		{
			"arrow",
			Mark{Epoch: 3, ID: 7, Look: MarkArrow, Points: []image.Point{{1, -2}, {258, 4}}},
			"2e 00 00000003 0007 02 00 0002 00000001 fffffffe 00000102 00000004", false,
		},
		{
			"stroke that goes on",
			Mark{ID: 1, Look: MarkStroke, Adds: true, Points: []image.Point{{5, 6}}},
			"2e 00 00000000 0001 03 01 0001 00000005 00000006", false,
		},
		{
			"note",
			Mark{ID: 2, Look: MarkNote, Points: []image.Point{{5, 6}}, Text: "hä"},
			"2e 00 00000000 0002 04 00 0001 00000005 00000006 68c3a4", true,
		},
		{"wipe", Wipe{ID: 258}, "2f 00 0102", false},
		{"clip", Clip{Text: "a\n€"}, "30 00 61 0a e282ac", true},
		{"clip picture", ClipPicture{ID: 7, Bytes: MaxClipPicture, Width: 258, Height: 4}, "34 00 00000007 01000000 0102 0004", false},
		{"clip piece", ClipPiece{ID: 7, Data: []byte{0xde, 0xad}}, "35 00 00000007 dead", true},
		{"clip taken", ClipTaken{ID: 1<<32 - 1, Bytes: 258}, "36 00 ffffffff 00000102", false},
		{"clip wanted", ClipTaken{ID: 7}, "36 00 00000007 00000000", false},
		{"clip drop", ClipDrop{ID: 7}, "37 00 00000007 00", false},
		{"clip unwanted", ClipDrop{ID: 7, Unwanted: true}, "37 00 00000007 01", false},
		{
			"direct",
			Direct{Round: 7, User: "aB+/", Password: strings.Repeat("p", 22), Fingerprint: repeated(0xcc, 32)},
			"3c 00 a5 01 07 02 f4 03 64 61422b2f 04 76" + strings.Repeat("70", 22) + "05 5820" + strings.Repeat("cc", 32), false,
		},
		{
			"direct answer",
			Direct{Round: 1<<32 - 1, Answers: true, User: "aB+/", Password: strings.Repeat("p", 22), Fingerprint: repeated(0xcc, 32)},
			"3c 00 a5 01 1affffffff 02 f5 03 64 61422b2f 04 76" + strings.Repeat("70", 22) + "05 5820" + strings.Repeat("cc", 32), false,
		},
		{"candidate", candidate(7, false, "192.168.1.20:258"), "3d 00 00000007 00 0102 c0a80114", false},
		{"candidate seen", candidate(7, true, "[2001:db8::1]:5000"), "3d 00 00000007 03 1388 20010db8000000000000000000000001", false},
		{"locks", Locks{On: input.CapsLock | input.ScrollLock}, "31 00 05", false},
		{"no locks", Locks{}, "31 00 00", false},
		{"ping", Ping{Number: 1<<64 - 2}, "32 00 fffffffffffffffe", false},
		{"pong", Pong{Number: 1}, "33 00 0000000000000001", false},
	}
}

func candidate(round uint32, seen bool, addr string) Candidate {
	return Candidate{Round: round, Seen: seen, Address: netip.MustParseAddrPort(addr)}
}

// unhex reads hexadecimal digits with spaces for the eye.
func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// kindsInSource reads the kinds from the source, by name without "Kind", so
// that a new one can't be left out.
func kindsInSource(t *testing.T) map[string]Kind {
	t.Helper()
	file, err := goparser.ParseFile(token.NewFileSet(), "message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]Kind)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Kind") {
			return true
		}
		value, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s is no plain number", spec.Names[0])
		}
		number, err := strconv.ParseUint(value.Value, 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(spec.Names[0].Name, "Kind")] = Kind(number)
		return true
	})
	if all["Pong"] != KindPong || len(all) < 20 {
		t.Fatalf("got %d kinds: %v", len(all), all)
	}
	return all
}
