package direct

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"lotse/crypto/epoch"
	"lotse/crypto/secret"
	"lotse/relay/wire"
)

// sealed makes so many records of a stream of member 2 in an epoch, whose
// payload's last byte but the seal is not looked at here.
func sealed(t *testing.T, number uint64, s epoch.Stream, lane wire.Lane, n int) []wire.Frame {
	t.Helper()
	keys, err := epoch.Derive(epoch.Params{Session: [16]byte{1}, Number: number, Secret: secret.Bytes(bytes.Repeat([]byte{byte(number)}, epoch.SecretSize))})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := keys.Sealer(s, 2)
	if err != nil {
		t.Fatal(err)
	}
	var out []wire.Frame
	for range n {
		f := wire.Frame{Type: wire.Record, Flags: wire.Flags(lane) | wire.First | wire.Last, Channel: 2}
		if f.Payload, err = sealer.Seal(nil, wire.AAD(f), []byte("x")); err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// step is a record that comes, and what goes on then, by number.
type step struct {
	record int
	via    way
	want   []int
}

func TestOrderOfTwoWays(t *testing.T) {
	for _, row := range []struct {
		name  string
		lane  wire.Lane
		steps []step
	}{
		{"the relay alone: a gap is what it looks like", wire.LaneControl, []step{
			{0, overRelay, []int{0}}, {2, overRelay, []int{2}}, {3, overRelay, []int{3}},
		}},
		{"up: what is late on the relay comes first", wire.LaneControl, []step{
			{0, overRelay, []int{0}}, {3, directly, nil}, {4, directly, nil}, {1, overRelay, []int{1}}, {2, overRelay, []int{2, 3, 4}}, {5, directly, []int{5}},
		}},
		{"down: what was under way comes again", wire.LaneControl, []step{
			{0, directly, []int{0}}, {1, directly, []int{1}}, {1, overRelay, []int{1}}, {2, overRelay, []int{2}}, {2, directly, []int{2}}, {3, overRelay, []int{3}},
		}},
		{"down and up at once", wire.LaneInput, []step{
			{0, directly, []int{0}}, {3, directly, nil}, {1, overRelay, []int{1}}, {3, directly, nil}, {2, overRelay, []int{2, 3}},
		}},
		{"pictures: one way may leave some out", wire.LanePicture, []step{
			{0, overRelay, []int{0}}, {2, directly, nil}, {1, overRelay, []int{1, 2}}, {4, directly, []int{4}}, {3, directly, []int{3}},
		}},
	} {
		records := sealed(t, 1, epoch.Control, row.lane, 6)
		o := newOrder()
		for i, s := range row.steps {
			var got []int
			for _, f := range o.put(records[s.record], s.via, time.Time{}) {
				got = append(got, slices.IndexFunc(records, func(r wire.Frame) bool { return bytes.Equal(r.Payload, f.Payload) }))
			}
			if !slices.Equal(got, s.want) {
				t.Errorf("%s, step %d: got %v, want %v", row.name, i, got, s.want)
			}
		}
		if o.held != 0 || o.bytes != 0 {
			t.Errorf("%s: %d records of %d bytes held at the end", row.name, o.held, o.bytes)
		}
	}
}

func TestOrderWaitsNotForEver(t *testing.T) {
	for lane, hold := range map[wire.Lane]time.Duration{wire.LaneControl: longHold, wire.LanePicture: shortHold} {
		records := sealed(t, 1, epoch.Control, lane, 5)
		o, now := newOrder(), time.Unix(100, 0)
		o.put(records[0], overRelay, now)
		o.put(records[3], directly, now)
		o.put(records[2], directly, now.Add(hold/2))
		if got := o.expire(now.Add(hold - 1)); got != nil {
			t.Errorf("%v: let go of %d too early", lane, len(got))
		}
		got := o.expire(now.Add(hold))
		if len(got) != 2 || !bytes.Equal(got[0].Payload, records[2].Payload) || !bytes.Equal(got[1].Payload, records[3].Payload) {
			t.Errorf("%v: got %d records, want both in order", lane, len(got))
		}
		if next := o.put(records[4], directly, now.Add(hold)); len(next) != 1 || o.held != 0 || o.bytes != 0 {
			t.Errorf("%v: got %d records, %d held", lane, len(next), o.held)
		}
	}
}

func TestOrderHoldsNoMoreThanItsBound(t *testing.T) {
	records := sealed(t, 1, epoch.Control, wire.LaneControl, maxHeld+3)
	o := newOrder()
	total := 0
	for _, f := range records[1:] {
		total += len(o.put(f, directly, time.Time{}))
	}
	if total != len(records)-1 || o.held != 0 || o.bytes != 0 {
		t.Errorf("got %d of %d records, %d held", total, len(records)-1, o.held)
	}
}

// TestOrderKnowsEpochsThatComeAgain counts beyond 16, after which the numbers of
// epochs are those of before.
func TestOrderKnowsEpochsThatComeAgain(t *testing.T) {
	o := newOrder()
	o.met = true
	for number := uint64(9); number < 60; number++ {
		records := sealed(t, number, epoch.Control, wire.LaneControl, 3)
		for i, j := range []int{0, 2, 1} {
			want := []int{1, 0, 2}[i]
			if got := o.put(records[j], directly, time.Time{}); len(got) != want {
				t.Fatalf("epoch %d, record %d: got %d records, want %d", number, j, len(got), want)
			}
		}
	}
	if len(o.streams) > 2 {
		t.Errorf("%d streams are remembered, want those of two epochs", len(o.streams))
	}
}

func TestOrderLetsThroughWhatIsNoRecord(t *testing.T) {
	o := newOrder()
	for _, f := range []wire.Frame{{Type: wire.Notice, Payload: []byte{1}}, {Type: wire.Record}, {Type: wire.Record, Payload: []byte{0xff}}} {
		if got := o.put(f, overRelay, time.Time{}); len(got) != 1 {
			t.Errorf("%+v: got %d frames", f, len(got))
		}
	}
}

func TestPiecesOfARecordComeTogether(t *testing.T) {
	for _, n := range []int{0, 1, maxPiece, maxPiece + 1, 3*maxPiece + 5, wire.MaxControl} {
		f := wire.Frame{Type: wire.Record, Flags: wire.First | wire.Last, Payload: bytes.Repeat([]byte{7}, n)}
		in := newInlet(wire.LaneControl)
		var got []wire.Frame
		err := pieces(0, f, make([]byte, 0, maxPacket), func(b []byte) error {
			if len(b) > maxPacket {
				t.Errorf("a packet of %d bytes", len(b))
			}
			all, err := in.put(bytes.Clone(b))
			got = append(got, all...)
			return err
		})
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].Payload, f.Payload) || got[0].Flags != f.Flags || in.due != 1 {
			t.Errorf("%d bytes: got %d records, %v", n, len(got), err)
		}
	}
}

func TestStateHasOneForm(t *testing.T) {
	want := state{number: 1, heard: 2, due: [wire.Lanes]uint32{3, 4, 5, 6, 0xfffffffe}}
	b := want.bytes()
	if got := []byte{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0xff, 0xff, 0xff, 0xfe}; !bytes.Equal(b, got) {
		t.Errorf("got %x, want %x", b, got)
	}
	if got, err := parseState(b); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for n := range len(b) + 2 {
		if n == len(b) {
			continue
		}
		if _, err := parseState(append(b, 0)[:n]); err == nil {
			t.Errorf("%d bytes were taken", n)
		}
	}
}

func FuzzPackets(f *testing.F) {
	f.Add(uint8(0), []byte{3, 0, 0, 0, 0, 0, 0x18, 1})
	f.Add(uint8(1), []byte{3, 0, 0, 0, 1, 0, 0x19, 1})
	f.Fuzz(func(t *testing.T, lane uint8, b []byte) {
		in := newInlet(wire.Lane(lane % uint8(wire.Lanes)))
		for range 3 {
			got, err := in.put(b)
			if err != nil {
				return
			}
			for _, r := range got {
				if r.Check() != nil || r.Flags.Lane() != in.lane {
					t.Fatalf("got %+v", r)
				}
			}
		}
		if s, err := parseState(b); err == nil && !bytes.Equal(s.bytes(), b) {
			t.Fatal("a state in another form")
		}
	})
}
