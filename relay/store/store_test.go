package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lotse/relay/store/storetest"
)

// on runs a test against each database.
func on(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "Läger 1#.db"))) })
	t.Run("PostgreSQL", func(t *testing.T) {
		p := postgres(t)
		where, err := p.Database(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		test(t, open(t, where))
	})
}

// postgres starts a server for one test.
func postgres(t *testing.T) *storetest.Postgres {
	t.Helper()
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
	return p
}

func open(t *testing.T, where string) *Store {
	t.Helper()
	s, err := Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// at is a time that both databases keep exactly.
func at(minutes int) time.Time {
	return time.Date(2026, 5, 4, 12, minutes, 3, 250e6, time.UTC)
}

func licence(number string) Licence {
	return Licence{
		Number: number, Organisation: "Stadtwerke Müsterhafen", Name: "Leitwarte", Edition: "standard", MaxMembers: 25,
		ModuleKey: slices.Repeat([]byte{7}, ed25519.PublicKeySize), NotAfter: at(50), Issued: at(1), Note: []byte("lotse licence\n\x00\xff"),
	}
}

func TestLicenceIsKeptAndRevokedOnce(t *testing.T) {
	on(t, func(t *testing.T, s *Store) {
		t.Helper()
		ctx := t.Context()
		first, second := licence("1234567897"), licence("2234567890")
		must(t, s.AddLicence(ctx, second))
		must(t, s.AddLicence(ctx, first))
		if err := s.AddLicence(ctx, first); !errors.Is(err, ErrExists) {
			t.Errorf("got %v for a second licence of one number, want %v", err, ErrExists)
		}
		got, err := s.Licence(ctx, first.Number)
		must(t, err)
		if !reflect.DeepEqual(got, first) {
			t.Errorf("got %+v, want %+v", got, first)
		}
		must(t, s.RevokeLicence(ctx, first.Number, "verloren", at(5)))
		for _, number := range []string{first.Number, "9999999999"} {
			if err := s.RevokeLicence(ctx, number, "again", at(6)); !errors.Is(err, ErrNotFound) {
				t.Errorf("got %v for revoking %s, want %v", err, number, ErrNotFound)
			}
		}
		first.Revoked, first.Why = at(5), "verloren"
		all, err := s.Licences(ctx)
		must(t, err)
		if want := []Licence{first, second}; !reflect.DeepEqual(all, want) {
			t.Errorf("got %+v, want %+v", all, want)
		}
		gone, err := s.RevokedAfter(ctx, 0, 10)
		must(t, err)
		if want := []Revocation{{Serial: 1, Kind: RevokedLicence, Subject: first.Number, Why: "verloren", At: at(5)}}; !reflect.DeepEqual(gone, want) {
			t.Errorf("got %+v, want %+v", gone, want)
		}
		if _, err := s.Licence(ctx, "9999999999"); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want %v", err, ErrNotFound)
		}
	})
}

func TestUserIsLockedOutAndLetInAgain(t *testing.T) {
	on(t, func(t *testing.T, s *Store) {
		t.Helper()
		ctx := t.Context()
		hanna := User{ID: "0a", Login: "hanna", Name: "Hanna Petersen", Role: Moderator, Licence: "1234567897", Password: "$argon2id$1", Created: at(1)}
		must(t, s.AddUser(ctx, hanna))
		if err := s.AddUser(ctx, User{ID: "0b", Login: "hanna", Role: Auditor}); !errors.Is(err, ErrExists) {
			t.Errorf("got %v for a second hanna, want %v", err, ErrExists)
		}
		must(t, s.SetPassword(ctx, "hanna", "$argon2id$2"))
		must(t, s.DisableUser(ctx, "hanna", "left", at(2)))
		hanna.Password, hanna.Disabled = "$argon2id$2", at(2)
		got, err := s.User(ctx, "hanna")
		must(t, err)
		if got != hanna || got.Password.Reveal() != "$argon2id$2" {
			t.Errorf("got %+v, want %+v", got, hanna)
		}
		must(t, s.EnableUser(ctx, "hanna"))
		hanna.Disabled = time.Time{}
		all, err := s.Users(ctx)
		must(t, err)
		if want := []User{hanna}; !reflect.DeepEqual(all, want) {
			t.Errorf("got %+v, want %+v", all, want)
		}
		gone, err := s.RevokedAfter(ctx, 0, 10)
		must(t, err)
		if want := []Revocation{{Serial: 1, Kind: RevokedUser, Subject: "0a", Why: "left", At: at(2)}}; !reflect.DeepEqual(gone, want) {
			t.Errorf("got %+v, want %+v", gone, want)
		}
		for what, err := range map[string]error{
			"disable": s.DisableUser(ctx, "nobody", "", at(3)), "enable": s.EnableUser(ctx, "hanna"), "password": s.SetPassword(ctx, "nobody", "x"),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: got %v, want %v", what, err, ErrNotFound)
			}
		}
	})
}

func TestValuesThatCannotBeShownAreRefused(t *testing.T) {
	on(t, func(t *testing.T, s *Store) {
		t.Helper()
		ctx := t.Context()
		hidden := licence("1234567897")
		hidden.Name = "a\u202eb"
		for what, err := range map[string]error{
			"hidden":        s.AddLicence(ctx, hidden),
			"no key":        s.AddLicence(ctx, Licence{Number: "1234567897", Note: []byte("x")}),
			"long login":    s.AddUser(ctx, User{ID: "0a", Login: strings.Repeat("x", maxText+1), Role: Owner}),
			"unknown role":  s.AddUser(ctx, User{ID: "0a", Login: "x", Role: "god"}),
			"unknown kind":  s.Revoke(ctx, Revocation{Kind: "relay", Subject: "x"}),
			"empty subject": s.Revoke(ctx, Revocation{Kind: RevokedDevice}),
		} {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: got %v, want %v", what, err, ErrInvalid)
			}
		}
	})
}

func TestRevocationsOfManyAtOnceCountUpWithoutAGap(t *testing.T) {
	on(t, func(t *testing.T, s *Store) {
		t.Helper()
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if err := s.Revoke(t.Context(), Revocation{Kind: RevokedDevice, Subject: strconv.Itoa(i), At: at(i)}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		gone, err := s.RevokedAfter(t.Context(), 1, 100)
		must(t, err)
		var got []int64
		for _, r := range gone {
			got = append(got, r.Serial)
		}
		if want := []int64{2, 3, 4, 5, 6}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestTwoStoresOfOneDatabaseSeeEachOther(t *testing.T) {
	p := postgres(t)
	where, err := p.Database(t.Context())
	must(t, err)
	stores, failed := [2]*Store{}, [2]error{}
	var both sync.WaitGroup
	for i := range stores { // both bring the tables up to date at the same moment
		both.Go(func() { stores[i], failed[i] = Open(t.Context(), where) })
	}
	both.Wait()
	for i, s := range stores {
		must(t, failed[i])
		t.Cleanup(func() { must(t, s.Close()) })
	}
	must(t, stores[0].AddLicence(t.Context(), licence("1234567897")))
	if _, err := stores[1].Licence(t.Context(), "1234567897"); err != nil {
		t.Error(err)
	}
}

func TestDatabaseThatIsGoneIsSaidAndComesBack(t *testing.T) {
	p := postgres(t)
	where, err := p.Database(t.Context())
	must(t, err)
	s := open(t, where)
	l, err := s.Log(t.Context(), key(1))
	must(t, err)
	_, err = l.Append(t.Context(), entry(1))
	must(t, err)
	must(t, p.Halt())
	if _, err := l.Append(t.Context(), entry(2)); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want %v", err, ErrGone)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want %v", err, ErrGone)
	}
	must(t, p.Start(t.Context()))
	n, err := l.Append(t.Context(), entry(3))
	if err != nil || n != 2 {
		t.Errorf("got %d, %v, want two entries", n, err)
	}
}

func TestPasswordOfTheDatabaseIsNeverSaid(t *testing.T) {
	_, err := Open(t.Context(), "postgres://lotse:geheim7@127.0.0.1:1/lotse")
	if !errors.Is(err, ErrGone) || strings.Contains(err.Error(), "geheim7") {
		t.Errorf("got %v, want %v without the password", err, ErrGone)
	}
	if err := hide(errors.New("dial lotse:geheim7@"), "postgres://lotse:geheim7@x/"); strings.Contains(err.Error(), "geheim7") {
		t.Errorf("got %v, want no password", err)
	}
}

func TestFileThatIsNoDatabaseIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no.db")
	must(t, os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600))
	for _, where := range []string{file, filepath.Join(t.TempDir(), "not", "there.db")} {
		if _, err := Open(t.Context(), where); !errors.Is(err, ErrGone) {
			t.Errorf("got %v, want %v", err, ErrGone)
		}
	}
}

func TestFullDiskIsSaidAndLosesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "full.db"))
	s.db.SetMaxOpenConns(1) // the limit is the connection's
	var pages int
	must(t, s.db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	if _, err := s.db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", pages+4)); err != nil {
		t.Fatal(err)
	}
	l, err := s.Log(t.Context(), key(1))
	must(t, err)
	var n int64
	for err == nil {
		_, err = l.Append(t.Context(), entry(int(n)))
		n++
	}
	if !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	_, err = s.db.ExecContext(context.WithoutCancel(t.Context()), "PRAGMA max_page_count=100000")
	must(t, err)
	got, err := l.Append(t.Context(), entry(0))
	if err != nil || got != n {
		t.Errorf("got %d, %v, want %d entries once there is room", got, err, n)
	}
}

func TestFileThatIsTakenAwayIsSaidAndComesBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "relay.db")
	s := open(t, file)
	l, err := s.Log(t.Context(), key(1))
	must(t, err)
	_, err = l.Append(t.Context(), entry(1))
	must(t, err)
	gone := func(what string) {
		t.Helper()
		_, appended := l.Append(t.Context(), entry(2))
		_, read := s.RevokedAfter(t.Context(), 0, 1)
		for _, err := range []error{appended, read, s.Ping(t.Context())} {
			if !errors.Is(err, ErrGone) {
				t.Errorf("%s: got %v, want %v", what, err, ErrGone)
			}
		}
	}
	must(t, os.Rename(file, file+".aside"))
	gone("taken away")
	must(t, os.WriteFile(file, nil, 0o600))
	gone("another one in its place")
	must(t, os.Rename(file+".aside", file))
	if n, err := l.Append(t.Context(), entry(3)); err != nil || n != 2 {
		t.Errorf("got %d, %v, want two entries", n, err)
	}
}

func TestLockedFileIsSaidAndComesBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "relay.db")
	s, other := open(t, file), open(t, file)
	l, err := s.Log(t.Context(), key(1))
	must(t, err)
	lock, err := other.db.Conn(t.Context())
	must(t, err)
	defer lock.Close()
	_, err = lock.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
	must(t, err)
	if _, err := l.Append(t.Context(), entry(1)); !errors.Is(err, ErrGone) { // after SQLite's own patience of 5 s
		t.Errorf("got %v, want %v", err, ErrGone)
	}
	_, err = lock.ExecContext(t.Context(), "ROLLBACK")
	must(t, err)
	if n, err := l.Append(t.Context(), entry(2)); err != nil || n != 1 {
		t.Errorf("got %d, %v, want one entry", n, err)
	}
}
