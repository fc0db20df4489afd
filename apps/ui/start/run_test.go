//go:build cgo && !nogl

package start

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"lotse/apps/ui"
	"lotse/apps/ui/words"
	"lotse/packaging/profile"
)

// shown are the buttons in a window, and its texts.
func shown(w fyne.Window) (buttons []*ui.Button, texts string) {
	for _, o := range test.LaidOutObjects(w.Content()) {
		switch o := o.(type) {
		case *ui.Button:
			buttons = append(buttons, o)
		case *canvas.Text:
			texts += o.Text + "\n"
		case *widget.Label:
			texts += o.Text + "\n"
		}
	}
	return buttons, texts
}

func TestNoticeHoldsThePage(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(ui.NewTheme(ui.Look{}))
	brand := &profile.Profile{AppName: "Musterhafen Hilfe", UpdatePage: page}
	over, tooOld := OutdatedError{profile.ErrOver, brand}, OutdatedError{profile.ErrTooOld, brand}
	for _, lang := range []words.Lang{words.German, words.English} {
		openPage, closeIt := words.Text(lang, words.UpdateOpen), words.Text(lang, words.CloseProgram)
		for name, row := range map[string]struct {
			why     error
			opens   error
			buttons []string
			address bool
		}{
			"over":                {over, nil, []string{openPage, closeIt}, false},
			"too old":             {tooOld, nil, []string{openPage, closeIt}, false},
			"and no browser":      {over, errors.New("none"), []string{openPage, closeIt}, true},
			"over, and no page":   {OutdatedError{profile.ErrOver, &profile.Profile{AppName: brand.AppName}}, nil, []string{closeIt}, false},
			"a template has none": {profile.ErrNone, nil, []string{closeIt}, false},
		} {
			opened := ""
			w := test.NewTempWindow(t, widget.NewLabel(""))
			notice(w, lang, row.why, func(page string) error { opened = page; return row.opens })
			w.Resize(fyne.NewSize(460, 300))
			buttons, _ := shown(w)
			var got []string
			for _, b := range buttons {
				got = append(got, b.Text())
				if b.Text() == openPage {
					test.Tap(b)
				}
			}
			_, texts := shown(w)
			if !slices.Equal(got, row.buttons) || (opened == page) != (len(row.buttons) == 2) {
				t.Errorf("%s: got %q, opened %q, want %q", name, got, opened, row.buttons)
			}
			if whose := !errors.Is(row.why, profile.ErrNone); strings.Contains(texts, brand.AppName) != whose {
				t.Errorf("%s: got %q, want the program's name: %v", name, texts, whose)
			}
			if strings.Contains(texts, page) != row.address {
				t.Errorf("%s: got %q, want the address: %v", name, texts, row.address)
			}
		}
	}
}
