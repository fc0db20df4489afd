package master_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/master"
	"lotse/packaging/profile"
	"lotse/participant/session"
	"lotse/relay/hub"
	"lotse/relay/relaytest"
)

// registry signs lists of relays.
type registry struct {
	signer note.Signer
	key    string
}

func newRegistry(t *testing.T, name string) registry {
	t.Helper()
	private, key, err := ournote.GenerateKey(name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return registry{signer, key}
}

// list makes a signed list.
func (g registry) list(t *testing.T, id string, serial int, until time.Time, relays ...profile.Relay) []byte {
	t.Helper()
	var all []map[string]any
	for _, r := range relays {
		var pins []string
		for _, p := range r.Pins {
			pins = append(pins, hex.EncodeToString(p[:]))
		}
		all = append(all, map[string]any{"addr": r.Addr, "region": r.Region, "pins": pins})
	}
	text, err := json.Marshal(map[string]any{"schema": 1, "profile": id, "serial": serial, "not_after": until.Format(time.DateOnly), "relays": all})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := profile.SignList(text, g.signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// tape keeps what a relay sees behind TLS.
type tape struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (w *tape) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes.Write(b)
}

func (w *tape) has(part []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.bytes.Bytes(), part)
}

// handing is a relay that hands out a list, whatever that is worth.
func handing(t *testing.T, lists map[string]hub.List) *relaytest.Relay {
	t.Helper()
	return relaytest.New(t, func(c *hub.Config) { c.Lists = lists })
}

// TestListThatDoesNotHoldLeadsNobodyElsewhere: a relay of the list hands out one
// that names another relay first. Neither side dials that, and it sees no byte of
// a licence.
func TestListThatDoesNotHoldLeadsNobodyElsewhere(t *testing.T) {
	ours, stranger := newRegistry(t, "ours"), newRegistry(t, "stranger")
	later, earlier := time.Now().AddDate(0, 1, 0), time.Now().AddDate(0, -1, 0)
	seen := new(tape)
	decoy := relaytest.New(t, func(c *hub.Config) { c.Tape = seen })
	for name, signed := range map[string][]byte{
		"signed by a stranger": stranger.list(t, "desk", 7, later, decoy.Servers()...),
		"its time is over":     ours.list(t, "desk", 7, earlier, decoy.Servers()...),
		"rolled back":          ours.list(t, "desk", 5, later, decoy.Servers()...),
		"another profile's":    ours.list(t, "another", 7, later, decoy.Servers()...),
		"altered":              bytes.Replace(ours.list(t, "desk", 7, later, decoy.Servers()...), []byte("A"), []byte("B"), 1),
		"noise":                []byte("noise"),
	} {
		t.Run(name, func(t *testing.T) {
			// The relay says that it is a newer one, whatever it holds.
			s := newSceneWith(t, handing(t, map[string]hub.List{"desk": {Serial: 99, Note: signed}}), func(p *profile.Profile) {
				p.ID, p.ListKeys, p.ListSerial = "desk", []string{ours.key}, 6
			})
			s.admitted()
			s.grant(session.See | session.Control)
			if v := s.masters.get(); v.Relay != s.relay.Addr() {
				t.Errorf("the room is on %s, want %s", v.Relay, s.relay.Addr())
			}
			got := decoy.Stats()
			if got.Links != 0 || got.Stage1Failed != 0 || got.FramesIn != 0 || seen.has(s.relay.Licence().Note[:40]) {
				t.Errorf("the other relay saw %+v, want nothing", got)
			}
		})
	}
}

// TestProfileThatNamesNobodyTakesNoList, however well it is signed.
func TestProfileThatNamesNobodyTakesNoList(t *testing.T) {
	ours := newRegistry(t, "ours")
	decoy := relaytest.New(t)
	signed := ours.list(t, "desk", 7, time.Now().AddDate(0, 1, 0), decoy.Servers()...)
	s := newSceneWith(t, handing(t, map[string]hub.List{"desk": {Serial: 7, Note: signed}}), func(p *profile.Profile) { p.ID = "desk" })
	if v := s.masters.get(); v.Relay != s.relay.Addr() || decoy.Stats().Stage1Failed != 0 {
		t.Errorf("the room is on %s, want %s", v.Relay, s.relay.Addr())
	}
}

// TestNewerListIsUsedForThisRun: it names the relay that we are on, and a second
// one on which both then stand by; one outside the regions is not dialled.
func TestNewerListIsUsedForThisRun(t *testing.T) {
	ours := newRegistry(t, "ours")
	lists := make(map[string]hub.List)
	first := handing(t, lists)
	trusting := func(c *hub.Config) { c.LicenceIssuers = first.Issuers() }
	second, outside := relaytest.New(t, trusting), relaytest.New(t, trusting)
	far := outside.Servers()[0]
	far.Region = "elsewhere"
	lists["desk"] = hub.List{Serial: 7, Note: ours.list(t, "desk", 7, time.Now().AddDate(0, 1, 0), far, first.Servers()[0], second.Servers()[0])}
	s := newSceneWith(t, first, func(p *profile.Profile) {
		p.ID, p.ListKeys, p.Regions = "desk", []string{ours.key}, []string{"test"}
	})
	s.admitted()
	s.grant(session.See | session.Control)
	s.stands(second)
	s.relay.Stop()
	s.types(0, 10)
	s.on(second)
	if got := outside.Stats(); got.Links != 0 || got.Stage1Failed != 0 {
		t.Errorf("got %+v, want an untouched relay", got)
	}
}

// TestRelayThatANewerListLeavesOutSeesNoLicence: it hands out the list itself,
// and both go to the ones that this names.
func TestRelayThatANewerListLeavesOutSeesNoLicence(t *testing.T) {
	ours, seen := newRegistry(t, "ours"), new(tape)
	lists := make(map[string]hub.List)
	first := relaytest.New(t, func(c *hub.Config) { c.Lists, c.Tape = lists, seen })
	second := relaytest.New(t, func(c *hub.Config) { c.LicenceIssuers = first.Issuers() })
	lists["desk"] = hub.List{Serial: 7, Note: ours.list(t, "desk", 7, time.Now().AddDate(0, 1, 0), second.Servers()...)}
	s := newSceneWith(t, first, func(p *profile.Profile) { p.ID, p.ListKeys = "desk", []string{ours.key} })
	s.admitted()
	s.masters.wait(t, "a room on the other relay", func(v master.State) bool { return v.Relay == second.Addr() })
	if seen.has(s.relay.Licence().Note[:40]) || first.Stats().Rooms != 0 {
		t.Error("the relay that is no longer listed saw the licence")
	}
}
