package darwin

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"lotse/packaging/brand"
)

// maxFiles is how many files and folders a bundle may have; ours have 13.
const maxFiles = 64

// MaxBundle is the longest bundle in bytes.
const MaxBundle = allSlices*brand.MaxProgram + 16<<20

const contents = "Contents/"

// folderForm is how a bundle's folder may be called: a profile's ID.
var folderForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}\.app$`)

func folderName(s string) bool { return folderForm.MatchString(s) }

// firstDay is 1 January 1980, the first that a ZIP file can name: day, and
// month from bit 5 on.
const firstDay = 1 | 1<<5

// Zip writes the bundle as a ZIP file. The same bundle gives the same bytes:
// names are sorted, each file has the same day, no owner and no attributes, and all
// of them may be read by everybody.
func (b *Bundle) Zip(w io.Writer) error {
	const folder, readable, runnable = fs.ModeDir | 0o755, fs.FileMode(0o644), fs.FileMode(0o755)
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	modes := make(map[string]fs.FileMode)
	for name := range b.Files {
		whole := b.Name + "/" + contents + name
		modes[whole] = readable
		if strings.HasPrefix(name, programFolder) {
			modes[whole] = runnable
		}
		for dir := path.Dir(whole); dir != "."; dir = path.Dir(dir) {
			modes[dir+"/"] = folder
		}
	}
	for _, name := range slices.Sorted(maps.Keys(modes)) {
		// ModifiedDate alone writes no further field of times.
		head := &zip.FileHeader{Name: name, Method: zip.Deflate, ModifiedDate: firstDay} //nolint:staticcheck // as said
		if modes[name].IsDir() {
			head.Method = zip.Store
		}
		head.SetMode(modes[name])
		f, err := z.CreateHeader(head)
		if err != nil {
			return fmt.Errorf("darwin: ZIP file: %w", err)
		}
		if !modes[name].IsDir() {
			if _, err := f.Write(b.Files[strings.TrimPrefix(name, b.Name+"/"+contents)]); err != nil {
				return fmt.Errorf("darwin: ZIP file: %w", err)
			}
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("darwin: ZIP file: %w", err)
	}
	return nil
}

// Unzip reads a bundle from a ZIP file, ours or one that a Mac made of it. It
// takes plain files in one folder and nothing else: no link, no name twice, no
// way out of the folder, and nothing that another unpacker could read
// otherwise.
func Unzip(file []byte) (*Bundle, error) {
	if len(file) > MaxBundle {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrBundle, len(file), MaxBundle)
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if len(z.File) > maxFiles {
		return nil, fmt.Errorf("%w: %d files", ErrBundle, len(z.File))
	}
	if err := oneReading(file, z.File); err != nil {
		return nil, err
	}
	z.RegisterDecompressor(zip.Deflate, newInflater)
	r := reader{b: &Bundle{Files: make(map[string][]byte)}, left: MaxBundle}
	for _, f := range z.File {
		if err := r.take(f.Name, f.Mode(), f.Open); err != nil {
			return nil, err
		}
	}
	if r.b.Name == "" {
		return nil, fmt.Errorf("%w: nothing in it", ErrBundle)
	}
	return r.b, nil
}

// ReadFolder reads a bundle from a folder of files, in which it is the only
// thing.
func ReadFolder(files fs.FS) (*Bundle, error) {
	r := reader{b: &Bundle{Files: make(map[string][]byte)}, left: MaxBundle}
	seen := 0
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if seen++; seen > maxFiles {
			return fmt.Errorf("%w: more than %d files", ErrBundle, maxFiles)
		}
		if d.IsDir() {
			name += "/"
		}
		return r.take(name, d.Type(), func() (io.ReadCloser, error) { return files.Open(name) })
	})
	if err == nil && r.b.Name == "" {
		err = fmt.Errorf("%w: nothing in it", ErrBundle)
	}
	if err != nil {
		return nil, err
	}
	return r.b, nil
}

// reader collects a bundle's files.
type reader struct {
	b    *Bundle
	left int64
}

// plainName reports whether a name leads into a bundle's folder and nowhere
// else.
func plainName(name string) bool {
	folder, _, _ := strings.Cut(name, "/")
	return folderName(folder) && fs.ValidPath(strings.TrimSuffix(name, "/")) && !strings.Contains(name, `\`)
}

func (r *reader) take(name string, mode fs.FileMode, open func() (io.ReadCloser, error)) error {
	folder, rest, _ := strings.Cut(name, "/")
	if r.b.Name == "" {
		r.b.Name = folder
	}
	dir := strings.HasSuffix(name, "/")
	inside, in := strings.CutPrefix(rest, contents)
	switch {
	case folder != r.b.Name || !plainName(name):
		return fmt.Errorf("%w: %q", ErrBundle, name)
	case dir && mode.Type() == fs.ModeDir && (rest == "" || in):
		return nil
	case dir || !mode.IsRegular() || !in || inside == "":
		return fmt.Errorf("%w: %q is no plain file", ErrBundle, name)
	case r.b.Files[inside] != nil:
		return fmt.Errorf("%w: %q stands there twice", ErrBundle, name)
	}
	return r.read(inside, open)
}

// read takes one file in.
func (r *reader) read(name string, open func() (io.ReadCloser, error)) error {
	f, err := open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBundle, err)
	}
	content, err := io.ReadAll(io.LimitReader(f, r.left+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrBundle, name, err)
	}
	if r.left -= int64(len(content)); r.left < 0 {
		return fmt.Errorf("%w: more than %d bytes", ErrBundle, MaxBundle)
	}
	r.b.Files[name] = content
	return nil
}
