package store

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{seed}, ed25519.SeedSize))
}

func entry(i int) Entry {
	return Entry{
		At: at(i % 60), What: Joined, Session: "48213", Room: "aa", Licence: "1234567897", Members: i, Build: 7,
		Person: Person{Login: fmt.Sprintf("user%d", i%3), Name: "Hanna", Address: "192.0.2.7", Computer: "PC-1"},
	}
}

// read returns the whole log of a relay.
func read(t *testing.T, s *Store, k ed25519.PrivateKey) ([]Entry, [sha256.Size]byte, error) {
	t.Helper()
	public, ok := k.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no key")
	}
	var out []Entry
	_, hash, err := s.Entries(t.Context(), RelayName(public), func(e Entry) error {
		out = append(out, e)
		return nil
	})
	return out, hash, err
}

func TestLogGoesOnWhereItEnded(t *testing.T) {
	on(t, func(t *testing.T, s *Store) {
		t.Helper()
		var want []Entry
		for i, k := range []ed25519.PrivateKey{key(1), key(2), key(1)} {
			l, err := s.Log(t.Context(), k)
			must(t, err)
			n, err := l.Append(t.Context(), entry(i), entry(i+10))
			must(t, err)
			if want := []int64{2, 2, 4}[i]; n != want {
				t.Errorf("got %d entries, want %d", n, want)
			}
		}
		for i, n := range []int{0, 10, 2, 12} {
			e := entry(n)
			e.Seq = int64(i + 1)
			want = append(want, e)
		}
		got, _, err := read(t, s, key(1))
		must(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		names, err := s.LogRelays(t.Context())
		if must(t, err); len(names) != 2 {
			t.Errorf("got %d relays, want two", len(names))
		}
	})
}

func TestLogIsReadInPages(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "log.db"))
	l, err := s.Log(t.Context(), key(1))
	must(t, err)
	many := make([]Entry, 2*page)
	for i := range many {
		many[i] = entry(i)
	}
	_, err = l.Append(t.Context(), many...)
	must(t, err)
	got, _, err := read(t, s, key(1))
	if err != nil || len(got) != len(many) {
		t.Errorf("got %d entries, %v, want %d", len(got), err, len(many))
	}
}

func TestErasedPersonIsGoneAndTheLogStillHolds(t *testing.T) {
	on(t, func(t *testing.T, s *Store) {
		t.Helper()
		l, err := s.Log(t.Context(), key(1))
		must(t, err)
		_, err = l.Append(t.Context(), entry(0), entry(1), entry(2), entry(3))
		must(t, err)
		_, before, err := read(t, s, key(1))
		must(t, err)
		n, err := s.Erase(t.Context(), "user0")
		if err != nil || n != 2 {
			t.Errorf("got %d, %v, want two entries", n, err)
		}
		got, after, err := read(t, s, key(1))
		must(t, err)
		if before != after {
			t.Errorf("the log's last hash changed from %x to %x", before, after)
		}
		for i, e := range got {
			want := entry(i)
			want.Seq = int64(i + 1)
			if i == 0 || i == 3 {
				want.Person, want.Erased = Person{}, true
			}
			if e != want {
				t.Errorf("got %+v, want %+v", e, want)
			}
		}
		if _, err := s.Erase(t.Context(), ""); !errors.Is(err, ErrInvalid) {
			t.Errorf("got %v for erasing nobody, want %v", err, ErrInvalid)
		}
	})
}

func TestEveryChangeOfTheLogIsFound(t *testing.T) {
	for name, change := range map[string]string{
		"time":      "UPDATE log SET at = at + 1 WHERE seq = 2",
		"body":      "UPDATE log SET body = (SELECT body FROM log WHERE seq = 1) WHERE seq = 2",
		"hash":      "UPDATE log SET hash = (SELECT hash FROM log WHERE seq = 1) WHERE seq = 2",
		"signature": "UPDATE log SET sig = (SELECT sig FROM log WHERE seq = 1) WHERE seq = 2",
		"person":    "UPDATE log SET person = 'somebody' WHERE seq = 2",
		"personal":  "UPDATE log SET personal = (SELECT personal FROM log WHERE seq = 1) WHERE seq = 2",
		"salt":      "UPDATE log SET salt = (SELECT salt FROM log WHERE seq = 1) WHERE seq = 2",
		"missing":   "DELETE FROM log WHERE seq = 2",
		"first":     "DELETE FROM log WHERE seq = 1",
		"swapped":   "UPDATE log SET seq = CASE seq WHEN 2 THEN 30 ELSE 20 END WHERE seq > 1",
		"moved":     "DELETE FROM log WHERE seq = 1; UPDATE log SET seq = seq - 1",
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "log.db"))
			l, err := s.Log(t.Context(), key(1))
			must(t, err)
			_, err = l.Append(t.Context(), entry(0), entry(1), entry(2))
			must(t, err)
			_, err = s.db.ExecContext(t.Context(), change)
			must(t, err)
			if got, _, err := read(t, s, key(1)); !errors.Is(err, ErrForged) {
				t.Errorf("got %v and %d entries, want %v", err, len(got), ErrForged)
			}
		})
	}
}

func TestEntryThatAnotherRelaySignedIsFound(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "log.db"))
	forger, err := s.Log(t.Context(), key(2))
	must(t, err)
	public, ok := key(1).Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no key")
	}
	forger.relay = RelayName(public)
	_, err = forger.Append(t.Context(), entry(0))
	must(t, err)
	if _, _, err := read(t, s, key(1)); !errors.Is(err, ErrForged) {
		t.Errorf("got %v, want %v", err, ErrForged)
	}
}
