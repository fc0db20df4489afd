package handshake

import (
	"bytes"
	"testing"
)

// The targets hand arbitrary bytes to each step. Nothing may panic, and only
// the message that was really sent may be accepted.

func FuzzE1(f *testing.F) {
	_, e1, err := NewParticipant(participantConfig())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e1)
	f.Add([]byte{kindE1, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		m, _, err := NewMaster(masterConfig(), msg)
		_, peekErr := PeekLinkID(msg)
		if err == nil && peekErr != nil {
			t.Fatalf("accepted, but %v", peekErr)
		}
		if err != nil {
			return
		}
		if _, err := m.Verify(msg); err == nil {
			t.Fatal("E1 passes for E3")
		}
	})
}

func FuzzE2(f *testing.F) {
	p, m, e2 := started(f, participantConfig(), masterConfig())
	f.Add(e2)
	f.Add([]byte{kindE2, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		again, peer := *p, *m
		e3, err := again.Respond(msg)
		if err != nil {
			return
		}
		if _, err := peer.Verify(e3); (err == nil) != bytes.Equal(msg, e2) {
			t.Fatalf("answer to %x: %v", msg, err)
		}
	})
}

func FuzzE3(f *testing.F) {
	p, m, e2 := started(f, participantConfig(), masterConfig())
	e3, err := p.Respond(e2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e3)
	f.Add([]byte{kindE3, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		again := *m
		if _, err := again.Verify(msg); (err == nil) != bytes.Equal(msg, e3) {
			t.Fatalf("%x: %v", msg, err)
		}
	})
}

// FuzzE4 uses the recorded run: workers are processes of their own, and an E2
// made afresh differs in each.
func FuzzE4(f *testing.F) {
	rec := readRecorded(f)
	p, _, err := NewParticipant(participantConfig())
	if err != nil {
		f.Fatal(err)
	}
	if _, err := p.Respond(unhex(f, rec.E2)); err != nil {
		f.Fatal(err)
	}
	e4 := unhex(f, rec.E4)
	f.Add(e4)
	f.Add([]byte{kindE4, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		again := *p
		if _, err := again.Finish(msg); (err == nil) != bytes.Equal(msg, e4) {
			t.Fatalf("%x: %v", msg, err)
		}
	})
}

func FuzzR1(f *testing.F) {
	_, r1, err := StartResume(resumeConfig())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r1)
	f.Add([]byte{kindR1, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		_, peekErr := PeekResume(msg)
		_, _, err := AnswerResume(resumeConfig(), msg)
		if (err == nil) != bytes.Equal(msg, r1) || err == nil && peekErr != nil {
			t.Fatalf("%x: %v, %v", msg, err, peekErr)
		}
	})
}

// FuzzR2 uses the recorded resume, as FuzzE4 does.
func FuzzR2(f *testing.F) {
	p, _, err := StartResume(resumeConfig())
	if err != nil {
		f.Fatal(err)
	}
	r2 := unhex(f, readRecorded(f).R2)
	f.Add(r2)
	f.Add([]byte{kindR2, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		again := *p
		if _, _, err := again.Finish(msg); (err == nil) != bytes.Equal(msg, r2) {
			t.Fatalf("%x: %v", msg, err)
		}
	})
}

func FuzzR3(f *testing.F) {
	p, r1, err := StartResume(resumeConfig())
	if err != nil {
		f.Fatal(err)
	}
	m, r2, err := AnswerResume(resumeConfig(), r1)
	if err != nil {
		f.Fatal(err)
	}
	r3, _, err := p.Finish(r2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r3)
	f.Add([]byte{kindR3, 0xa0})
	f.Fuzz(func(t *testing.T, msg []byte) {
		again := *m
		if _, err := again.Confirm(msg); (err == nil) != bytes.Equal(msg, r3) {
			t.Fatalf("%x: %v", msg, err)
		}
	})
}
