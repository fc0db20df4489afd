package window

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"lotse/apps/ui"
	"lotse/capture/input"
	"lotse/master"
	"lotse/participant/session"
)

// X11 keycodes.
const (
	scanLeftCtrl = 37
	scanDelete   = 119
)

// steered is a viewer with control, the keyboard in its picture and Ctrl+Del
// held there.
func steered(t *testing.T) (*Window, *Viewer, *room) {
	t.Helper()
	w, _, r := newTestWindow(t)
	w.Update(sharing(session.See | session.Control))
	w.Picture(2)
	v := w.viewers[2]
	v.win.Canvas().Focus(v.screen)
	v.screen.KeyDown(key(scanLeftCtrl))
	v.screen.KeyDown(key(scanDelete))
	r.expect(t, "2 key E0 true", "2 key 4C true")
	return w, v, r
}

func TestEverythingIsLetGoOfOnceKeysGoElsewhere(t *testing.T) {
	for name, do := range map[string]func(*Window, *Viewer){
		"another window in front": func(_ *Window, v *Viewer) { v.screen.FocusLost() },
		"menu of keys":            func(_ *Window, v *Viewer) { v.chooseKeys() },
		"menu of the view":        func(_ *Window, v *Viewer) { v.choose() },
		"form for a note":         func(_ *Window, v *Viewer) { v.askNote(func(string) {}) },
		"viewer closed":           func(w *Window, v *Viewer) { w.act(v.close)() },
		"control taken back":      func(w *Window, _ *Viewer) { w.Update(sharing(session.See)) },
		"stopped": func(w *Window, _ *Viewer) {
			w.Update(open(karl(func(m *master.Member) { m.Sharing, m.Answer = false, session.ReasonStopKey })))
		},
		"a question is open": func(w *Window, _ *Viewer) {
			w.Update(open(karl(func(m *master.Member) {
				m.Grants, m.Sharing, m.Asked = session.See|session.Control, true, session.FilesIn
			})))
		},
		"connection lost": func(w *Window, _ *Viewer) {
			s := sharing(session.See | session.Control)
			s.Phase = master.Lost
			w.Update(s)
		},
		"customer gone": func(w *Window, _ *Viewer) {
			w.Update(open(karl(func(m *master.Member) { m.Gone = session.ReasonLeft })))
		},
		"customer forgotten": func(w *Window, _ *Viewer) { w.Update(open()) },
		"session over":       func(w *Window, _ *Viewer) { w.Update(master.State{Phase: master.Ended}) },
		"out with right Ctrl": func(_ *Window, v *Viewer) {
			v.screen.KeyUp(key(scanDelete))
			v.screen.OnLeave()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, v, r := steered(t)
			do(w, v)
			want := []string{"2 release"}
			if name == "out with right Ctrl" {
				want = []string{"2 key 4C false", "2 release"}
			}
			r.expect(t, want...)
			v.screen.TypedKey(key(scanDelete)) // the key is still down here
			r.expect(t)
		})
	}
}

// press is a key that goes where the keyboard is.
func press(v *Viewer, names ...fyne.KeyName) {
	for _, n := range names {
		v.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func TestKeysAreSentFromTheMenuWithTheKeyboard(t *testing.T) {
	_, v, r := steered(t)
	v.screen.OnLeave()
	if got := v.win.Canvas().Focused(); got != fyne.Focusable(v.keys) {
		t.Fatalf("got the keyboard at %T, want it at the button of the keys", got)
	}
	press(v, fyne.KeySpace)
	press(v, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	r.expect(t, "2 release", "2 key E2 true", "2 key 2B true", "2 key 2B false", "2 key E2 false")
	if got := v.win.Canvas().Focused(); got != fyne.Focusable(v.screen) {
		t.Errorf("got the keyboard at %T afterwards, want it in the picture", got)
	}
}

func TestAMenuThatWasOpenTooLongSendsNothing(t *testing.T) {
	w, v, r := steered(t)
	v.chooseKeys()
	w.Update(sharing(session.See))
	r.sent = nil
	press(v, fyne.KeyDown, fyne.KeyReturn)
	r.expect(t)
	if got := v.win.Canvas().Focused(); got == fyne.Focusable(v.screen) {
		t.Error("got the keyboard in a picture without control")
	}
}

// taker says what was taken.
type taker struct{ r *room }

func (k taker) Take() bool { k.r.add("take"); return true }
func (k taker) Give()      { k.r.add("give") }

func TestSystemKeysGoThereForTheRestOfTheProgram(t *testing.T) {
	w, v, r := steered(t)
	w.grabber = func(fyne.Window, *ui.ScreenView, func(func())) ui.Grabber { return taker{r} }
	w.grab(true)
	r.expect(t, "take")
	said := func(title, note string) {
		t.Helper()
		if got, want := []string{v.win.Title(), v.note.Text}, []string{title, note}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	said("Screen of Karl – all keys go there, right Ctrl or Ctrl+Alt+Home takes them back", "Right Ctrl takes the keys back")
	v.screen.OnLeave()
	r.expect(t, "2 release", "give")
	said("Screen of Karl", "Click into the picture to type there")
	w.Update(open(karl(func(m *master.Member) { m.ID, m.Grants, m.Sharing = 3, session.See|session.Control, true })))
	other := w.viewers[3]
	r.sent = nil
	other.win.Canvas().Focus(other.screen)
	r.expect(t, "take")
	w.grab(false)
	r.expect(t, "give")
}

func TestLockKeysAreTheSameWhileKeysGoThere(t *testing.T) {
	w, _, r := newTestWindow(t)
	w.locks = func() (input.LockState, error) { return input.CapsLock | input.NumLock, nil }
	w.Update(sharing(session.See | session.Control))
	w.Picture(2)
	v := w.viewers[2]
	v.win.Canvas().Focus(v.screen)
	r.expect(t, "2 locks 011")
	w.Update(sharing(session.See))
	w.Update(sharing(session.See | session.Control))
	r.expect(t, "2 release", "2 locks 011")
}
