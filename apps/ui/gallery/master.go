//go:build gallery && cgo

package main

import (
	"image"
	"time"

	"lotse/capture/input"
	"lotse/crypto/secret"
	"lotse/master"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
)

func (nothing) Admit(uint32)                      {}
func (nothing) Refuse(uint32)                     {}
func (nothing) Ask(uint8, session.Grants, string) {}
func (nothing) GiveBack(uint8, session.Grants)    {}
func (nothing) Remove(uint8)                      {}
func (nothing) RenewPIN()                         {}
func (nothing) Lock(bool)                         {}
func (nothing) End()                              {}
func (nothing) Reopen()                           {}
func (nothing) Invite(string)                     {}
func (nothing) Withdraw(uint32)                   {}
func (nothing) HideLink()                         {}

// pictures is a room that only has a picture.
type pictures struct{ screen *watch.Screen }

func (p pictures) Screen(uint8) *watch.Screen     { return p.screen }
func (pictures) Key(uint8, input.Usage, bool)     {}
func (pictures) Text(uint8, string)               {}
func (pictures) Move(uint8, image.Point)          {}
func (pictures) Button(uint8, input.Button, bool) {}
func (pictures) Letter(uint8, input.Usage, rune)  {}
func (pictures) Wheel(uint8, int, int)            {}
func (pictures) Locks(uint8, input.LockState)     {}
func (pictures) Release(uint8)                    {}
func (pictures) Wish(uint8, master.Wish)          {}
func (pictures) Look(uint8, uint32)               {}
func (pictures) Mark(uint8, message.Mark)         {}
func (pictures) Wipe(uint8, uint16)               {}
func (pictures) Turn(uint8)                       {}

type masterState struct {
	name  string
	state master.State
	// before is the state before that one, for what remembers.
	before master.State
	// check is a check of the servers that is shown, nil for none.
	check *checked
	// invite shows the page of personal links.
	invite bool
}

// stopped are members with whom it is over, one way or another.
func stopped(one master.Member) []master.Member {
	two, three := one, one
	one.Answer = session.ReasonStopKey
	two.ID, two.Name, two.Gone = 3, "Ilse", session.ReasonUnexpectedCall
	three.ID, three.Name, three.Answer, three.Trouble = 4, "", session.ReasonDeclined, session.ReasonNoStopKey
	return []master.Member{one, two, three}
}

func masterStates(now time.Time) []masterState {
	open := master.State{
		Phase: master.Open, Number: "48213", PIN: secret.Text("739204"), Relay: "relay.musterhafen.example:443", Region: "DE",
		Organisation: "Stadtwerke Musterhafen", Name: "Hanna Petersen",
	}
	with := func(f func(*master.State)) master.State {
		s := open
		f(&s)
		return s
	}
	karl := master.Member{ID: 2, Name: "Karl Ostermann", Words: "123 456", RoundTrip: 23 * time.Millisecond, Screen: image.Pt(1280, 800)}
	member := func(f func(*master.Member)) master.Member {
		m := karl
		f(&m)
		return m
	}
	viewing := with(func(s *master.State) {
		s.Members = []master.Member{member(func(m *master.Member) { m.Grants, m.Sharing = session.See, true })}
	})
	ended := func(why session.Reason) master.State { return master.State{Phase: master.Ended, Reason: why} }
	return []masterState{
		{name: "master-opening", state: master.State{}},
		{name: "master-open", state: open},
		{name: "master-lan", state: with(func(s *master.State) { s.Relay, s.BuiltIn, s.Address = "", true, "192.168.178.121" })},
		{name: "master-knock", state: with(func(s *master.State) {
			s.Knocks = []master.Knock{{Conn: 7, Name: "Karl Ostermann", Words: "123 456", At: now}}
		})},
		{name: "master-member", state: with(func(s *master.State) { s.Members = []master.Member{karl} })},
		{name: "master-asked", state: with(func(s *master.State) {
			s.PINRenewed = 1
			s.Members = []master.Member{member(func(m *master.Member) {
				m.Asked, m.AskedUntil = session.See, now.Add(23*time.Second)
			})}
		})},
		{name: "master-stopped", state: with(func(s *master.State) { s.Locked, s.Members = true, stopped(karl) })},
		{name: "master-viewing", state: viewing},
		{name: "master-hidden", state: with(func(s *master.State) {
			s.Members = []master.Member{karl}
		}), before: viewing},
		{name: "master-gone", state: with(func(s *master.State) {
			s.Members = []master.Member{member(func(m *master.Member) { m.Gone = session.ReasonStopKey })}
		}), before: viewing},
		{name: "master-control", state: with(func(s *master.State) {
			s.Members = []master.Member{member(func(m *master.Member) {
				m.Grants, m.Sharing = session.See|session.Control, true
			})}
		})},
		{name: "master-raised", state: with(func(s *master.State) {
			s.Members = []master.Member{member(func(m *master.Member) {
				m.Grants, m.Sharing, m.Trouble = session.See|session.Control, true, session.ReasonRaisedWindow
			})}
		})},
		{name: "master-copying", state: with(func(s *master.State) {
			s.Members = []master.Member{member(func(m *master.Member) {
				m.Grants, m.Sharing = session.See|session.Control|session.ClipboardIn, true
				m.Clip.Done, m.Clip.Total = 5<<20, 8<<20
			})}
		})},
		{name: "master-lost", state: with(func(s *master.State) { s.Phase, s.ResumeUntil = master.Lost, now.Add(9*time.Minute) })},
		{name: "master-brand-open", state: with(func(s *master.State) {
			s.Locked, s.Members = true, []master.Member{member(func(m *master.Member) { m.Answer = session.ReasonForbidden })}
		})},
		{name: "master-brand-viewing", state: viewing},
		{name: "master-brand-outdated", state: ended(session.ReasonUpgrade)},
		{name: "master-brand-over", state: ended(session.ReasonProfileOver)},
		{name: "master-brand-renewing", state: ended(session.ReasonUpgrade)},
		{name: "master-brand-gone", state: ended(session.ReasonUpgrade)},
		{name: "master-outdated", state: ended(session.ReasonUpgrade)},
		{name: "master-licence", state: ended(session.ReasonLicence)},
		{name: "master-ended", state: with(func(s *master.State) { s.Phase, s.Reason = master.Ended, session.ReasonEndedByMaster })},
		{name: "master-unreachable", state: ended(session.ReasonRelayUnreachable)},
		{name: "master-invite", invite: true, state: with(func(s *master.State) {
			s.Links = []master.Link{
				{ID: 1, Name: "Ilse", Use: master.LinkUsed, By: "Ilse Brandt"},
				{ID: 2, Use: master.LinkWithdrawn},
				{ID: 3, Name: "Karl Ostermann"},
			}
			s.NewLink, s.NewLinkText = 3, session.LinkText("48213", "", secret.Text("AAECAwQFBgcICQoLDA0ODw"))
		})},
		{name: "master-check", state: open, check: checks(now)[2]},
	}
}
