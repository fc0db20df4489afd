package ui

import (
	"image/color"

	"fyne.io/fyne/v2"

	"lotse/packaging/profile"
)

// Look is what an organisation's windows have of their own; the zero Look is
// ours. The colours of yes, no, STOP and of warnings are nobody's to choose.
type Look struct {
	// Primary is the button that leads on, Banner the band at a window's top.
	// White text on either can be read; packaging/profile sees to that.
	Primary, Banner Fill
	// Logo is a square picture.
	Logo fyne.Resource
}

// LookOf returns the look of a profile.
func LookOf(p *profile.Profile) Look {
	l := Look{Primary: Fill(p.Colours.Primary), Banner: Fill(p.Colours.Banner)}
	if len(p.Logo) > 0 {
		l.Logo = fyne.NewStaticResource("logo.png", p.Logo)
	}
	return l
}

// Icon returns the picture of the windows.
func (l Look) Icon() fyne.Resource {
	if l.Logo != nil {
		return l.Logo
	}
	return Icon()
}

// IconOf returns the picture that start.New gave to an application.
func IconOf(a fyne.App) fyne.Resource {
	if icon := a.Icon(); icon != nil {
		return icon
	}
	return Icon()
}

// veil is f that what lies below shines through.
func veil(f Fill, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(f >> 16), G: uint8(f >> 8), B: uint8(f), A: alpha}
}
