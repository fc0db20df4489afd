package master_test

import (
	"testing"

	"lotse/capture/elevation"
	"lotse/master"
	"lotse/participant"
	"lotse/participant/session"
)

func TestWindowThatInputDoesNotReachIsToldInWords(t *testing.T) {
	s := newScene(t)
	s.admitted()
	s.grant(session.See)
	s.desk.front.Store(uint32(elevation.Raised))
	s.grant(session.Control)
	for _, c := range []struct {
		front elevation.Front
		want  session.Reason
	}{
		{elevation.Raised, session.ReasonRaisedWindow},
		{elevation.Secure, session.ReasonSecureDesktop},
		{elevation.Ordinary, session.ReasonNone},
	} {
		s.desk.front.Store(uint32(c.front))
		s.masters.wait(t, string(c.want), func(v master.State) bool { return v.Members[0].Trouble == c.want })
		s.members.wait(t, string(c.want), func(v participant.State) bool { return v.Warning == c.want })
	}
	s.desk.front.Store(uint32(elevation.Raised))
	s.masters.wait(t, "the word", func(v master.State) bool { return v.Members[0].Trouble == session.ReasonRaisedWindow })
	s.member.SetGrants(session.See)
	s.masters.wait(t, "no trouble without control", func(v master.State) bool { return v.Members[0].Trouble == session.ReasonNone })
}
