// Package ui is what the windows of both programs share: how they look, the
// view of another screen and the way from any goroutine to a window.
//
// It does not open a window itself (apps/ui/start does) and it decides
// nothing: presenters do.
package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"lotse/apps/ui/plain"
)

// Fill is a solid colour, 0xRRGGBB. White text on every Fill has a contrast of
// at least 4.5:1 (WCAG 2.2, 1.4.3).
type Fill uint32

// The fills of the buttons. They are the same in light and dark, whether
// hovered or not, so that a button is known by its colour.
const (
	FillPrimary = Fill(plain.Primary)
	FillAllow   = Fill(plain.Allow)
	FillDeny    = Fill(plain.Deny)
	FillPlain   = Fill(plain.Quiet)
	FillStop    = Fill(plain.Stop)
	FillAmber   = Fill(plain.Amber)
)

// RGBA makes a Fill a color.Color.
func (f Fill) RGBA() (r, g, b, a uint32) {
	return color.NRGBA{R: uint8(f >> 16), G: uint8(f >> 8), B: uint8(f), A: 0xff}.RGBA()
}

// onFill is the text on a Fill.
const onFill Fill = 0xFFFFFF

// Names of colours that Fyne has no name for.
const (
	ColorCard   fyne.ThemeColorName = "lotseCard"   // a raised surface
	ColorBanner fyne.ThemeColorName = "lotseBanner" // the band at a window's top
	ColorMuted  fyne.ThemeColorName = "lotseMuted"  // text of less weight
	ColorAction fyne.ThemeColorName = "lotseAction" // a button with FillPrimary
)

// SizeDigits is the size of a number to be read aloud across a desk.
const SizeDigits fyne.ThemeSizeName = "lotseDigits"

// Theme is how Lotse looks: deep blue water, little else, red for STOP only.
type Theme struct {
	fonts fyne.Theme
	paint *palette
}

// palette holds the colours in light and dark.
type palette struct {
	light, dark map[fyne.ThemeColorName]color.Color
}

// NewTheme returns the theme with an organisation's colours; the variant comes
// with each question.
func NewTheme(l Look) Theme {
	p := &palette{lightColours(), darkColours()}
	l.paint(p.light)
	l.paint(p.dark)
	return Theme{fonts: theme.DefaultTheme(), paint: p}
}

// Color returns the colour of a name in light or dark.
func (t Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	table := t.paint.light
	if variant == theme.VariantDark {
		table = t.paint.dark
	}
	if c, ok := table[name]; ok {
		return c
	}
	return t.fonts.Color(name, variant)
}

// paint puts the organisation's colours into a table. As text they are made as
// light or dark as the grounds need.
func (l Look) paint(table map[fyne.ThemeColorName]color.Color) {
	if l.Banner != 0 {
		table[ColorBanner] = l.Banner
	}
	if l.Primary == 0 {
		return
	}
	table[ColorAction] = l.Primary
	ground, isFill := table[theme.ColorNameBackground].(Fill)
	card, isCard := table[ColorCard].(Fill)
	if !isFill || !isCard {
		return
	}
	text := Fill(plain.Readable(plain.Colour(l.Primary), plain.Colour(ground), plain.Colour(card)))
	table[theme.ColorNamePrimary], table[theme.ColorNameHyperlink] = text, text
	table[theme.ColorNameFocus], table[theme.ColorNameSelection] = veil(text, 0x48), veil(text, 0x48)
}

// Font returns Fyne's own fonts, which are part of the program.
func (t Theme) Font(style fyne.TextStyle) fyne.Resource { return t.fonts.Font(style) }

// Icon returns Fyne's own icons.
func (t Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.fonts.Icon(name) }

// Size returns sizes in device independent pixels: text of 15, and room to
// hit things.
func (t Theme) Size(name fyne.ThemeSizeName) float32 {
	sizes := map[fyne.ThemeSizeName]float32{
		theme.SizeNameText:           15,
		theme.SizeNameCaptionText:    13,
		theme.SizeNameSubHeadingText: 18,
		theme.SizeNameHeadingText:    24,
		theme.SizeNamePadding:        6,
		theme.SizeNameInnerPadding:   9,
		theme.SizeNameInputRadius:    8,
		theme.SizeNameInputBorder:    1.5,
		theme.SizeNameScrollBar:      12,
		SizeDigits:                   46,
	}
	if s, ok := sizes[name]; ok {
		return s
	}
	return t.fonts.Size(name)
}

func lightColours() map[fyne.ThemeColorName]color.Color {
	return map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          Fill(0xF3F6FA),
		theme.ColorNameForeground:          Fill(0x10263D),
		theme.ColorNamePlaceHolder:         Fill(0x5B6B7B),
		theme.ColorNameDisabled:            Fill(0x66727F),
		theme.ColorNameInputBackground:     Fill(0xFFFFFF),
		theme.ColorNameInputBorder:         Fill(0x76879A),
		theme.ColorNamePrimary:             FillPrimary,
		theme.ColorNameHyperlink:           FillPrimary,
		theme.ColorNameForegroundOnPrimary: onFill,
		theme.ColorNameFocus:               color.NRGBA{R: 0x0B, G: 0x5C, B: 0xAD, A: 0x40},
		theme.ColorNameSelection:           color.NRGBA{R: 0x0B, G: 0x5C, B: 0xAD, A: 0x40},
		theme.ColorNameHover:               color.NRGBA{R: 0x10, G: 0x26, B: 0x3D, A: 0x14},
		theme.ColorNameSeparator:           Fill(0xD3DCE6),
		theme.ColorNameError:               Fill(0xB00020),
		theme.ColorNameWarning:             FillAmber,
		theme.ColorNameSuccess:             FillAllow,
		theme.ColorNameOverlayBackground:   Fill(0xFFFFFF),
		theme.ColorNameMenuBackground:      Fill(0xFFFFFF),
		ColorCard:                          Fill(0xFFFFFF),
		ColorBanner:                        Fill(0x0A2F55),
		ColorMuted:                         Fill(0x4A5B6C),
		ColorAction:                        FillPrimary,
	}
}

func darkColours() map[fyne.ThemeColorName]color.Color {
	return map[fyne.ThemeColorName]color.Color{
		theme.ColorNameBackground:          Fill(0x0D1925),
		theme.ColorNameForeground:          Fill(0xE8EFF6),
		theme.ColorNamePlaceHolder:         Fill(0x93A4B5),
		theme.ColorNameDisabled:            Fill(0x8796A5),
		theme.ColorNameInputBackground:     Fill(0x0A131C),
		theme.ColorNameInputBorder:         Fill(0x6F8498),
		theme.ColorNamePrimary:             Fill(0x6FB1F2),
		theme.ColorNameHyperlink:           Fill(0x8CC2F7),
		theme.ColorNameForegroundOnPrimary: Fill(0x0D1925),
		theme.ColorNameFocus:               color.NRGBA{R: 0x6F, G: 0xB1, B: 0xF2, A: 0x50},
		theme.ColorNameSelection:           color.NRGBA{R: 0x6F, G: 0xB1, B: 0xF2, A: 0x50},
		theme.ColorNameHover:               color.NRGBA{R: 0xE8, G: 0xEF, B: 0xF6, A: 0x18},
		theme.ColorNameSeparator:           Fill(0x2A3B4D),
		theme.ColorNameError:               Fill(0xFF8A95),
		theme.ColorNameWarning:             Fill(0xF0B65A),
		theme.ColorNameSuccess:             Fill(0x6FD08C),
		theme.ColorNameOverlayBackground:   Fill(0x16283A),
		theme.ColorNameMenuBackground:      Fill(0x16283A),
		ColorCard:                          Fill(0x16283A),
		ColorBanner:                        Fill(0x061B33),
		ColorMuted:                         Fill(0xA9BACB),
		ColorAction:                        FillPrimary,
	}
}

// bigTheme is the theme with larger text, for the one field that matters.
type bigTheme struct{ fyne.Theme }

// BigText returns the application's theme with text of 26, in which a long
// number stays readable.
func BigText() fyne.Theme { return bigTheme{fyne.CurrentApp().Settings().Theme()} }

// Size returns the theme's sizes but for text.
func (t bigTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameText {
		return 26
	}
	return t.Theme.Size(name)
}

// tightTheme is the theme with little room around a line, for long lists.
type tightTheme struct{ fyne.Theme }

// TightRows returns the application's theme with rows of at least 24 (WCAG 2.5.8), so that
// nine rights and their question fit a screen that is 720 high.
func TightRows() fyne.Theme { return tightTheme{fyne.CurrentApp().Settings().Theme()} }

// Size returns the theme's sizes but for the room around text.
func (t tightTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 3
	}
	return t.Theme.Size(name)
}
