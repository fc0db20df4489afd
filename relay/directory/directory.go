// Package directory says who may open rooms at a relay, and keeps the log of
// who did. It answers from memory: when the database is gone, rooms go on and
// open as before, what was revoked stays revoked, and entries of the log wait.
package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/hub"
	"lotse/relay/store"
)

// ErrRevoked says that a licence, a user or a device was revoked.
var ErrRevoked = errors.New("directory: revoked")

// ErrNobody says that a relay wants to know who the operator is, and nobody
// logged in.
var ErrNobody = errors.New("directory: nobody logged in")

// Config is what a Directory needs to know.
type Config struct {
	// Store is the database. Required.
	Store *store.Store
	// Log is this relay's own log. Required.
	Log *store.Log
	// OperatorIssuers are note verifier keys of portals. With any, a master
	// needs an operator certificate.
	OperatorIssuers []string
	// Every is how long lies between two looks for revocations; 0 means 5 s.
	Every time.Duration
	// Logger gets what happened. Nil is nowhere.
	Logger *slog.Logger
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
}

// lookEvery makes a revocation reach open rooms within seconds; a minute is
// promised.
const lookEvery = 5 * time.Second

// Directory is a hub.Policy. Its methods may be called from any goroutine.
type Directory struct {
	cfg  Config
	news chan struct{}

	mu      sync.Mutex
	serial  int64
	revoked map[key]time.Time
	waiting []store.Entry
	lost    uint64 // entries that found no place
	trouble error  // why the database did not take or give, nil for nothing
}

// key is something that can be revoked.
type key struct {
	kind    store.RevokedKind
	subject string
}

// New reads what was revoked so far. A relay that can't know it must not start.
func New(ctx context.Context, cfg Config) (*Directory, error) {
	if cfg.Store == nil || cfg.Log == nil {
		return nil, errors.New("directory: Config.Store or Config.Log is missing")
	}
	if cfg.Every == 0 {
		cfg.Every = lookEvery
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	d := &Directory{cfg: cfg, news: make(chan struct{}, 1), revoked: make(map[key]time.Time)}
	if _, err := d.look(ctx); err != nil {
		return nil, fmt.Errorf("directory: what was revoked: %w", err)
	}
	return d, nil
}

// Allow says who opens a room, or why nobody does.
func (d *Directory) Allow(c hub.Claim) (hub.Operator, error) {
	var o hub.Operator
	if len(d.cfg.OperatorIssuers) > 0 {
		if len(c.Operator) == 0 {
			return o, ErrNobody
		}
		facts, err := profile.OpenOperator(c.Operator, d.cfg.OperatorIssuers, c.Device, d.cfg.Now())
		if err != nil {
			return o, fmt.Errorf("directory: %w", err)
		}
		if facts.Licence != c.Licence.Number {
			return o, fmt.Errorf("%w: for another licence", profile.ErrOperator)
		}
		o = hub.Operator{ID: facts.User, Login: facts.Login, Name: facts.Name, Since: time.Unix(facts.NotBefore, 0)}
	}
	if d.Revoked(c, o) {
		return hub.Operator{}, fmt.Errorf("%w: licence %s, user %q", ErrRevoked, c.Licence.Number, o.Login)
	}
	return o, nil
}

// Revoked reports whether the licence, the device or the user was revoked.
func (d *Directory) Revoked(c hub.Claim, o hub.Operator) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.isRevokedLocked(store.RevokedLicence, c.Licence.Number, time.Time{}) ||
		d.isRevokedLocked(store.RevokedDevice, hex.EncodeToString(c.Device), time.Time{}) ||
		d.isRevokedLocked(store.RevokedUser, o.ID, o.Since)
}

// isRevokedLocked reports whether something made at the time made was revoked.
// What was made after a revocation holds: a user who was locked out and let in
// again has new certificates.
func (d *Directory) isRevokedLocked(kind store.RevokedKind, subject string, made time.Time) bool {
	at, ok := d.revoked[key{kind, subject}]
	return ok && !made.After(at)
}

// Health is how a directory stands with its database.
type Health struct {
	// Err is why the database does not answer, nil if it does.
	Err error
	// Waiting is how many entries of the log wait for it, Lost how many found
	// no place to wait.
	Waiting int
	Lost    uint64
}

// Health returns how it is.
func (d *Directory) Health() Health {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Health{d.trouble, len(d.waiting), d.lost}
}
