package haul

import (
	"time"

	"lotse/participant/message"
)

const (
	// leastWindow is one piece: something has to move.
	leastWindow = message.MaxClipPiece
	// firstWindow is what is sent before anything is known of the line.
	firstWindow = 2 * message.MaxClipPiece
	// mostWindow stays below what a relay takes from one member for another
	// (wire.BulkWindow), with the seals.
	mostWindow = 16 * message.MaxClipPiece
	// slack is how much longer than the shortest way there and back a piece may
	// take. What waits longer waits in front of somebody's keys, as with the
	// screen's own pacing (screen.md §2).
	slack = 50 * time.Millisecond
)

// window says how many bytes may be under way. It doubles each round trip until
// a piece is slow for the first time, halves then, and grows by a piece each
// round trip from there on: a picture takes what the line has left and builds
// up no queue to speak of (after RFC 5681, with the delay in place of the loss
// as in RFC 6817).
type window struct {
	size  int
	best  time.Duration
	marks []mark
	// hold is up to where the pieces were sent when the window was halved:
	// they say nothing about the new one.
	hold int
	// steady is false until the first slow piece.
	steady bool
}

// mark is when the bytes up to end were sent.
type mark struct {
	end int
	at  time.Time
}

func newWindow() window { return window{size: firstWindow} }

// room reports whether n more bytes may be sent after sent, of which taken have
// arrived.
func (w *window) room(sent, taken, n int) bool { return sent == taken || sent-taken+n <= w.size }

func (w *window) sent(end int, at time.Time) { w.marks = append(w.marks, mark{end, at}) }

// taken hears that everything before end has arrived.
func (w *window) taken(end int, now time.Time) {
	for len(w.marks) > 0 && w.marks[0].end <= end {
		w.measure(w.marks[0], now)
		w.marks = w.marks[1:]
	}
}

func (w *window) measure(m mark, now time.Time) {
	trip := now.Sub(m.at)
	if w.best == 0 || trip < w.best {
		w.best = trip
	}
	switch {
	case trip <= w.best+slack && !w.steady:
		w.size = min(w.size+message.MaxClipPiece, mostWindow)
	case trip <= w.best+slack:
		w.size = min(w.size+message.MaxClipPiece*message.MaxClipPiece/w.size, mostWindow)
	case m.end > w.hold:
		w.size = max(w.size/2, leastWindow)
		w.hold, w.steady = w.marks[len(w.marks)-1].end, true
	}
}
