package main

import (
	"context"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"lotse/relay/store"
)

const revokeUsage = `usage:
  lotse-relay revoke device -key key [-why text]   a lost computer: its rooms end within a minute
  lotse-relay revoke list [-json]                  everything that was revoked
(licences: lotse-relay licence revoke; users: lotse-relay user disable)
`

// revoke carries out the commands about revocations.
func revoke(ctx context.Context, args []string, s std) error {
	return choose("revoke", revokeUsage, args, s, map[string]func([]string) error{
		"device": func(a []string) error { return revokeDevice(ctx, a, s) },
		"list":   func(a []string) error { return revokeList(ctx, a, s) },
	})
}

func revokeDevice(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("revoke device")
	device := flags.String("key", "", "key of the computer, in hex")
	why := flags.String("why", "", "for those who ask later")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	key, err := parseDevice(*device)
	if err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		r := store.Revocation{Kind: store.RevokedDevice, Subject: hex.EncodeToString(key), Why: *why, At: time.Now()}
		if err := db.Revoke(ctx, r); err != nil {
			return err
		}
		return write(s.out, "Revoked. Its rooms end within a minute.\n")
	})
}

func revokeList(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("revoke list")
	asJSON := flags.Bool("json", false, "for another program")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		all, err := db.RevokedAfter(ctx, 0, math.MaxInt32)
		if err != nil {
			return err
		}
		rows := make([][]string, len(all))
		for i, r := range all {
			rows[i] = []string{strconv.FormatInt(r.Serial, 10), r.At.Format(time.RFC3339), string(r.Kind), r.Subject, r.Why}
		}
		return s.table(*asJSON, []string{"serial", "at", "kind", "subject", "why"}, rows)
	})
}
