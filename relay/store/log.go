package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"lotse/relay/store/internal/query"
)

// Log is one relay's own participation log: a chain of signed entries. Of
// several relays with one database each has its own.
type Log struct {
	store *Store
	relay string
	key   ed25519.PrivateKey

	mu    sync.Mutex
	known bool // last and hash are what the database holds
	last  int64
	hash  [sha256.Size]byte
}

// RelayName is what a relay is called in the log: its public key in hex, with
// which its entries are checked.
func RelayName(key ed25519.PublicKey) string { return hex.EncodeToString(key) }

// Log opens the log of the relay whose key this is. Two programs must not
// write with one key.
func (s *Store) Log(ctx context.Context, key ed25519.PrivateKey) (*Log, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: key of the log", ErrInvalid)
	}
	l := &Log{store: s, relay: RelayName(public), key: key}
	return l, l.look(ctx)
}

// look reads where the log ends.
func (l *Log) look(ctx context.Context) error {
	row, err := l.store.q.LastEntry(ctx, l.relay)
	switch err := told(err); {
	case errors.Is(err, ErrNotFound):
		l.last, l.hash = 0, [sha256.Size]byte{}
	case err != nil:
		return err
	default:
		l.last, l.hash = row.Seq, sha256.Sum256(row.Body)
	}
	l.known = true
	return nil
}

// Append writes entries, all of them or none, and returns how many are in the
// log now.
func (l *Log) Append(ctx context.Context, entries ...Entry) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known {
		if err := l.look(ctx); err != nil {
			return 0, err
		}
	}
	seq, hash := l.last, l.hash
	rows := make([]query.InsertEntryParams, len(entries))
	for i, e := range entries {
		seq++
		row, err := seal(e, l.relay, seq, hash, l.key)
		if err != nil {
			return l.last, err
		}
		rows[i], hash = row, sha256.Sum256(row.Body)
	}
	err := l.store.atomically(ctx, func(q *query.Queries) error {
		for _, row := range rows {
			if err := q.InsertEntry(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // a connection that broke while it wrote leaves us unsure
		l.known = false
		return l.last, err
	}
	l.last, l.hash = seq, hash
	return seq, nil
}

// LogRelays returns the names of the relays that wrote into the log.
func (s *Store) LogRelays(ctx context.Context) ([]string, error) {
	names, err := s.q.LogRelays(ctx)
	return names, told(err)
}

// page is how many entries are read at once.
const page = 1000

// Entries hands each entry of a relay to f, in order, each checked against the
// one before it and against the relay's key, which is its name. It returns how
// many there were and the hash of the last one; comparing both with a copy kept
// elsewhere shows whether the end was cut off. ErrForged says what does not fit.
func (s *Store) Entries(ctx context.Context, relay string, f func(Entry) error) (n int64, last [sha256.Size]byte, err error) {
	key, err := hex.DecodeString(relay)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return 0, last, fmt.Errorf("%w: name of a relay", ErrInvalid)
	}
	for {
		rows, err := s.q.EntriesAfter(ctx, query.EntriesAfterParams{Relay: relay, Seq: n, Limit: page})
		if err != nil {
			return n, last, told(err)
		}
		for _, row := range rows {
			var e Entry
			if e, last, err = unseal(row, n+1, last, key); err != nil {
				return n, last, err
			}
			if err := f(e); err != nil {
				return n, last, err
			}
			n++
		}
		if len(rows) < page {
			return n, last, nil
		}
	}
}

// Erase removes what the log holds of the person with that login, everywhere,
// and returns from how many entries. The entries stay, and stay verifiable.
func (s *Store) Erase(ctx context.Context, login string) (int64, error) {
	if login == "" {
		return 0, fmt.Errorf("%w: nobody to erase", ErrInvalid)
	}
	n, err := s.q.EraseEntries(ctx, query.EraseEntriesParams{Personal: []byte{}, Salt: []byte{}, Person: login})
	return n, told(err)
}
