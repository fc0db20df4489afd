// Package release is the signed list of an organisation's current programs:
// which files there are, how long they are and what they hash to, how new a
// program must be, and until when the list itself is believed. It downloads
// and starts nothing.
package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	ournote "lotse/crypto/note"
	"lotse/packaging/profile"
)

const (
	// kind is the kind of note that a list is.
	kind = "releases"
	// schema is the version of the list's form.
	schema = 1
	// maxFiles is how many files a list may have.
	maxFiles = 64
	// maxSize is the longest file in bytes.
	maxSize = 1 << 30
)

var (
	// ErrList says that a document is no list of releases, or that nobody
	// trusted signed it.
	ErrList = errors.New("release: no valid list")
	// ErrOver says that a list's time is over: whoever shows it may hold back a
	// newer one.
	ErrOver = errors.New("release: the list's time is over")
	// ErrOlder says that a list is older than one that was seen before.
	ErrOlder = errors.New("release: an older list than before")
	// ErrFile says that a file is not the one in the list.
	ErrFile = errors.New("release: not the file in the list")
)

// File is one program in the list.
type File struct {
	Name    string `json:"name"`
	System  string `json:"system"`
	Edition string `json:"edition"`
	// Variant tells programs of one system and edition apart (Variant, below);
	// a program is replaced by one of its own alone.
	Variant string `json:"variant,omitempty"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
}

// List is what the document says. The JSON form is what is signed.
type List struct {
	Schema int `json:"schema"`
	// Serial counts the lists up from 1.
	Serial uint32 `json:"serial"`
	// Expires is the last moment at which the list is believed.
	Expires time.Time `json:"expires"`
	// Version is that of the files; Minimum is the oldest program that may go
	// on being used.
	Version string `json:"version"`
	Minimum string `json:"minimum"`
	Files   []File `json:"files"`
}

// NoGL is the variant without OpenGL: Windows' own windows, and no toolkit.
const NoGL = "nogl"

// Variant is that of a program which was built with the settings: NoGL, or
// empty for the one with OpenGL.
func Variant(settings []debug.BuildSetting) string {
	for _, s := range settings {
		if s.Key == "-tags" && slices.Contains(strings.Split(s.Value, ","), NoGL) {
			return NoGL
		}
	}
	return ""
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$`)
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (l List) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrList}, args...)...)
	}
	switch {
	case l.Schema != schema:
		return bad("schema %d", l.Schema)
	case l.Serial == 0 || l.Expires.IsZero():
		return bad("serial or expiry is missing")
	case len(l.Files) == 0 || len(l.Files) > maxFiles:
		return bad("%d files, want 1 to %d", len(l.Files), maxFiles)
	}
	if older, err := profile.Older(l.Version, l.Minimum); older || err != nil {
		return bad("the oldest program allowed, %q, is no version or newer than the list's, %q", l.Minimum, l.Version)
	}
	seen := make(map[string]bool)
	kinds := make(map[[3]string]string)
	for _, f := range l.Files {
		if seen[f.Name] || !f.valid() {
			return bad("file %q", f.Name)
		}
		kind := [...]string{f.System, f.Edition, f.Variant}
		if other, ok := kinds[kind]; ok {
			return bad("%q and %q are for the same system, edition and variant: which would a program be replaced by?", other, f.Name)
		}
		seen[f.Name], kinds[kind] = true, f.Name
	}
	return nil
}

func (f File) valid() bool {
	return nameForm.MatchString(f.Name) && hashForm.MatchString(f.SHA256) && f.Size > 0 && f.Size <= maxSize && f.System != "" && f.Edition != "" &&
		(f.Variant == "" || f.Variant == NoGL)
}

// Sign checks the list and signs it with each signer's key.
func Sign(l List, signers ...note.Signer) ([]byte, error) {
	l.Schema = schema
	if err := l.check(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	out, err := ournote.SignWith(kind, text, signers...)
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	return out, nil
}

// Open reads a list that one of the keys signed and that is believed at the
// time now. A list with a serial below seen, the highest one known, is an old
// one played back.
func Open(data []byte, keys []string, now time.Time, seen uint32) (List, error) {
	text, _, err := ournote.Open(kind, data, keys)
	if err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	var l List
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	// One list has one form, so nothing can hide beside it.
	if again, err := json.Marshal(l); err != nil || !bytes.Equal(again, text) {
		return List{}, fmt.Errorf("%w: not in the one form that is signed", ErrList)
	}
	switch err := l.check(); {
	case err != nil:
		return List{}, err
	case now.After(l.Expires):
		return List{}, fmt.Errorf("%w: since %s", ErrOver, l.Expires.Format(time.DateTime))
	case l.Serial < seen:
		return List{}, fmt.Errorf("%w: serial %d, seen %d", ErrOlder, l.Serial, seen)
	}
	return l, nil
}

// TooOld reports whether a program of the version must not go on being used.
// What has no version is too old.
func (l List) TooOld(version string) bool {
	older, err := profile.Older(version, l.Minimum)
	return err != nil || older
}

// Check reads a file to its end and compares it with the list's. It reads no
// more than one byte beyond the size.
func (f File) Check(r io.Reader) error {
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, f.Size+1))
	if err != nil {
		return fmt.Errorf("release: read %s: %w", f.Name, err)
	}
	if n != f.Size || hex.EncodeToString(h.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%w: %s", ErrFile, f.Name)
	}
	return nil
}
