package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/store"
)

const licenceUsage = `usage:
  lotse-relay licence new -organisation text [-name text] [-edition text] [-members n] [-days n] [-out folder]
                      draw a number and a key for one master, and sign the licence
  lotse-relay licence list [-json]
  lotse-relay licence revoke -number n [-why text]
                      at once: its rooms end within a minute, no other opens
  lotse-relay licence issuer
                      the verifier key for other relays (serve -licence-issuer)
`

// licence carries out the commands about licences.
func licence(ctx context.Context, args []string, s std) error {
	return choose("licence", licenceUsage, args, s, map[string]func([]string) error{
		"new":    func(a []string) error { return licenceNew(ctx, a, s) },
		"list":   func(a []string) error { return licenceList(ctx, a, s) },
		"revoke": func(a []string) error { return licenceRevoke(ctx, a, s) },
		"issuer": func(a []string) error { return printIssuer("licence issuer", licenceIssuer, a, s) },
	})
}

// wish is what a new licence should say.
type wish struct {
	state, organisation, name, edition, out string
	members, days                           uint
}

func parseWish(args []string, s std) (wish, error) {
	var w wish
	flags, state := flagsOf("licence new")
	flags.StringVar(&w.organisation, "organisation", "", "whose licence it is, as customers read it")
	flags.StringVar(&w.name, "name", "", "the master's own name, such as a department")
	flags.StringVar(&w.edition, "edition", "standard", "what was booked")
	flags.UintVar(&w.members, "members", 25, "how many may be in a room, the master included; 2 to 255")
	flags.UintVar(&w.days, "days", 365, "for how many days it holds")
	flags.StringVar(&w.out, "out", ".", "folder for the licence and the master's key; made if it is not there")
	if err := parse(flags, args, s.err); err != nil {
		return w, err
	}
	w.state = *state
	if w.organisation == "" {
		return w, &usageError{"licence new: -organisation is missing"}
	}
	if w.members < 2 || w.members > 255 || w.days < 1 || w.days > 36500 {
		return w, &usageError{"licence new: 2 to 255 members, 1 to 36500 days"}
	}
	return w, nil
}

func licenceNew(ctx context.Context, args []string, s std) error {
	w, err := parseWish(args, s)
	if err != nil {
		return err
	}
	by, err := openIssuer(w.state, licenceIssuer)
	if err != nil {
		return err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	// Before there is a licence whose key lies nowhere.
	const ownerOnly = 0o700
	if err := os.MkdirAll(w.out, ownerOnly); err != nil {
		return fmt.Errorf("licence's folder: %w", err)
	}
	return with(ctx, w.state, func(db *store.Store) error {
		l, err := issueLicence(ctx, db, w, by, public)
		if err != nil {
			return err
		}
		file := filepath.Join(w.out, l.Number)
		if err := errors.Join(
			create(file+".licence", func(f io.Writer) error { _, err := f.Write(l.Note); return err }), //nolint:wrapcheck // create says what for
			create(file+".key", func(f io.Writer) error { return writeKey(f, key) }),
		); err != nil {
			return err
		}
		return write(s.out, fmt.Sprintf("%s\n%s.licence and %s.key are for one master; the key opens rooms, keep it.\n", l.Number, file, file))
	})
}

// numberTries is how often a number is drawn that nobody has.
const numberTries = 20

// issueLicence signs a licence with a number of its own and keeps it.
func issueLicence(ctx context.Context, db *store.Store, w wish, by issuer, module ed25519.PublicKey) (store.Licence, error) {
	var err error
	for range numberTries {
		var nine *big.Int
		if nine, err = rand.Int(rand.Reader, big.NewInt(1e9)); err != nil {
			return store.Licence{}, fmt.Errorf("draw a number: %w", err)
		}
		now := time.Now()
		l := store.Licence{
			Number: profile.NewNumber(fmt.Sprintf("%09d", nine)), Organisation: w.organisation, Name: w.name, Edition: w.edition,
			MaxMembers: uint8(w.members), ModuleKey: module, Issued: now, NotAfter: now.AddDate(0, 0, int(w.days)),
		}
		l.Note, err = profile.IssueLicence(profile.LicenceFacts{
			Number: l.Number, Organisation: l.Organisation, Name: l.Name, ModuleKey: module, MaxMembers: l.MaxMembers, NotAfter: l.NotAfter.Unix(),
		}, by.signer)
		if err != nil {
			return store.Licence{}, err
		}
		if err = db.AddLicence(ctx, l); !errors.Is(err, store.ErrExists) {
			return l, err
		}
	}
	return store.Licence{}, err
}

func writeKey(f io.Writer, key ed25519.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	var text bytes.Buffer
	if err := pem.Encode(&text, &pem.Block{Type: pemType, Bytes: der}); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	_, err = f.Write(text.Bytes())
	return err //nolint:wrapcheck // create says what for
}

func licenceList(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("licence list")
	asJSON := flags.Bool("json", false, "for another program")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		all, err := db.Licences(ctx)
		if err != nil {
			return err
		}
		rows := make([][]string, len(all))
		for i, l := range all {
			rows[i] = []string{
				l.Number, l.Organisation, l.Name, l.Edition, strconv.Itoa(int(l.MaxMembers)), day(l.NotAfter), stateOf(l, time.Now()),
			}
		}
		return s.table(*asJSON, []string{"number", "organisation", "name", "edition", "members", "until", "state"}, rows)
	})
}

// stateOf says in a word whether a licence holds.
func stateOf(l store.Licence, now time.Time) string {
	switch {
	case !l.Revoked.IsZero() && l.Why != "":
		return "revoked " + day(l.Revoked) + ": " + l.Why
	case !l.Revoked.IsZero():
		return "revoked " + day(l.Revoked)
	case now.After(l.NotAfter):
		return "ran out"
	}
	return "valid"
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func licenceRevoke(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("licence revoke")
	number := flags.String("number", "", "the licence's number")
	why := flags.String("why", "", "for those who ask later")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		err := db.RevokeLicence(ctx, *number, *why, time.Now())
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("no licence %q that holds", *number)
		}
		if err != nil {
			return err
		}
		return write(s.out, "Revoked. Its rooms end within a minute.\n")
	})
}

// printIssuer prints the verifier key of an issuer, which is made if it is not
// there.
func printIssuer(name, file string, args []string, s std) error {
	flags, state := flagsOf(name)
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	i, err := openIssuer(*state, file)
	if err != nil {
		return err
	}
	return write(s.out, i.verifier+"\n")
}

// parseDevice reads the key of a computer.
func parseDevice(text string) (ed25519.PublicKey, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, &usageError{fmt.Sprintf("%q is no device key: 64 hex digits", text)}
	}
	return key, nil
}
