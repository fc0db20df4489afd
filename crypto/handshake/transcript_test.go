package handshake

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "record testdata/v1.json anew; old programs then no longer understand new ones")

// recorded is a run of version 1 as an older build made it, in hex. The
// participant's randomness is seeded(1), the resuming side's seeded(3).
type recorded struct {
	E1        string `json:"E1"`
	E2        string `json:"E2"`
	E3        string `json:"E3"`
	E4        string `json:"E4"`
	PairPM    string `json:"PairPM"`
	PairMP    string `json:"PairMP"`
	Resume    string `json:"Resume"`
	TH        string `json:"TH"`
	SAS       string `json:"SAS"`
	R1        string `json:"R1"`
	R2        string `json:"R2"`
	R3        string `json:"R3"`
	ResumedPM string `json:"ResumedPM"`
	ResumedMP string `json:"ResumedMP"`
	Resumed   string `json:"Resumed"`
}

func record1(t *testing.T) recorded {
	t.Helper()
	o := run(participantConfig(), masterConfig(), honest)
	r := resume(resumeConfig(), resumeConfig(), honest)
	if o.pErr != nil || o.mErr != nil || r.pErr != nil || r.mErr != nil {
		t.Fatal(o.pErr, o.mErr, r.pErr, r.mErr)
	}
	h := hex.EncodeToString
	return recorded{
		E1: h(o.msgs[0]), E2: h(o.msgs[1]), E3: h(o.msgs[2]), E4: h(o.msgs[3]),
		PairPM: h(o.keys.PairPM), PairMP: h(o.keys.PairMP), Resume: h(o.keys.Resume), TH: h(o.keys.Transcript[:]), SAS: o.keys.SAS,
		R1: h(r.msgs[0]), R2: h(r.msgs[1]), R3: h(r.msgs[2]),
		ResumedPM: h(r.mKeys.PairPM), ResumedMP: h(r.mKeys.PairMP), Resumed: h(r.mKeys.Resume),
	}
}

// TestVersionOneIsAsRecorded plays the participant's side against a recorded
// master and compares every byte that it sends and every key.
func TestVersionOneIsAsRecorded(t *testing.T) {
	if *update {
		out, err := json.MarshalIndent(record1(t), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", "v1.json"), append(out, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := readRecorded(t)
	p, e1, err := NewParticipant(participantConfig())
	if err != nil {
		t.Fatal(err)
	}
	e3, err := p.Respond(unhex(t, want.E2))
	if err != nil {
		t.Fatal(err)
	}
	result, err := p.Finish(unhex(t, want.E4))
	if err != nil {
		t.Fatal(err)
	}
	r, r1, err := StartResume(resumeConfig())
	if err != nil {
		t.Fatal(err)
	}
	r3, resumed, err := r.Finish(unhex(t, want.R2))
	if err != nil {
		t.Fatal(err)
	}
	h := hex.EncodeToString
	got := recorded{
		E1: h(e1), E2: want.E2, E3: h(e3), E4: want.E4,
		PairPM: h(result.Keys.PairPM), PairMP: h(result.Keys.PairMP), Resume: h(result.Keys.Resume),
		TH: h(result.Keys.Transcript[:]), SAS: result.Keys.SAS,
		R1: h(r1), R2: want.R2, R3: h(r3),
		ResumedPM: h(resumed.PairPM), ResumedMP: h(resumed.PairMP), Resumed: h(resumed.Resume),
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !bytes.HasPrefix(e1, []byte{kindE1, 0xa2, 1, 0x58, 32}) {
		t.Errorf("E1 begins with %x", e1[:5])
	}
}

func readRecorded(tb testing.TB) recorded {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "v1.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(raw, &r); err != nil {
		tb.Fatal(err)
	}
	return r
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
