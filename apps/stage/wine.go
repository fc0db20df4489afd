//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Prefix is a Wine prefix of our own: a registry, a drive C and, as soon as a
// program runs in it, a server. A server knows one display, so every display
// needs its own prefix.
type Prefix struct {
	// Dir is what WINEPREFIX holds.
	Dir string

	cache string
}

// ClonePrefix copies a prefix in which nothing runs to a new folder in dir.
// Wine links Documents, Pictures and the like to the home of whoever made the
// prefix; the copy has empty folders instead, so that nothing written there
// escapes Files.
func ClonePrefix(ctx context.Context, from, dir string) (*Prefix, error) {
	to, err := os.MkdirTemp(dir, "wine-")
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	if to, err = filepath.Abs(to); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	p := &Prefix{Dir: filepath.Join(to, "prefix"), cache: filepath.Join(to, "cache")}
	_, err = output(ctx, nil, "cp", "-a", "--reflink=auto", from+"/.", p.Dir)
	if err = errors.Join(err, p.unlink()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(to))
	}
	return p, nil
}

// unlink replaces the links out of the users' folders by empty folders.
func (p *Prefix) unlink() error {
	return filepath.WalkDir(p.users(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	})
}

func (p *Prefix) users() string { return filepath.Join(p.Dir, "drive_c", "users") }

// Env returns the environment of a program in the prefix. What fontconfig and
// Mesa, which are Linux's, want to keep goes beside the prefix. Wine's server
// is found through the temporary folder, so that is the same for all.
func (p *Prefix) Env() []string {
	return []string{
		"WINEPREFIX=" + p.Dir, "WINEDEBUG=-all", "WINEARCH=win64",
		"WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=d", "XDG_CACHE_HOME=" + p.cache, "TMPDIR=" + os.TempDir(),
	}
}

// Program returns how to run a Windows program in the prefix.
func (p *Prefix) Program(title string, command ...string) Program {
	return Program{Command: append([]string{"wine"}, command...), Env: p.Env(), Title: title}
}

// Notepad returns how to open a file of this machine in Wine's editor, which
// takes names that begin with a slash for options.
func (p *Prefix) Notepad(letter string) Program {
	return p.Program(filepath.Base(letter), `C:\windows\system32\notepad.exe`, "Z:"+strings.ReplaceAll(letter, "/", `\`))
}

// Halt ends every program in the prefix and waits until its server has
// written the registry and is gone.
func (p *Prefix) Halt(ctx context.Context) error {
	if _, err := output(ctx, p.Env(), "wineserver", "-k"); err != nil && ctx.Err() != nil {
		return err // without a server it fails, and that is well
	}
	_, err := output(ctx, p.Env(), "wineserver", "-w")
	return err
}

// Remove halts the prefix and deletes it.
func (p *Prefix) Remove(ctx context.Context) error {
	return errors.Join(p.Halt(ctx), os.RemoveAll(filepath.Dir(p.Dir)))
}

// Files returns every file and folder on drive C with its size and time of
// the last change; of a folder only that it is there.
func (p *Prefix) Files() (map[string]string, error) {
	files := map[string]string{}
	root := filepath.Join(p.Dir, "drive_c")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root)
		files[name] = info.Mode().Type().String()
		if !d.IsDir() {
			files[name] = fmt.Sprintf("%d bytes of %s", info.Size(), info.ModTime().UTC().Format("2006-01-02 15:04:05.000000000"))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	return files, nil
}

// Registry returns every value of every key in the registry's files, without
// the keys' time stamps. It is what the last Halt wrote.
func (p *Prefix) Registry() (map[string]string, error) {
	values := map[string]string{}
	for _, name := range []string{"user.reg", "system.reg", "userdef.reg"} {
		text, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, fmt.Errorf("stage: %w", err)
		}
		readRegistry(name, string(text), values)
	}
	return values, nil
}

// readRegistry adds the values in a file such as Wine keeps, by FILE[KEY] and
// FILE[KEY]NAME.
func readRegistry(name, text string, values map[string]string) {
	key := ""
	text = strings.ReplaceAll(text, "\\\n  ", "") // a long value goes on in the next line
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "["):
			end := strings.LastIndexByte(line, ']')
			key = name + line[:end+1]
			values[key] = ""
		case strings.HasPrefix(line, `"`), strings.HasPrefix(line, "@"):
			left, right, _ := strings.Cut(line, "=")
			values[key+left] = right
		}
	}
}

// Changes lists what differs between two lists, as -NAME, +NAME or ~NAME with
// what stands there now, in no order.
func Changes(before, after map[string]string) []string {
	var changes []string
	for name, was := range before {
		switch is, ok := after[name]; {
		case !ok:
			changes = append(changes, "-"+name)
		case is != was:
			changes = append(changes, "~"+name+": "+is)
		}
	}
	for name, is := range after {
		if _, ok := before[name]; !ok {
			changes = append(changes, "+"+name+": "+is)
		}
	}
	return changes
}
