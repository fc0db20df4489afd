package session

import (
	"slices"
	"testing"
	"time"
)

func TestLedgerTellsTheWholeSession(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	var s Session
	apply(t, &s, Dialled{at(0)}, Reached{at(1)}, Proven{at(2), alice}, Admitted{at(3)},
		Asked{At: at(4), ID: 1, Grants: See | Control, Countdown: countdown}, Answered{at(5), 1, See},
		Asked{At: at(6), ID: 2, Grants: Control, Countdown: countdown}, Answered{at(7), 2, 0},
		Asked{At: at(8), ID: 3, Grants: Control, Countdown: countdown}, Withdrawn{at(9), 3},
		Asked{At: at(10), ID: 4, Grants: Control, Countdown: countdown}, Tick{at(40)},
		Changed{at(41), See | Chat}, GaveBack{at(42), Chat | Record}, GaveBack{at(43), Record},
		LinkLost{at(44)}, LinkBack{at(45)}, Finished{at(46), ReasonStopKey})
	want := []Entry{
		{at(4), "asked", 0, 1, false, ""},
		{at(5), "granted", See, 1, false, ""},
		{at(6), "asked", See, 2, false, ""},
		{at(7), "declined", See, 2, false, ""},
		{at(8), "asked", See, 3, false, ""},
		{at(9), "withdrawn", See, 3, false, ""},
		{at(10), "asked", See, 4, false, ""},
		{at(40), "expired", See, 4, false, ""},
		{at(41), "changed", See | Chat, 0, false, ""},
		{at(42), "given_back", See, 0, false, ""},
		{at(44), "paused", See, 0, false, ""},
		{at(45), "resumed", See, 0, false, ""},
		{at(46), "ended", 0, 0, false, ReasonStopKey},
	}
	if got := s.Ledger(); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLedgerHandedOutIsACopy(t *testing.T) {
	s := stands(t)["joined"]
	want := slices.Clone(s.ledger)
	s.Ledger()[0].Grants = All
	if got := s.Ledger(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAPeerThatAsksWithoutEndCannotPushConsentOutOfTheLedger(t *testing.T) {
	s := stands(t)["joined"]
	apply(t, s, Changed{noon, See}, Changed{noon, before})
	yes := s.Ledger() // what the person said itself
	var last Entry
	for id := uint32(1); id <= 2*maxLedger; id++ {
		at := noon.Add(time.Duration(id) * time.Second)
		apply(t, s, Asked{At: at, ID: id, Grants: Control, Countdown: countdown}, Withdrawn{at, id})
		apply(t, s, GaveBack{at, Record}) // which it never had
		last = Entry{At: at, What: "withdrawn", Grants: before, Question: id}
	}
	got := s.Ledger()
	if len(got) != maxLedger || !slices.Equal(got[:len(yes)], yes) || got[len(got)-1] != last {
		t.Errorf("got %d lines, first %+v, last %+v, want %d, %+v, %+v",
			len(got), got[:len(yes)], got[len(got)-1], maxLedger, yes, last)
	}
}

func TestLedgerStaysBoundedWhenThePersonFillsIt(t *testing.T) {
	s := stands(t)["joined"]
	for i := range maxLedger + 10 {
		apply(t, s, Changed{noon.Add(time.Duration(i) * time.Second), before})
	}
	got := s.Ledger()
	want := Entry{At: noon.Add((maxLedger + 9) * time.Second), What: "changed", Grants: before}
	if len(got) != maxLedger || got[len(got)-1] != want {
		t.Errorf("got %d lines, last %+v, want %d, %+v", len(got), got[len(got)-1], maxLedger, want)
	}
}
