package darwin

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"github.com/jackmordaunt/icns/v3"

	"lotse/packaging/icon"
	"lotse/packaging/profile"
)

// iconSide is the side in pixels of our own picture; a logo is at most half as
// large (packaging/profile).
const iconSide = 512

// iconFile is the profile's picture, or our flag, in every size that macOS
// wants and the picture has.
func iconFile(p *profile.Profile) ([]byte, error) {
	var img image.Image = icon.Draw(iconSide)
	if len(p.Logo) > 0 {
		var err error
		if img, err = png.Decode(bytes.NewReader(p.Logo)); err != nil {
			return nil, fmt.Errorf("darwin: logo: %w", err)
		}
	}
	var out bytes.Buffer
	if err := icns.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("darwin: icon: %w", err)
	}
	return out.Bytes(), nil
}
