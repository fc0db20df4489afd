package dial

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"lotse/relay/wire"
)

// Times of a link that another relay would replace: a hung one is noticed in
// about a second (relay.md §2). A line whose round trips take long is given more.
const (
	briskPing  = 250 * time.Millisecond
	briskLook  = 50 * time.Millisecond
	briskDead  = 900 * time.Millisecond
	briskTrips = 4
)

// Times of a link beside which another relay answers. Silence is the line's as
// long as that is silent, too: a pulled cable, a tunnel. When it answers what
// was asked after the silence began, it is this relay or the way to it. A lost
// packet is sent again within 250 ms and a round trip (RFC 6298, with the 200 ms
// that systems take at the least), so that one alone does not look like it, and
// two in a row, once in an hour at 1 % loss, cost no more than a move does.
const (
	suspectAfter = 250 * time.Millisecond
	warmDead     = 500 * time.Millisecond
)

// placeTime is how long it may take until a relay has said whether we have a
// place there, however early a silent one is given up later: 10 s until it was
// asked, 15 s in the queue at a door and 10 s at its end (relay/hub). Whoever
// asks waits as long as their context.
const placeTime = 40 * time.Second

// Brisk tries the link often and gives up on it early, for as long as there is
// another relay to go to and somebody would miss this one.
func (c *Client) Brisk(on bool) { c.brisk.Store(on) }

// Beside names the connection to another relay that would take over, so that a
// hung relay is noticed sooner; nil is none.
func (c *Client) Beside(other *Client) { c.beside.Store(other) }

// pings are those that were sent and not answered yet, as times since the
// connection was made, and the newest that was answered.
type pings struct {
	// mu guards the fields below.
	mu       sync.Mutex
	sent     []time.Duration
	answered time.Duration
}

// maxPings is how many pings are remembered: four seconds of them.
const maxPings = 16

// Answers reports whether the relay has answered a ping that was sent at a
// moment or after it. If not it is sent one, unless one is under way that could
// still be answered.
func (c *Client) Answers(since time.Time) bool { return c.answers(since, time.Now()) }

func (c *Client) answers(since, now time.Time) bool {
	c.pings.mu.Lock()
	answered := c.pings.answered >= since.Sub(c.born)
	waits := false
	if n := len(c.pings.sent); n > 0 {
		last := c.born.Add(c.pings.sent[n-1])
		waits = !last.Before(since) && now.Sub(last) < suspectAfter
	}
	c.pings.mu.Unlock()
	if !answered && !waits && c.placed.Load() {
		_ = c.ping(now) // a full lane answers nothing, which is what is reported
	}
	return answered
}

// owes returns for how long the oldest of our pings waits for its answer, 0
// where none does.
func (c *Client) owes() time.Duration {
	c.pings.mu.Lock()
	defer c.pings.mu.Unlock()
	if len(c.pings.sent) == 0 {
		return 0
	}
	return c.age() - c.pings.sent[0]
}

// Doubtful reports whether the relay owes an answer for longer than a lost
// packet explains.
func (c *Client) Doubtful() bool { return c.owes() > max(suspectAfter, briskTrips*c.RTT()) }

// ping sends a ping.
func (c *Client) ping(now time.Time) error {
	sent := now.Sub(c.born)
	c.pings.mu.Lock()
	c.pings.sent = append(c.pings.sent[max(0, len(c.pings.sent)-maxPings+1):], sent)
	c.pings.mu.Unlock()
	_, err := c.out.put(wire.Frame{Type: wire.Ping, Payload: binary.BigEndian.AppendUint64(nil, uint64(sent))})
	return err
}

// answered takes the answer to a ping of ours; others are no answer.
func (c *Client) answered(sent time.Duration) {
	c.pings.mu.Lock()
	defer c.pings.mu.Unlock()
	at := slices.Index(c.pings.sent, sent)
	if at < 0 {
		return
	}
	c.pings.sent = slices.Clone(c.pings.sent[at+1:])
	c.pings.answered = sent
	c.trip.Store(int64(max(c.age()-sent, 1)))
}

// patience returns how often the relay is tried, and after how long without an
// answer it counts as gone.
func (c *Client) patience() (ping, dead time.Duration) {
	if !c.brisk.Load() {
		return c.cfg.Ping, c.cfg.Dead
	}
	return min(c.cfg.Ping, briskPing), min(c.cfg.Dead, max(briskDead, briskTrips*c.RTT()))
}

// watch pings a relay and gives up on one that says nothing: for very long, or
// to our pings.
func (c *Client) watch() error {
	tick := time.NewTicker(min(c.cfg.Ping, briskLook))
	defer tick.Stop()
	var w silence
	for {
		select {
		case <-c.ended:
			return ErrClosed
		case now := <-tick.C:
			if err := w.look(c, now); err != nil {
				return err
			}
		}
	}
}

// silence is what watch knows of a relay that says nothing.
type silence struct {
	last, asked time.Time // the last ping, and the first since the relay spoke
	suspect     time.Time // when the silence began to be one
}

// look pings if it is time for it, and returns why the relay counts as gone.
func (w *silence) look(c *Client, now time.Time) error {
	ping, dead := c.patience()
	heard := c.born.Add(time.Duration(c.pong.Load()))
	if w.asked.Before(heard) {
		w.asked, w.suspect = time.Time{}, time.Time{}
	}
	silent := now.Sub(heard)
	if !c.placed.Load() { // to a ping it would hang up
		if silent > max(c.cfg.Dead, placeTime) {
			return fmt.Errorf("%w: no place within %v", ErrClosed, silent)
		}
		return nil
	}
	if silent > c.cfg.Dead || silent > dead && !w.asked.IsZero() && now.Sub(w.asked) > dead-ping {
		return fmt.Errorf("%w: nothing heard for %v", ErrClosed, silent)
	}
	if c.brisk.Load() && w.alone(c, now) {
		return fmt.Errorf("%w: nothing heard for %v, while another relay answers", ErrClosed, now.Sub(w.asked))
	}
	if now.Sub(w.last) < ping {
		return nil
	}
	w.last = now
	if w.asked.IsZero() {
		w.asked = now
	}
	return c.ping(now)
}

// alone reports whether the relay alone is silent: it owes an answer for
// warmDead or four round trips, and the one beside it has answered what it was
// asked meanwhile.
func (w *silence) alone(c *Client, now time.Time) bool {
	beside := c.beside.Load()
	if beside == nil || w.asked.IsZero() {
		return false
	}
	owes := now.Sub(w.asked)
	if owes < max(suspectAfter, c.RTT()) {
		return false
	}
	if w.suspect.IsZero() {
		w.suspect = now
	}
	return beside.answers(w.suspect, now) && owes > max(warmDead, briskTrips*c.RTT())
}
