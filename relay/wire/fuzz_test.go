package wire

import (
	"bytes"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, s := range frameSamples() {
		f.Add(AppendFrame(nil, s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		frame, err := Parse(raw)
		if err != nil {
			return
		}
		if again := AppendFrame(nil, frame); !bytes.Equal(again, raw) || frame.Check() != nil {
			t.Fatalf("%x has a second spelling: %x", raw, again)
		}
	})
}

func FuzzReader(f *testing.F) {
	var all []byte
	for _, s := range frameSamples() {
		all = AppendFrame(all, s)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := NewReader(bytes.NewReader(stream))
		read := 0
		for {
			raw, err := r.Raw()
			if err != nil {
				break
			}
			if !bytes.Equal(raw, stream[read:read+len(raw)]) {
				t.Fatalf("frame at %d: got %x", read, raw)
			}
			read += len(raw)
		}
		if read > Stage1Budget {
			t.Fatalf("read %d bytes before stage 1 ended", read)
		}
	})
}

func fuzzMessages(f *testing.F, samples []sample, parse func([]byte) (Message, error)) {
	f.Helper()
	for _, s := range samples {
		f.Add(Encode(s.message))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := parse(payload)
		if err != nil {
			return
		}
		if again := Encode(m); !bytes.Equal(again, payload) {
			t.Fatalf("%x has a second spelling: %x", payload, again)
		}
		_ = Refusal(m)
	})
}

func FuzzParseStage1(f *testing.F) { fuzzMessages(f, stage1Samples(), ParseStage1) }

func FuzzParseNotice(f *testing.F) { fuzzMessages(f, noticeSamples(), ParseNotice) }
