package master_test

import (
	"net"
	"slices"
	"testing"

	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/relay/relaytest"
)

// Both sides look for their way back for minutes. A proxy whose password has
// changed meanwhile hears the old one once from each: some lock a user out who
// was wrong a few times.
func TestComingBackSaysARefusedPasswordOnce(t *testing.T) {
	relay := relaytest.New(t)
	proxy := (&relaytest.Porter{User: "anna", Password: "first", Schemes: []string{"NTLM"}, To: relay.Addr()}).Listen(t)
	for _, name := range []string{"https_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("HTTPS_PROXY", "http://anna:first@"+proxy.Addr())
	_, port, err := net.SplitHostPort(relay.Addr())
	if err != nil {
		t.Fatal(err)
	}
	said := func(what string) (n int) {
		for _, s := range proxy.Told() {
			if s == what {
				n++
			}
		}
		return n
	}
	s := newSceneWith(t, relay, func(p *profile.Profile) {
		p.Relays = slices.Clone(p.Relays)
		p.Relays[0].Addr = net.JoinHostPort("relay.lotse.invalid", port) // only the proxy gets there
	})
	s.admitted()
	before, asked := said("NTLM 3"), said("")
	proxy.Change("second")
	relay.Stop()
	s.members.wait(t, "the loss", func(v participant.State) bool { return v.Phase == session.Lost })
	relay.Restart()
	const rounds, ways, sides = 3, 3, 2
	until(t, "several tries", func() bool { return said("") >= asked+rounds*ways*sides })
	if got := said("NTLM 3") - before; before < sides || got != sides {
		t.Errorf("the old password was said %d times, want once by each side; %d times before", got, before)
	}
}
