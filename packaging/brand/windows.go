package brand

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"

	"github.com/tc-hib/winres"

	"lotse/packaging/profile"
	"lotse/packaging/windows"
)

// withResources replaces the template's resources by the organisation's. The
// set is made anew, so that nothing of the template's is left (an older icon
// in another size, a manifest in another language).
func withResources(program []byte, p *profile.Profile) ([]byte, error) {
	if signed, err := winres.IsSignedEXE(bytes.NewReader(program)); err != nil || signed {
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
		}
		return nil, ErrSigned
	}
	r := windows.Resources{Name: p.AppName, File: FileName(p, Windows), Company: p.Organisation, Version: number(profile.Version)}
	var err error
	if r.Icon, err = Logo(p); err != nil {
		return nil, err
	}
	set, err := r.Set()
	if err != nil {
		return nil, fmt.Errorf("brand: %w", err)
	}
	var out bytes.Buffer
	out.Grow(len(program) + len(program)/8)
	if err := set.WriteToEXE(&out, bytes.NewReader(program), winres.ForceCheckSum()); err != nil {
		return nil, fmt.Errorf("brand: resources: %w", err)
	}
	return out.Bytes(), nil
}

// Logo is the profile's picture, or nil where it has none.
func Logo(p *profile.Profile) (image.Image, error) {
	if len(p.Logo) == 0 {
		return nil, nil //nolint:nilnil // no picture is what windows.Resources calls nil too
	}
	img, err := png.Decode(bytes.NewReader(p.Logo))
	if err != nil {
		return nil, fmt.Errorf("brand: logo: %w", err)
	}
	return img, nil
}

// number is a version as Windows has it.
func number(version string) (v [4]uint16) {
	for i, part := range strings.SplitN(version, ".", len(v)) {
		if n, err := strconv.ParseUint(part, 10, 16); err == nil {
			v[i] = uint16(n)
		}
	}
	return v
}
