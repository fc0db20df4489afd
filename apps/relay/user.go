package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/relay/directory"
	"lotse/relay/store"
)

const userUsage = `usage:
  lotse-relay user add -login text [-name text] [-role moderator] [-licence n]   password from the standard input
  lotse-relay user list [-json]
  lotse-relay user password -login text                                          password from the standard input
  lotse-relay user disable -login text [-why text]   at once: certificates end, rooms end within a minute
  lotse-relay user enable -login text
  lotse-relay user certify -login text -device key [-hours 8] -out file          an operator certificate for one computer
  lotse-relay user issuer                            the verifier key for other relays (serve -operator-issuer)
`

// user carries out the commands about users.
func user(ctx context.Context, args []string, s std) error {
	return choose("user", userUsage, args, s, map[string]func([]string) error{
		"add":      func(a []string) error { return userAdd(ctx, a, s) },
		"list":     func(a []string) error { return userList(ctx, a, s) },
		"password": func(a []string) error { return userPassword(ctx, a, s) },
		"disable":  func(a []string) error { return userDisable(ctx, a, s) },
		"enable":   func(a []string) error { return userEnable(ctx, a, s) },
		"certify":  func(a []string) error { return userCertify(ctx, a, s) },
		"issuer":   func(a []string) error { return printIssuer("user issuer", operatorIssuer, a, s) },
	})
}

func userAdd(ctx context.Context, args []string, s std) error {
	var u store.User
	flags, state := flagsOf("user add")
	flags.StringVar(&u.Login, "login", "", "what the person types")
	flags.StringVar(&u.Name, "name", "", "what others see")
	role := flags.String("role", string(store.Moderator), "owner, administrator, moderator or auditor")
	flags.StringVar(&u.Licence, "licence", "", "number of the licence that the person opens rooms with")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	var err error
	if u.Password, err = s.hashed(); err != nil {
		return err
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return fmt.Errorf("draw an id: %w", err)
	}
	u.ID, u.Role, u.Created = hex.EncodeToString(id[:]), store.Role(*role), time.Now()
	return with(ctx, *state, func(db *store.Store) error {
		if u.Licence != "" {
			if _, err := db.Licence(ctx, u.Licence); err != nil {
				return fmt.Errorf("licence %q: %w", u.Licence, err)
			}
		}
		if err := db.AddUser(ctx, u); err != nil {
			return fmt.Errorf("user %q: %w", u.Login, err)
		}
		return write(s.out, "Added "+u.Login+".\n")
	})
}

// hashed reads a password and returns what is kept of it.
func (s std) hashed() (secret.Text, error) {
	password, err := s.secret()
	if err != nil {
		return "", err
	}
	return directory.HashPassword(password)
}

func userList(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("user list")
	asJSON := flags.Bool("json", false, "for another program")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		all, err := db.Users(ctx)
		if err != nil {
			return err
		}
		rows := make([][]string, len(all))
		for i, u := range all {
			is := "enabled"
			if !u.Disabled.IsZero() {
				is = "disabled " + day(u.Disabled)
			}
			rows[i] = []string{u.Login, u.Name, string(u.Role), u.Licence, day(u.Created), is}
		}
		return s.table(*asJSON, []string{"login", "name", "role", "licence", "created", "state"}, rows)
	})
}

func userPassword(ctx context.Context, args []string, s std) error {
	return onUser(ctx, "user password", args, s, "The new password holds from now on.\n", func(db *store.Store, login, _ string) error {
		hash, err := s.hashed()
		if err != nil {
			return err
		}
		return db.SetPassword(ctx, login, hash)
	})
}

func userDisable(ctx context.Context, args []string, s std) error {
	return onUser(ctx, "user disable", args, s, "Locked out. Rooms of this user end within a minute.\n", func(db *store.Store, login, why string) error {
		return db.DisableUser(ctx, login, why, time.Now())
	})
}

func userEnable(ctx context.Context, args []string, s std) error {
	return onUser(ctx, "user enable", args, s, "Let in again. Certificates of before stay revoked.\n", func(db *store.Store, login, _ string) error {
		return db.EnableUser(ctx, login)
	})
}

// onUser does something with one user.
func onUser(ctx context.Context, name string, args []string, s std, done string, do func(db *store.Store, login, why string) error) error {
	flags, state := flagsOf(name)
	login := flags.String("login", "", "which user")
	why := flags.String("why", "", "for those who ask later")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		err := do(db, *login, *why)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("no user %q to whom this can be done", *login)
		}
		if err != nil {
			return err
		}
		return write(s.out, done)
	})
}

func userCertify(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("user certify")
	login := flags.String("login", "", "which user")
	device := flags.String("device", "", "key of the computer, in hex, as the master shows it")
	hours := flags.Uint("hours", 8, "for how many hours it holds, 1 to 24")
	out := flags.String("out", "", "file of the certificate")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	key, err := parseDevice(*device)
	if err != nil {
		return err
	}
	if *out == "" || *hours < 1 || *hours > 24 {
		return &usageError{"user certify: -out is missing, or -hours is not 1 to 24"}
	}
	by, err := openIssuer(*state, operatorIssuer)
	if err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		u, err := db.User(ctx, *login)
		if err != nil {
			return fmt.Errorf("user %q: %w", *login, err)
		}
		if !u.Disabled.IsZero() || u.Licence == "" {
			return fmt.Errorf("user %q is disabled or opens no rooms", *login)
		}
		now := time.Now()
		signed, err := profile.IssueOperator(profile.OperatorFacts{
			User: u.ID, Login: u.Login, Name: u.Name, Licence: u.Licence, Device: key,
			NotBefore: now.Unix(), NotAfter: now.Add(time.Duration(*hours) * time.Hour).Unix(),
		}, by.signer)
		if err != nil {
			return err
		}
		return create(*out, func(f io.Writer) error { _, err := f.Write(signed); return err }) //nolint:wrapcheck // create says what for
	})
}
