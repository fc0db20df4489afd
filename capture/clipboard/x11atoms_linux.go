package clipboard

import (
	"fmt"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

// atoms are the names that the X server keeps numbers for.
type atoms struct {
	clipboard, scratch, targets, timestamp, incr xproto.Atom
	utf8, plainUTF8, plain, text                 xproto.Atom
	png                                          xproto.Atom
	// secret is how password managers tell KDE's clipboard to look away; other
	// clipboard managers know it too.
	secret xproto.Atom
}

func intern(conn *x11.Conn) (atoms, error) {
	var a atoms
	for _, n := range []struct {
		to   *xproto.Atom
		name string
	}{
		{&a.clipboard, "CLIPBOARD"},
		{&a.scratch, "LOTSE_CLIPBOARD"},
		{&a.targets, "TARGETS"},
		{&a.timestamp, "TIMESTAMP"},
		{&a.incr, "INCR"},
		{&a.utf8, "UTF8_STRING"},
		{&a.plainUTF8, "text/plain;charset=utf-8"},
		{&a.plain, "text/plain"},
		{&a.text, "TEXT"},
		{&a.png, "image/png"},
		{&a.secret, "x-kde-passwordManagerHint"},
	} {
		reply, err := xproto.InternAtom(conn.Conn, false, uint16(len(n.name)), n.name).Reply()
		if err != nil {
			return atoms{}, fmt.Errorf("name %s: %w", n.name, err)
		}
		*n.to = reply.Atom
	}
	return a, nil
}
