// Package store is what a relay has to keep: licences, users, what was revoked,
// and the participation log. It is not on the path of a running session: when
// the database is gone, sessions go on and what can't be written is said.
//
// SQLite in a file is the default, PostgreSQL is for several relays. The
// queries (queries/, made into Go by sqlc) and the migrations are the same for
// both, and so are the tests.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"lotse/relay/store/internal/query"
)

var (
	// ErrNotFound says that there is no such licence, user or entry.
	ErrNotFound = errors.New("store: not found")
	// ErrExists says that there is one already.
	ErrExists = errors.New("store: exists already")
	// ErrFull says that the disk of the database is full. Nothing was written.
	ErrFull = errors.New("store: the disk is full")
	// ErrGone says that the database does not answer.
	ErrGone = errors.New("store: the database does not answer")
	// ErrInvalid says that a value can't be kept.
	ErrInvalid = errors.New("store: invalid value")
)

//go:embed migrations/*.sql
var migrations embed.FS

// openTime is how long opening may take, migrations included: a PostgreSQL
// that was started a moment ago needs some seconds.
const openTime = 30 * time.Second

// maxConns is how many connections a relay holds to the database.
const maxConns = 8

// Store is an open database. Its methods may be called from any goroutine.
type Store struct {
	db *sql.DB
	q  *query.Queries
	// postgres says that it is PostgreSQL and not SQLite.
	postgres bool
	// file is SQLite's, and opened what it was then.
	file   string
	opened os.FileInfo
}

// Open opens the database and brings its tables up to date. Where is the name
// of a file, made if it is not there, or a URL that begins with postgres://.
func Open(ctx context.Context, where string) (*Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	s := &Store{postgres: strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")}
	driver, name, dialect := "sqlite", sqliteName(where), goose.DialectSQLite3
	if s.postgres {
		driver, name, dialect = "pgx", where, goose.DialectPostgres
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", hide(err, where))
	}
	db.SetMaxOpenConns(maxConns)
	s.db, s.q = db, query.New(db)
	if err := s.migrate(ctx, dialect); err != nil {
		return nil, errors.Join(hide(err, where), db.Close())
	}
	if !s.postgres {
		s.file = where
		if s.opened, err = os.Stat(where); err != nil {
			return nil, errors.Join(fmt.Errorf("store: open: %w", err), db.Close())
		}
	}
	return s, nil
}

// there says whether SQLite's file is still the one that was opened: SQLite
// itself goes on writing into one that nobody will find any more.
func (s *Store) there() error {
	if s.postgres {
		return nil
	}
	now, err := os.Stat(s.file)
	switch {
	case err != nil:
		return fmt.Errorf("%w: its file was taken away: %w", ErrGone, err)
	case !os.SameFile(now, s.opened):
		return fmt.Errorf("%w: %s is another file than the one that was opened; start again to use it", ErrGone, s.file)
	}
	return nil
}

// sqliteName is a file as the driver wants it: readers beside one writer, each
// commit on the disk before it counts, waiting instead of failing while
// another process writes.
func sqliteName(file string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(ON)"},
		"_txlock": {"immediate"},
	}.Encode()}
	return u.String()
}

func (s *Store) migrate(ctx context.Context, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	var options []goose.ProviderOption
	if s.postgres { // relays that start together take turns
		locker, err := sessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, s.db, files, options...)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: bring the tables up to date: %w", told(err))
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return errors.Join(s.there(), told(s.db.PingContext(ctx)))
}

// Kind names the database: SQLite or PostgreSQL.
func (s *Store) Kind() string {
	if s.postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// tries is how often a transaction is tried that others disturbed.
const tries = 10

// atomically does f in one transaction, again when another one came between.
func (s *Store) atomically(ctx context.Context, f func(*query.Queries) error) error {
	var err error
	for range tries {
		if err = s.once(ctx, f); !disturbed(err) {
			return err
		}
	}
	return err
}

func (s *Store) once(ctx context.Context, f func(*query.Queries) error) error {
	if err := s.there(); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return told(err)
	}
	if err := f(s.q.WithTx(tx)); err != nil {
		return errors.Join(told(err), tx.Rollback())
	}
	return told(tx.Commit())
}

// disturbed reports whether a transaction failed because of another one.
func disturbed(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01" || pg.Code == pgUnique
	}
	return false
}

// pgUnique is PostgreSQL's code for a key that is there already.
const pgUnique = "23505"

// told gives an error of a driver its kind.
func told(err error) error {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &lite):
		return fmt.Errorf("%w: %w", kindLite(lite), err)
	case errors.As(err, &pg):
		return fmt.Errorf("%w: %w", kindPG(pg), err)
	case errors.As(err, &connect), pgconn.SafeToRetry(err), pgconn.Timeout(err), errors.Is(err, sql.ErrConnDone):
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return fmt.Errorf("store: %w", err)
}

var errOther = errors.New("store: database")

func kindLite(err *sqlite.Error) error {
	if code := err.Code(); code == lib.SQLITE_CONSTRAINT_PRIMARYKEY || code == lib.SQLITE_CONSTRAINT_UNIQUE {
		return ErrExists
	}
	switch err.Code() & 0xff { // the rest is detail
	case lib.SQLITE_FULL:
		return ErrFull
	case lib.SQLITE_CANTOPEN, lib.SQLITE_IOERR, lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT, lib.SQLITE_BUSY, lib.SQLITE_READONLY:
		return ErrGone
	}
	return errOther
}

// kindPG tells the classes of PostgreSQL's manual, appendix A, apart.
func kindPG(err *pgconn.PgError) error {
	switch {
	case err.Code == pgUnique:
		return ErrExists
	case err.Code == "53100":
		return ErrFull
	case strings.HasPrefix(err.Code, "08"), strings.HasPrefix(err.Code, "57"), strings.HasPrefix(err.Code, "53"):
		return ErrGone
	}
	return errOther
}

// hide takes a password out of an error that quotes the address.
func hide(err error, where string) error {
	u, parsed := url.Parse(where)
	if parsed != nil || u.User == nil {
		return err
	}
	password, set := u.User.Password()
	if !set || password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "[redacted]"))
}

// millis is a time as it is kept; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// CopyTo writes the database, as it is at one moment, into a new file; others
// may write meanwhile. It works for SQLite only.
func (s *Store) CopyTo(ctx context.Context, file string) error {
	if s.postgres {
		return fmt.Errorf("%w: PostgreSQL is copied with pg_dump", ErrInvalid)
	}
	if _, err := s.db.ExecContext(ctx, "VACUUM INTO ?", file); err != nil {
		return fmt.Errorf("store: copy: %w", told(err))
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return fmt.Errorf("store: copy: %w", err)
	}
	return nil
}
