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
		Asked{At: at(4), ID: 1, Grants: See | Control, Countdown: countdown}, Answered{at(5), 1, See, time.Hour},
		Asked{At: at(6), ID: 2, Grants: Control, Countdown: countdown}, Answered{at(7), 2, 0, 0},
		Asked{At: at(8), ID: 3, Grants: Control, Countdown: countdown}, Withdrawn{at(9), 3},
		Asked{At: at(10), ID: 4, Grants: Control, Countdown: countdown}, Tick{at(40)},
		Changed{at(41), See | Chat}, GaveBack{at(42), Chat | Record}, GaveBack{at(43), Record},
		Limited{at(43), See, time.Second}, Tick{at(44)},
		LinkLost{at(44)}, LinkBack{at(45)}, Finished{at(46), ReasonStopKey})
	want := []Entry{
		{At: at(4), What: "asked", Question: 1, About: See | Control},
		{At: at(5), What: "granted", Grants: See, Question: 1, About: See, For: time.Hour},
		{At: at(6), What: "asked", Grants: See, Question: 2, About: Control},
		{At: at(7), What: "declined", Grants: See, Question: 2, About: Control},
		{At: at(8), What: "asked", Grants: See, Question: 3, About: Control},
		{At: at(9), What: "withdrawn", Grants: See, Question: 3},
		{At: at(10), What: "asked", Grants: See, Question: 4, About: Control},
		{At: at(40), What: "expired", Grants: See, Question: 4, About: Control},
		{At: at(41), What: "changed", Grants: See | Chat},
		{At: at(42), What: "given_back", Grants: See, About: Chat},
		{At: at(43), What: "limited", Grants: See, About: See, For: time.Second},
		{At: at(44), What: "time_over", About: See},
		{At: at(44), What: "paused"},
		{At: at(45), What: "resumed"},
		{At: at(46), What: "ended", Reason: ReasonStopKey},
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
