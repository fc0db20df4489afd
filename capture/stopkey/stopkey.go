// Package stopkey listens for F11 on this computer, whatever else is held and
// whichever window has the focus. It needs no network and no window of ours.
package stopkey

import (
	"errors"
	"time"
)

// ErrUnsupported says that no way to listen works here. Control must not
// start then.
var ErrUnsupported = errors.New("stopkey: no way to listen for the stop key")

// Press is called on the listener's own thread, as soon as the system tells
// of the key, with the time at which it did. It must not block.
type Press func(at time.Time)
