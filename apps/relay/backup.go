package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lotse/relay/store"
)

// backedUp are the key files of a state folder, where they are there.
func backedUp() []string { return []string{currentFile, nextFile, licenceIssuer, operatorIssuer} }

// backup copies a state folder while the relay may run: the database as it is
// at one moment, and the keys.
func backup(ctx context.Context, args []string, s std) (err error) {
	flags, state := flagsOf("backup")
	out := flags.String("out", "", "folder of the copy; it must not be there yet")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	if *out == "" {
		return &usageError{"backup: -out is missing"}
	}
	if os.Getenv(databaseVariable) != "" {
		return errors.New("backup: a PostgreSQL database is saved with pg_dump, the keys by copying the state folder")
	}
	if err := os.Mkdir(*out, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, undo(err, *out)) }()
	if err := copyKeys(*state, *out); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		if err := db.CopyTo(ctx, filepath.Join(*out, databaseFile)); err != nil {
			return err
		}
		return write(s.out, "Saved to "+*out+". It holds private keys: keep it as you keep the relay.\n")
	})
}

// restore makes a state folder of a copy. It checks the copy first.
func restore(ctx context.Context, args []string, s std) (err error) {
	flags, state := flagsOf("restore")
	from := flags.String("from", "", "folder that backup made")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	if *from == "" {
		return &usageError{"restore: -from is missing"}
	}
	if _, err := loadKeys(*from); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Mkdir(*state, 0o700); err != nil {
		return fmt.Errorf("restore: the state folder must not be there yet: %w", err)
	}
	defer func() { err = errors.Join(err, undo(err, *state)) }()
	if err := errors.Join(copyKeys(*from, *state), copyFile(filepath.Join(*from, databaseFile), filepath.Join(*state, databaseFile))); err != nil {
		return err
	}
	return with(ctx, *state, func(db *store.Store) error {
		entries := int64(0)
		err := eachEntry(ctx, db, func(string, store.Entry) error { return nil }, func(_ string, n int64, _ [32]byte) error {
			entries += n
			return nil
		})
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		return write(s.out, fmt.Sprintf("Restored to %s; %d entries of the log, all signed.\n", *state, entries))
	})
}

// undo takes away a folder that was made for what then failed, so that it can
// be tried again.
func undo(failed error, folder string) error {
	if failed == nil {
		return nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	return nil
}

func copyKeys(from, to string) error {
	for _, name := range backedUp() {
		if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	f, err := os.Open(from) //nolint:gosec // the operator names the folder
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return create(to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err //nolint:wrapcheck // create says what for
	})
}
