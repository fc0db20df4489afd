package update

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lotse/packaging/profile"
	"lotse/packaging/release"
)

// disk is what a replacement does to the folder.
type disk struct {
	create func(folder, pattern string) (file, error)
	rename func(from, to string) error
}

// file is a new file that is being written.
type file interface {
	io.WriteCloser
	Name() string
	Chmod(mode fs.FileMode) error
	Sync() error
}

func (d disk) withDefaults() disk {
	if d.create == nil {
		d.create = func(folder, pattern string) (file, error) { return os.CreateTemp(folder, pattern) }
	}
	if d.rename == nil {
		d.rename = os.Rename
	}
	return d
}

// freshEnd is how the names of new programs end that lie beside this one.
const freshEnd = ".new"

// freshStart is how they begin; between the two stands what nobody can know
// before.
func freshStart(target string) string { return "." + filepath.Base(target) + "." }

// aside is where the old program of Windows lies while it still runs.
func aside(target string) string {
	return filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+".old")
}

// replace puts the program in this one's place. The new file is written beside
// it, read back and looked at there, and renamed.
func (c Config) replace(ctx context.Context, f release.File, program []byte, next *profile.Profile, now func()) error {
	fresh, err := c.write(program)
	if err != nil {
		return err
	}
	if err := c.prove(fresh, f, next); err != nil {
		return errors.Join(err, remove(fresh))
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), remove(fresh))
	}
	now()
	err = c.swap(fresh)
	if err != nil && !errors.Is(err, ErrGone) {
		err = errors.Join(err, remove(fresh))
	}
	return err
}

// write writes the program to a file of its own beside the old one, to the disk,
// and returns the file's name.
func (c Config) write(program []byte) (string, error) {
	was, err := os.Stat(c.Target)
	if err != nil {
		return "", missing(err)
	}
	f, err := c.disk.create(filepath.Dir(c.Target), freshStart(c.Target)+"*"+freshEnd)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPlace, err)
	}
	_, err = f.Write(program)
	if err = errors.Join(err, f.Chmod(was.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("%w: %w", ErrPlace, err), remove(f.Name()))
	}
	return f.Name(), nil
}

// prove looks at what lies on the disk: is it what was checked, and do both
// profiles, ours and its own, name who signed it?
func (c Config) prove(fresh string, f release.File, next *profile.Profile) error {
	program, err := readFile(fresh)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPlace, err)
	}
	if err := f.Check(bytes.NewReader(program)); err != nil {
		return fmt.Errorf("%w: the disk has something else: %w", ErrPlace, err)
	}
	for _, p := range []*profile.Profile{c.Profile, next} {
		if err := c.Publisher(fresh, p); err != nil {
			return fmt.Errorf("%w: by profile %d: %w", ErrPublisher, p.Serial, err)
		}
	}
	return nil
}

// swap gives the new file the program's name. Windows does not let the file of a
// program that runs be written over, but renamed: there the old one goes out of
// the way first, and back if the new one can't follow it.
func (c Config) swap(fresh string) error {
	if c.System != "windows" {
		if err := c.disk.rename(fresh, c.Target); err != nil {
			return fmt.Errorf("%w: %w", ErrPlace, err)
		}
		return nil
	}
	old := aside(c.Target)
	if err := c.disk.rename(c.Target, old); err != nil {
		return fmt.Errorf("%w: %w", ErrPlace, err)
	}
	if err := c.disk.rename(fresh, c.Target); err != nil {
		if back := c.disk.rename(old, c.Target); back != nil {
			return fmt.Errorf("%w: %w", ErrGone, errors.Join(err, back))
		}
		return fmt.Errorf("%w: %w", ErrPlace, err)
	}
	if remove(old) != nil {
		hide(old) // Tidy takes it away
	}
	return nil
}

// missing is what is said about a program that can't be read.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return fmt.Errorf("%w: %w", ErrPlace, err)
}

// readFile reads a program.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name) //nolint:gosec // this program, or the one to follow it
	if err != nil {
		return nil, fmt.Errorf("update: %w", err)
	}
	b, err := readAtMost(f, maxProgram)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("update: %w", err)
	}
	return b, nil
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

// Tidy removes what an update left beside a program: Windows does not let go of a
// program's file while it runs, so the old one lies there, hidden, until the new
// one has started; and an update that was cut off leaves what it had written.
// An empty target is this program.
func Tidy(target string) (err error) {
	if target == "" {
		if target, err = os.Executable(); err != nil {
			return fmt.Errorf("update: %w", err)
		}
	}
	errs := []error{remove(aside(target))}
	folder := filepath.Dir(target)
	entries, err := os.ReadDir(folder)
	if err != nil {
		errs = append(errs, fmt.Errorf("update: %w", err))
	}
	for _, e := range entries {
		drawn, ours := strings.CutPrefix(e.Name(), freshStart(target))
		drawn, whole := strings.CutSuffix(drawn, freshEnd)
		if ours && whole && drawn != "" && strings.Trim(drawn, "0123456789") == "" {
			errs = append(errs, remove(filepath.Join(folder, e.Name())))
		}
	}
	return errors.Join(errs...)
}
