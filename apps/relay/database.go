package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lotse/crypto/note"
	"lotse/crypto/secret"
	"lotse/relay/store"
)

const (
	// databaseFile is the SQLite database in the state folder.
	databaseFile = "relay.db"
	// databaseVariable names a PostgreSQL database instead; its URL may hold a
	// password, so it is no argument.
	databaseVariable = "LOTSE_RELAY_DATABASE"
	// licenceIssuer and operatorIssuer are the files of the keys that sign
	// licences and operator certificates.
	licenceIssuer  = "licence-issuer.key"
	operatorIssuer = "operator-issuer.key"
)

// open opens the database of a state folder, or the one that the environment
// names.
func openDatabase(ctx context.Context, state string) (*store.Store, error) {
	where := os.Getenv(databaseVariable)
	if where == "" {
		if err := os.MkdirAll(state, 0o700); err != nil {
			return nil, fmt.Errorf("state folder: %w", err)
		}
		where = filepath.Join(state, databaseFile)
	}
	db, err := store.Open(ctx, where)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return db, nil
}

// with runs do with the database of the state folder.
func with(ctx context.Context, state string, do func(*store.Store) error) error {
	db, err := openDatabase(ctx, state)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// flagsOf makes the flags of a command that works on the database.
func flagsOf(name string) (flags *flag.FlagSet, state *string) {
	flags = flag.NewFlagSet(name, flag.ContinueOnError)
	return flags, flags.String("state", defaultState, "folder of the relay's keys and database")
}

// issuer is a key that signs documents.
type issuer struct {
	signer   secret.Text
	verifier string
}

// readIssuer reads an issuer's key, or returns an error that is fs.ErrNotExist.
func readIssuer(state, file string) (issuer, error) {
	key, err := readSeed(filepath.Join(state, file))
	if err != nil {
		return issuer{}, err
	}
	signer, verifier, err := note.KeyFromSeed("lotse-"+file[:len(file)-len(".key")], key)
	if err != nil {
		return issuer{}, fmt.Errorf("key file: %w", err)
	}
	return issuer{signer, verifier}, nil
}

// openIssuer reads an issuer's key and draws it where there is none yet.
func openIssuer(state, file string) (issuer, error) {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return issuer{}, fmt.Errorf("state folder: %w", err)
	}
	if err := drawKey(filepath.Join(state, file)); err != nil && !errors.Is(err, os.ErrExist) {
		return issuer{}, err
	}
	return readIssuer(state, file)
}

// trusted returns the verifiers of the issuers whose keys lie in the state
// folder.
func trusted(state, file string) ([]string, error) {
	i, err := readIssuer(state, file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []string{i.verifier}, nil
}

// create makes a file that must not be there yet and that only its owner may
// read.
func create(name string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil { // a full disk: half a key would keep the next start from drawing one
			err = errors.Join(err, os.Remove(name)) //nolint:gosec // G703: what we have just made
		}
	}()
	if err := write(f); err != nil {
		return fmt.Errorf("file %s: %w", name, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("file %s: %w", name, err)
	}
	return nil
}
