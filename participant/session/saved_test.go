package session

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestRestoredSessionIsTheSavedOne(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, See | Control}, Limited{noon, Control, time.Hour}, LinkLost{noon})
	v, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	var got Session
	if err := got.Restore(v); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, *s) {
		t.Errorf("got  %+v\nwant %+v", got, *s)
	}
	if got.Allows(See) {
		t.Error("got something allowed, want nothing before the peer is back")
	}
	got.ledger[0].Grants = All
	if s.ledger[0].Grants == All || v.Ledger[0].Grants == All {
		t.Error("got one ledger, want a copy of its own for each")
	}
}

func TestOnlyALostSessionIsSavedAndOnlyAnIdleOneRestored(t *testing.T) {
	for name, s := range stands(t) {
		if s.phase != Lost {
			if got, err := s.Save(); !errors.Is(err, ErrOrder) || !reflect.DeepEqual(got, Saved{}) {
				t.Errorf("%s: got %+v, %v, want %v", name, got, err, ErrOrder)
			}
		}
		if s.phase == Idle {
			continue
		}
		before := *s
		if err := s.Restore(Saved{At: noon}); !errors.Is(err, ErrOrder) || !reflect.DeepEqual(*s, before) {
			t.Errorf("%s: got %+v, %v, want %v and no change", name, *s, err, ErrOrder)
		}
	}
	for name, v := range map[string]Saved{
		"an unknown right":  {At: noon, Grants: All + 1},
		"a ledger too long": {At: noon, Ledger: make([]Entry, maxLedger+1)},
		"no time":           {},
	} {
		var s Session
		if err := s.Restore(v); !errors.Is(err, ErrOrder) || !reflect.DeepEqual(s, Session{}) {
			t.Errorf("%s: got %+v, %v, want %v", name, s, err, ErrOrder)
		}
	}
}
