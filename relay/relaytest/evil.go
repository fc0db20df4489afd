package relaytest

import (
	"bytes"
	"sync"

	"lotse/relay/hub"
	"lotse/relay/wire"
)

// Trick is what a lying relay does to one frame: it returns what takes the
// frame's place. conn is the connection in its room, 0 in stage 1. A trick is
// called by one goroutine at a time and may keep state; it must not change the
// payload that it is given.
type Trick func(d hub.Direction, conn uint32, f wire.Frame) []wire.Frame

// Evil makes a relay lie. The zero value is honest.
type Evil struct {
	// mu guards the fields below.
	mu    sync.Mutex
	trick Trick
	done  int
}

// Play begins a trick; nil is honest again.
func (e *Evil) Play(t Trick) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.trick, e.done = t, 0
}

// Played returns how many frames the trick has changed, added or withheld.
func (e *Evil) Played() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done
}

func (e *Evil) tap(d hub.Direction, conn uint32, f wire.Frame) []wire.Frame {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.trick == nil {
		return []wire.Frame{f}
	}
	out := e.trick(d, conn, f)
	if len(out) != 1 || out[0].Type != f.Type || out[0].Flags != f.Flags || out[0].Channel != f.Channel ||
		!bytes.Equal(out[0].Payload, f.Payload) {
		e.done++
	}
	return out
}

// Pick chooses the frames that a trick is for.
type Pick func(d hub.Direction, conn uint32, f wire.Frame) bool

// Nth is the n-th frame, from 1, among those that pick chooses.
func Nth(n int, pick Pick) Pick {
	return func(d hub.Direction, conn uint32, f wire.Frame) bool {
		if !pick(d, conn, f) {
			return false
		}
		n--
		return n == 0
	}
}

// To chooses the frames of a type on their way to conn.
func To(conn uint32, t wire.Type) Pick {
	return func(d hub.Direction, c uint32, f wire.Frame) bool { return d == hub.Out && c == conn && f.Type == t }
}

// Drop withholds the chosen frames.
func Drop(p Pick) Trick {
	return with(p, func(wire.Frame) []wire.Frame { return nil })
}

// Double sends the chosen frames twice.
func Double(p Pick) Trick {
	return with(p, func(f wire.Frame) []wire.Frame { return []wire.Frame{f, f} })
}

// Flip changes one bit of the chosen frames' payload, at a place counted from
// its end when at is negative.
func Flip(p Pick, at int) Trick {
	return with(p, func(f wire.Frame) []wire.Frame {
		if len(f.Payload) == 0 {
			return []wire.Frame{f}
		}
		f.Payload = bytes.Clone(f.Payload)
		i := at % len(f.Payload)
		if i < 0 {
			i += len(f.Payload)
		}
		f.Payload[i] ^= 1
		return []wire.Frame{f}
	})
}

// Truncate cuts n bytes off the end of the chosen frames.
func Truncate(p Pick, n int) Trick {
	return with(p, func(f wire.Frame) []wire.Frame {
		f.Payload = f.Payload[:max(len(f.Payload)-n, 0)]
		return []wire.Frame{f}
	})
}

// Swap holds each chosen frame back until the next one has passed.
func Swap(p Pick) Trick {
	var held []wire.Frame
	return with(p, func(f wire.Frame) []wire.Frame {
		if held == nil {
			held = []wire.Frame{f}
			return nil
		}
		out := append([]wire.Frame{f}, held...)
		held = nil
		return out
	})
}

func with(p Pick, do func(wire.Frame) []wire.Frame) Trick {
	return func(d hub.Direction, conn uint32, f wire.Frame) []wire.Frame {
		if !p(d, conn, f) {
			return []wire.Frame{f}
		}
		return do(f)
	}
}
