package brand

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"github.com/tc-hib/winres"

	"lotse/packaging/profile"
	"lotse/packaging/windows"
)

// withResources replaces the template's resources by the organisation's. The
// set is made anew, so that nothing of the template's is left (an older icon
// in another size, a manifest in another language).
func withResources(program []byte, p *profile.Profile, version string) ([]byte, error) {
	if signed, err := winres.IsSignedEXE(bytes.NewReader(program)); err != nil || signed {
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
		}
		return nil, ErrSigned
	}
	if err := onlyKnown(program); err != nil {
		return nil, err
	}
	set, err := Resources(p, version)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(program) + len(program)/8)
	if err := set.WriteToEXE(&out, bytes.NewReader(program), winres.ForceCheckSum()); err != nil {
		return nil, fmt.Errorf("brand: resources: %w", err)
	}
	return out.Bytes(), nil
}

// Resources are those of a program of the version with the profile: the same
// ones each time.
func Resources(p *profile.Profile, version string) (*winres.ResourceSet, error) {
	r := windows.Resources{Name: p.AppName, File: FileName(p, Windows), Company: p.Organisation}
	var err error
	if r.Version, err = windows.ParseVersion(version + ".0"); err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	if r.Icon, err = logo(p); err != nil {
		return nil, err
	}
	set, err := r.Set()
	if err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	return set, nil
}

// logo is the profile's picture, or nil where it has none.
func logo(p *profile.Profile) (image.Image, error) {
	if len(p.Logo) == 0 {
		return nil, nil //nolint:nilnil // no picture is what windows.Resources calls nil too
	}
	img, err := png.Decode(bytes.NewReader(p.Logo))
	if err != nil {
		return nil, fmt.Errorf("brand: logo: %w", err)
	}
	return img, nil
}
