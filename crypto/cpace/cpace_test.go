package cpace

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"lotse/crypto/secret"
)

// vectors is the part of the draft's test vectors that concerns X25519.
type vectors struct {
	Run    map[string]string `json:"G_25519"`
	Points map[string]string `json:"X25519_points"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("../testdata/vectors/cpace/testvectors-draft21.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	var v vectors
	for name, to := range map[string]*map[string]string{"G_25519": &v.Run, "X25519_points": &v.Points} {
		if err := json.Unmarshal(all[name], to); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 {
		t.Fatalf("bad hex %q: %v", s, err)
	}
	return b
}

func TestDraftVectorsMatch(t *testing.T) {
	v := readVectors(t).Run
	f := func(name string) []byte { return unhex(t, v[name]) }

	if got := generator(f("PRS"), f("CI"), f("sid")); !bytes.Equal(got[:], f("g")) {
		t.Errorf("generator: got %x, want %x", got, f("g"))
	}
	a, ya, err := Start(bytes.NewReader(f("ya")), f("PRS"), f("CI"), f("sid"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ya[:], f("Ya")) {
		t.Errorf("Ya: got %x, want %x", ya, f("Ya"))
	}
	b, yb, err := Start(bytes.NewReader(f("yb")), f("PRS"), f("CI"), f("sid"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(yb[:], f("Yb")) {
		t.Errorf("Yb: got %x, want %x", yb, f("Yb"))
	}
	k, err := scalarMult(a.scalar, yb[:])
	if err != nil || !bytes.Equal(k, f("K")) {
		t.Errorf("K: got %x, %v, want %x", k, err, f("K"))
	}
	for _, side := range []struct {
		name  string
		s     *State
		role  Role
		other [PointSize]byte
		ours  []byte
		ad    []byte
	}{
		{"initiator", a, Initiator, yb, f("ADa"), f("ADb")},
		{"responder", b, Responder, ya, f("ADb"), f("ADa")},
	} {
		got, err := side.s.Finish(side.role, side.other, side.ours, side.ad)
		if err != nil || !bytes.Equal(got.Reveal(), f("ISK_IR")) {
			t.Errorf("ISK of the %s: got %x, %v, want %x", side.name, got.Reveal(), err, f("ISK_IR"))
		}
	}
	if got := SIDOutput(ya[:], f("ADa"), yb[:], f("ADb")); !bytes.Equal(got[:], f("sid_output_ir")) {
		t.Errorf("sid output: got %x, want %x", got, f("sid_output_ir"))
	}
}

func TestInvalidPointsAbort(t *testing.T) {
	points := readVectors(t).Points
	if len(points) != 12 {
		t.Fatalf("got %d invalid points, want 12", len(points))
	}
	for name, p := range points {
		for _, role := range []Role{Initiator, Responder} {
			s, _, err := Start(nil, secret.Bytes("1"), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if isk, err := s.Finish(role, [PointSize]byte(unhex(t, p)), nil, nil); !errors.Is(err, ErrAbort) || isk != nil {
				t.Errorf("%s: got %v, want %v", name, err, ErrAbort)
			}
		}
	}
}

func TestOwnShareIsRefused(t *testing.T) {
	s, y, err := Start(nil, secret.Bytes("1"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(Initiator, y, nil, nil); !errors.Is(err, ErrReflected) {
		t.Errorf("own share: got %v, want %v", err, ErrReflected)
	}
	s, y, err = Start(nil, secret.Bytes("1"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	y[PointSize-1] |= 0x80
	if _, err := s.Finish(Initiator, y, nil, nil); !errors.Is(err, ErrAbort) {
		t.Errorf("own share, other spelling: got %v, want %v", err, ErrAbort)
	}
}

func TestStateIsGoodForOneFinish(t *testing.T) {
	s, _, err := Start(nil, secret.Bytes("1"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := Start(nil, secret.Bytes("1"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(Initiator, other, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(Initiator, other, nil, nil); !errors.Is(err, ErrDone) {
		t.Errorf("second finish: got %v, want %v", err, ErrDone)
	}
}

func TestZeroRoleIsRefused(t *testing.T) {
	s, _, err := Start(nil, secret.Bytes("1"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := Start(nil, secret.Bytes("1"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if isk, err := s.Finish(0, other, nil, nil); err == nil || isk != nil {
		t.Errorf("role 0: got a key of %d bytes and %v", len(isk), err)
	}
}

// TestAnyDifferenceGivesAnotherKey changes one input of the responder at a
// time.
func TestAnyDifferenceGivesAnotherKey(t *testing.T) {
	type input struct{ prs, ci, sid, ada, adb string }
	same := input{"123456", "relay", "run", "a", "b"}
	run := func(right input) bool {
		a, ya, err := Start(nil, secret.Bytes(same.prs), []byte(same.ci), []byte(same.sid))
		if err != nil {
			t.Fatal(err)
		}
		b, yb, err := Start(nil, secret.Bytes(right.prs), []byte(right.ci), []byte(right.sid))
		if err != nil {
			t.Fatal(err)
		}
		ka, err := a.Finish(Initiator, yb, []byte(same.ada), []byte(same.adb))
		if err != nil {
			t.Fatal(err)
		}
		kb, err := b.Finish(Responder, ya, []byte(right.adb), []byte(right.ada))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Equal(ka, kb)
	}
	if !run(same) {
		t.Error("equal inputs: keys differ")
	}
	for i, right := range []input{
		{"123457", "relay", "run", "a", "b"},
		{"123456", "Relay", "run", "a", "b"},
		{"123456", "relay", "ran", "a", "b"},
		{"123456", "relay", "run", "A", "b"},
		{"123456", "relay", "run", "a", "B"},
		{"123456", "relayr", "un", "a", "b"},
		{"123456", "relay", "run", "", "ab"},
	} {
		if run(right) {
			t.Errorf("case %d: %+v agrees with %+v", i, right, same)
		}
	}
}

// TestGeneratorStringFillsOneBlock checks that the secret stands alone in the
// first block of the hash and that a long one needs no filling.
func TestGeneratorStringFillsOneBlock(t *testing.T) {
	for _, n := range []int{0, 1, 8, 100, 116, 117, 118, 200} {
		got := generatorString(bytes.Repeat([]byte{1}, n), []byte("ci"), []byte("sid"))
		head := len(lvCat([]byte(dsi), make([]byte, n)))
		want := max(head+1, hashBlock) // the filling's own length is one byte
		if rest := len(got) - len(lvCat([]byte("ci"), []byte("sid"))); rest != want {
			t.Errorf("secret of %d bytes: got %d bytes before CI, want %d", n, rest, want)
		}
	}
}

func TestLengthsAreLEB128(t *testing.T) {
	got := lvCat(nil, []byte("1234"), make([]byte, 130))
	want := append([]byte{0, 4, '1', '2', '3', '4', 0x82, 0x01}, make([]byte, 130)...)
	if !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func FuzzFinish(f *testing.F) {
	f.Add(make([]byte, PointSize), []byte("a"))
	f.Add(bytes.Repeat([]byte{0xff}, PointSize), []byte(nil))
	f.Fuzz(func(t *testing.T, share, ad []byte) {
		if len(share) != PointSize {
			return
		}
		s, _, err := Start(nil, secret.Bytes("123456"), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		isk, err := s.Finish(Responder, [PointSize]byte(share), nil, ad)
		if (err == nil) != (len(isk) == KeySize) {
			t.Fatalf("key of %d bytes with %v", len(isk), err)
		}
	})
}

func ExampleStart() {
	pin, relay, run := secret.Bytes("739204"), []byte("relay"), []byte("run 1")
	a, ya, err := Start(nil, pin, relay, run)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, yb, err := Start(nil, pin, relay, run)
	if err != nil {
		fmt.Println(err)
		return
	}
	ka, errA := a.Finish(Initiator, yb, nil, nil)
	kb, errB := b.Finish(Responder, ya, nil, nil)
	fmt.Println(bytes.Equal(ka, kb), errA, errB, ka)
	// Output: true <nil> <nil> [redacted]
}
