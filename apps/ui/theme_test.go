package ui

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// contrast is the ratio of WCAG 2.2.
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestTextContrastIsAtLeastAA(t *testing.T) {
	const aa = 4.5
	for _, f := range []Fill{FillPrimary, FillAllow, FillDeny, FillStop, FillPlain, FillAmber} {
		if got := contrast(f, onFill); got < aa {
			t.Errorf("white on %06X: got %.2f, want at least %.1f", uint32(f), got, aa)
		}
	}
	for _, look := range []Look{{}, {Primary: 0x0E5A4F, Banner: 0x123B5D}, {Primary: 0x767676, Banner: 0x767676}, {Primary: 1, Banner: 1}} {
		themeCanBeRead(t, look)
	}
}

// themeCanBeRead looks at every colour of words and what is behind them. 767676
// is the lightest grey that a profile may have.
func themeCanBeRead(t *testing.T, look Look) {
	t.Helper()
	const aa = 4.5
	th := NewTheme(look)
	for _, variant := range []fyne.ThemeVariant{theme.VariantLight, theme.VariantDark} {
		for _, ground := range []fyne.ThemeColorName{theme.ColorNameBackground, ColorCard} {
			for _, text := range []fyne.ThemeColorName{
				theme.ColorNameForeground, theme.ColorNameError, theme.ColorNameWarning, theme.ColorNameSuccess,
				theme.ColorNameHyperlink, theme.ColorNamePlaceHolder,
			} {
				if got := contrast(th.Color(ground, variant), th.Color(text, variant)); got < aa {
					t.Errorf("%s on %s in variant %d: got %.2f, want at least %.1f", text, ground, variant, got, aa)
				}
			}
		}
		for _, ground := range []fyne.ThemeColorName{ColorBanner, ColorAction} {
			if got := contrast(th.Color(ground, variant), onFill); got < aa {
				t.Errorf("white on %s in variant %d: got %.2f, want at least %.1f", ground, variant, got, aa)
			}
		}
		if look.Primary != 0 && th.Color(ColorAction, variant) != color.Color(look.Primary) {
			t.Errorf("got %v for the button that leads on, want %06X", th.Color(ColorAction, variant), uint32(look.Primary))
		}
	}
}

func TestButtonFillsDiffer(t *testing.T) {
	seen := map[Fill]bool{}
	for _, f := range []Fill{FillPrimary, FillAllow, FillDeny, FillStop, FillPlain, FillAmber} {
		if seen[f] {
			t.Errorf("%06X is used twice", uint32(f))
		}
		seen[f] = true
	}
}
