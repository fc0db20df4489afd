package input

import (
	"testing"

	"github.com/jezek/xgb/xproto"
)

func TestWatchdogLetsGoWhenTheProgramIsKilled(t *testing.T) {
	d := newDesktop(t)
	crash(t, d.env, func() int {
		p, err := xproto.QueryPointer(d.conn, d.root).Reply()
		if err != nil {
			t.Fatal(err)
		}
		n := len(d.pressed(t))
		if p.Mask&xproto.ButtonMask1 != 0 {
			n++
		}
		return n
	})
}
