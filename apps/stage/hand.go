//go:build linux

package stage

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"time"

	"github.com/jezek/xgb/xproto"
)

// The request of the XTEST extension that is used here (X Test Extension
// Protocol 2.2, XTestFakeInput), by hand: what xgb has for it writes to tables
// that every connection reads.
const (
	fakeInput     = 2
	fakeInputSize = 36

	keyPress, keyRelease       = 2, 3
	buttonPress, buttonRelease = 4, 5
	motion                     = 6

	leftButton = 1
)

// F11 is the code of that key on Xvfb's keyboard.
const F11 = 95

// Tap presses a key and lets it go, and returns the moment before: the
// system can't have told anybody earlier.
func (d *Display) Tap(code byte) (time.Time, error) { return d.strike(keyPress, keyRelease, code) }

// hoverTime is how long the mouse rests on a thing before a person clicks.
const hoverTime = 150 * time.Millisecond

// Strike moves the mouse there, presses its left button and lets it go. It
// returns the moment before the press: the system can't have told anybody
// earlier.
func (d *Display) Strike(ctx context.Context, at image.Point) (time.Time, error) {
	if err := d.fake(motion, 0, at); err != nil {
		return time.Time{}, err
	}
	select {
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case <-time.After(hoverTime):
	}
	return d.strike(buttonPress, buttonRelease, leftButton)
}

func (d *Display) strike(down, up, detail byte) (time.Time, error) {
	began := time.Now()
	if err := d.fake(down, detail, image.Point{}); err != nil {
		return began, err
	}
	return began, d.fake(up, detail, image.Point{})
}

// fake has the server believe in a key or a mouse, and waits until it does.
func (d *Display) fake(kind, detail byte, at image.Point) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "XTEST"
	extension, err := xproto.QueryExtension(d.conn, uint16(len(name)), name).Reply()
	if err != nil || !extension.Present {
		return fmt.Errorf("stage: no XTEST on %s: %w", d.Name, err)
	}
	b := make([]byte, fakeInputSize)
	b[0], b[1] = extension.MajorOpcode, fakeInput
	binary.LittleEndian.PutUint16(b[2:], fakeInputSize/4)
	b[4], b[5] = kind, detail
	root := xproto.Setup(d.conn).DefaultScreen(d.conn).Root
	binary.LittleEndian.PutUint32(b[12:], uint32(root))
	binary.LittleEndian.PutUint16(b[24:], uint16(at.X))
	binary.LittleEndian.PutUint16(b[26:], uint16(at.Y))
	cookie := d.conn.NewCookie(true, false)
	d.conn.NewRequest(b, cookie)
	if err := cookie.Check(); err != nil {
		return fmt.Errorf("stage: fake input on %s: %w", d.Name, err)
	}
	return nil
}
