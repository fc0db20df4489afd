package directory

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"lotse/crypto/note"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/relay/hub"
	"lotse/relay/store"
	"lotse/relay/store/storetest"
)

var noon = time.Unix(1_800_000_000, 0)

// bench is a directory over a real database.
type bench struct {
	t        *testing.T
	store    *store.Store
	d        *Directory
	now      time.Time
	signer   secret.Text
	verifier string
}

func seedOf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func newBench(t *testing.T, where string, operators bool) *bench {
	t.Helper()
	b := &bench{t: t, now: noon}
	var err error
	if b.signer, b.verifier, err = note.KeyFromSeed("portal", seedOf(2)); err != nil {
		t.Fatal(err)
	}
	if b.store, err = store.Open(t.Context(), where); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	log, err := b.store.Log(t.Context(), b.key())
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Store: b.store, Log: log, Every: 20 * time.Millisecond, Now: func() time.Time { return b.now }}
	if operators {
		cfg.OperatorIssuers = []string{b.verifier}
	}
	if b.d, err = New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return b
}

func file(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "relay.db") }

func (b *bench) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(seedOf(1)) }

func device() ed25519.PublicKey { return seedOf(9) }

func number() string { return profile.NewNumber("123456789") }

func (b *bench) claim(change ...func(*profile.OperatorFacts)) hub.Claim {
	b.t.Helper()
	f := profile.OperatorFacts{
		User: "0a", Login: "marta", Name: "Marta", Licence: number(), Device: device(),
		NotBefore: b.now.Unix(), NotAfter: b.now.Add(8 * time.Hour).Unix(),
	}
	for _, c := range change {
		c(&f)
	}
	signed, err := profile.IssueOperator(f, b.signer)
	if err != nil {
		b.t.Fatal(err)
	}
	return hub.Claim{Licence: profile.LicenceFacts{Number: number()}, Device: device(), Operator: signed}
}

// run runs the directory; each number it sends is that of one recheck.
func (b *bench) run() (rechecked <-chan int, stop func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	checks, over := make(chan int, 100), make(chan error, 1)
	go func() {
		over <- b.d.Run(ctx, func() int { checks <- 1; return 1 })
	}()
	return checks, func() {
		cancel()
		if err := <-over; !errors.Is(err, context.Canceled) {
			b.t.Error(err)
		}
	}
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestOperatorIsAskedForOnlyWhereSomebodyHasToLogIn(t *testing.T) {
	b := newBench(t, file(t), false)
	if got, err := b.d.Allow(hub.Claim{Licence: profile.LicenceFacts{Number: number()}}); err != nil || got != (hub.Operator{}) {
		t.Errorf("got %+v, %v, want nobody in particular", got, err)
	}
	b = newBench(t, file(t), true)
	want := hub.Operator{ID: "0a", Login: "marta", Name: "Marta", Since: noon}
	if got, err := b.d.Allow(b.claim()); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	none := b.claim()
	none.Operator = nil
	elsewhere := b.claim()
	elsewhere.Device = seedOf(8)
	late := b.claim(func(f *profile.OperatorFacts) { f.NotBefore, f.NotAfter = noon.Unix()-3600, noon.Unix()-1 })
	other := b.claim(func(f *profile.OperatorFacts) { f.Licence = profile.NewNumber("987654321") })
	for name, c := range map[string]struct {
		claim hub.Claim
		want  error
	}{
		"nobody": {none, ErrNobody}, "another computer": {elsewhere, profile.ErrOperator}, "yesterday": {late, profile.ErrOperator},
		"another licence": {other, profile.ErrOperator},
	} {
		if got, err := b.d.Allow(c.claim); !errors.Is(err, c.want) || got != (hub.Operator{}) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, c.want)
		}
	}
}

func TestRevocationReachesARunningRelayAndOneThatStarts(t *testing.T) {
	for name, revoke := range map[string]func(*bench) error{
		"licence": func(b *bench) error {
			b.must(b.store.AddLicence(t.Context(), store.Licence{Number: number(), Organisation: "x", ModuleKey: device(), Note: []byte("x")}))
			return b.store.RevokeLicence(t.Context(), number(), "lost", b.now)
		},
		"user": func(b *bench) error {
			b.must(b.store.AddUser(t.Context(), store.User{ID: "0a", Login: "marta", Role: store.Moderator}))
			return b.store.DisableUser(t.Context(), "marta", "left", b.now)
		},
		"device": func(b *bench) error {
			return b.store.Revoke(t.Context(), store.Revocation{Kind: store.RevokedDevice, Subject: hex.EncodeToString(device()), At: b.now})
		},
	} {
		t.Run(name, func(t *testing.T) {
			where := file(t)
			b := newBench(t, where, true)
			claim := b.claim()
			operator, err := b.d.Allow(claim)
			b.must(err)
			rechecked, stop := b.run()
			defer stop()
			b.must(revoke(b))
			select {
			case <-rechecked:
			case <-time.After(10 * time.Second):
				t.Fatal("got no recheck")
			}
			if !b.d.Revoked(claim, operator) {
				t.Error("got a room that goes on")
			}
			for _, d := range []*Directory{b.d, newBench(t, where, true).d} {
				if _, err := d.Allow(claim); !errors.Is(err, ErrRevoked) {
					t.Errorf("got %v, want %v", err, ErrRevoked)
				}
			}
		})
	}
}

func TestUserWhoIsLetInAgainNeedsANewCertificate(t *testing.T) {
	b := newBench(t, file(t), true)
	old := b.claim()
	b.must(b.store.AddUser(t.Context(), store.User{ID: "0a", Login: "marta", Role: store.Moderator}))
	b.must(b.store.DisableUser(t.Context(), "marta", "", b.now))
	b.must(b.store.EnableUser(t.Context(), "marta"))
	_, err := b.d.look(t.Context())
	b.must(err)
	b.now = b.now.Add(time.Minute)
	if _, err := b.d.Allow(old); !errors.Is(err, ErrRevoked) {
		t.Errorf("got %v for the old certificate, want %v", err, ErrRevoked)
	}
	if _, err := b.d.Allow(b.claim()); err != nil {
		t.Errorf("got %v for a new one, want none", err)
	}
}

func event(i int) hub.Event {
	return hub.Event{
		At: noon.Add(time.Duration(i) * time.Second), What: hub.RoomOpened, Number: "48213", Room: "aa", Licence: number(),
		Name: "Marta", Members: 1, Build: 5, From: netip.MustParseAddr("192.0.2.1"),
	}
}

func (b *bench) entries() []store.Entry {
	b.t.Helper()
	public, ok := b.key().Public().(ed25519.PublicKey)
	if !ok {
		b.t.Fatal("no key")
	}
	var out []store.Entry
	_, _, err := b.store.Entries(b.t.Context(), store.RelayName(public), func(e store.Entry) error {
		out = append(out, e)
		return nil
	})
	b.must(err)
	return out
}

func TestEventsAreInTheLogWhenRunReturns(t *testing.T) {
	b := newBench(t, file(t), false)
	_, stop := b.run()
	guest := event(1)
	guest.What, guest.Name = hub.Joined, ""
	b.d.Record(event(0))
	b.d.Record(guest)
	stop()
	want := []store.Entry{
		{
			Seq: 1, At: noon.UTC(), What: store.RoomOpened, Session: "48213", Room: "aa", Licence: number(), Members: 1, Build: 5,
			Person: store.Person{Login: number(), Name: "Marta", Address: "192.0.2.1"},
		},
		{
			Seq: 2, At: noon.Add(time.Second).UTC(), What: store.Joined, Session: "48213", Room: "aa", Licence: number(), Members: 1, Build: 5,
			Person: store.Person{Address: "192.0.2.1"},
		},
	}
	if got := b.entries(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEntriesWaitForADatabaseThatIsGone(t *testing.T) {
	p, err := storetest.StartPostgres(t.Context())
	if errors.Is(err, storetest.ErrNoPostgres) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	where, err := p.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, where, false)
	_, stop := b.run()
	defer stop()
	b.must(p.Halt())
	until := func(what string, is func(err error, waiting int) bool) {
		t.Helper()
		tick, end := time.NewTicker(10*time.Millisecond), time.After(20*time.Second)
		defer tick.Stop()
		for {
			if h := b.d.Health(); is(h.Err, h.Waiting) {
				return
			}
			select {
			case <-tick.C:
			case <-end:
				t.Fatalf("never: %s", what)
			}
		}
	}
	b.d.Record(event(0))
	b.d.Record(event(1))
	until("trouble", func(err error, waiting int) bool { return errors.Is(err, store.ErrGone) && waiting == 2 })
	if _, err := b.d.Allow(hub.Claim{Licence: profile.LicenceFacts{Number: number()}}); err != nil {
		t.Errorf("got %v while the database is gone, want rooms as before", err)
	}
	b.must(p.Start(t.Context()))
	until("all written", func(err error, waiting int) bool { return err == nil && waiting == 0 })
	if got := len(b.entries()); got != 2 {
		t.Errorf("got %d entries, want 2", got)
	}
}

func TestWaitingEntriesAreBoundedAndCounted(t *testing.T) {
	b := newBench(t, file(t), false)
	for i := range maxWaiting + 3 {
		b.d.Record(event(i))
	}
	if got, want := b.d.Health(), (Health{Waiting: maxWaiting, Lost: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
