package start

import (
	"errors"
	"fmt"
	"testing"

	"lotse/apps/ui/words"
	"lotse/packaging/profile"
	"lotse/participant/session"
)

func TestEveryEndIsExplained(t *testing.T) {
	type answer struct {
		text string
		code int
		seen bool
	}
	w := words.In(words.German)
	unbranded := w.Text(words.NoProfile) + "\n" + w.Text(words.NoProfileNext)
	again := "\n" + w.Text(words.ProfileNext)
	for _, c := range []struct {
		err  error
		want answer
	}{
		{profile.ErrNone, answer{unbranded, exitNoProfile, true}},
		{errors.Join(profile.ErrNone, ErrNoWindow), answer{unbranded, exitNoProfile, false}},
		{errors.Join(profile.ErrNone, ErrNoDisplay), answer{unbranded, exitNoProfile, false}},
		{fmt.Errorf("%w: x", profile.ErrDamaged), answer{w.Text(words.ProfileDamaged) + again, exitNoProfile, true}},
		{profile.ErrDocument, answer{w.Text(words.ProfileDamaged) + again, exitNoProfile, true}},
		{profile.ErrGuarded, answer{w.Text(words.ProfileDamaged) + again, exitNoProfile, true}},
		{profile.ErrEdition, answer{w.Text(words.ProfileEdition) + again, exitNoProfile, true}},
		{profile.ErrOver, answer{w.Text(words.ProfileOver) + again, exitNoProfile, true}},
		{errors.Join(profile.ErrTooOld, ErrNoWindow), answer{w.Text(words.ProfileTooOld) + again, exitNoProfile, false}},
		{fmt.Errorf("%w: no answer", ErrNoDisplay), answer{w.Text(words.NoDisplay), exitNoWindow, false}},
		{ErrNoWindow, answer{w.Text(words.NoOpenGL), exitNoWindow, false}},
		{errors.New("else"), answer{w.Reason(words.Customer, session.ReasonInternal).String(), exitFailed, false}},
	} {
		var got answer
		if got.text, got.code, got.seen = explain(w, c.err); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.err, got, c.want)
		}
	}
}
