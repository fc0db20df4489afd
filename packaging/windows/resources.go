// Package windows makes the resources that a Windows program carries: icon,
// version information and manifest. It writes bytes; it starts no program and
// asks for no rights: the manifest always says asInvoker.
package windows

import (
	"errors"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"

	"lotse/packaging/icon"
)

// ErrResources says that a field of Resources can't stand in a program.
var ErrResources = errors.New("windows: resources")

// maxText is the longest text in bytes that the version information takes: 64
// characters, as a profile has them, of any script. Explorer cuts what is
// longer than its column.
const maxText = 256

// english is the language the texts are filed under (LCID 0x409); Windows
// shows it when it has none of its own language.
const english = 0x409

// Resources is what the "Details" page of a program shows. All texts are
// needed.
type Resources struct {
	// Name is the program's name, such as "Lotse Master".
	Name string
	// File is the file's name, such as "lotse-master.exe".
	File string
	// Company is who hands the program out.
	Company string
	// Version is major, minor, patch, build.
	Version [4]uint16
	// Icon is the organisation's picture, which is scaled to every size that
	// Windows asks for. Nil is the flag.
	Icon image.Image
}

// ParseVersion reads major.minor.patch.build.
func ParseVersion(s string) (v [4]uint16, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != len(v) {
		return v, fmt.Errorf("%w: version %q is not major.minor.patch.build", ErrResources, s)
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return v, fmt.Errorf("%w: version %q: %w", ErrResources, s, err)
		}
		v[i] = uint16(n)
	}
	return v, nil
}

// WriteObject writes the resources as a COFF object for 64-bit Windows, to be
// stored as "rsrc_windows_amd64.syso" beside the program's main.go, where go
// build links it. The same values give the same bytes.
func (r Resources) WriteObject(w io.Writer) error {
	set, err := r.Set()
	if err != nil {
		return err
	}
	if err := set.WriteObject(w, winres.ArchAMD64); err != nil {
		return fmt.Errorf("windows: write object: %w", err)
	}
	return nil
}

// Set returns a fresh resource set. Nothing of an older one is kept, so that
// a program that is branded twice has no orphans.
func (r Resources) Set() (*winres.ResourceSet, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	set := &winres.ResourceSet{}
	if err := r.setIcon(set); err != nil {
		return nil, err
	}
	info, err := r.info()
	if err != nil {
		return nil, err
	}
	set.SetVersionInfo(*info)
	set.SetManifest(r.manifest())
	return set, nil
}

func (r Resources) check() error {
	for _, f := range []struct{ name, text string }{{"Name", r.Name}, {"File", r.File}, {"Company", r.Company}} {
		if f.text == "" || len(f.text) > maxText {
			return fmt.Errorf("%w: %s has %d bytes, want 1 to %d", ErrResources, f.name, len(f.text), maxText)
		}
		for _, c := range f.text {
			if !unicode.IsPrint(c) {
				return fmt.Errorf("%w: %s holds a character that can't be shown", ErrResources, f.name)
			}
		}
	}
	return nil
}

// setIcon files the picture under the name that GLFW looks for; as the only
// icon it is also the one Explorer shows.
func (r Resources) setIcon(set *winres.ResourceSet) error {
	group, err := r.icon()
	if err != nil {
		return fmt.Errorf("windows: icon: %w", err)
	}
	if err := set.SetIcon(winres.Name("GLFW_ICON"), group); err != nil {
		return fmt.Errorf("windows: icon: %w", err)
	}
	return nil
}

func (r Resources) icon() (*winres.Icon, error) {
	sizes := icon.Sizes()
	if r.Icon != nil {
		return winres.NewIconFromResizedImage(r.Icon, sizes) //nolint:wrapcheck // setIcon says what for
	}
	pictures := make([]image.Image, 0, len(sizes))
	for _, size := range sizes {
		pictures = append(pictures, icon.Draw(size))
	}
	return winres.NewIconFromImages(pictures) //nolint:wrapcheck // setIcon says what for
}

// info leaves the time stamp at zero: two builds of one source are identical.
func (r Resources) info() (*version.Info, error) {
	v := r.Version
	text := fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3])
	info := &version.Info{FileVersion: v, ProductVersion: v, Type: version.App}
	for _, f := range []struct{ key, text string }{
		{version.ProductName, r.Name},
		{version.FileDescription, r.Name},
		{version.CompanyName, r.Company},
		{version.OriginalFilename, r.File},
		{version.InternalName, r.File},
		{version.FileVersion, text},
		{version.ProductVersion, text},
	} {
		if err := info.Set(english, f.key, f.text); err != nil {
			return nil, fmt.Errorf("windows: version information: %w", err)
		}
	}
	return info, nil
}

// manifest asks for the caller's own rights, sharp windows on every monitor,
// paths beyond 260 characters and the current look of system dialogs.
func (r Resources) manifest() winres.AppManifest {
	return winres.AppManifest{
		Description:         r.Name,
		Compatibility:       winres.Win10AndAbove,
		ExecutionLevel:      winres.AsInvoker,
		DPIAwareness:        winres.DPIPerMonitorV2,
		LongPathAware:       true,
		UseCommonControlsV6: true,
	}
}
