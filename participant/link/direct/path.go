package direct

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lotse/relay/wire"
)

// The times of a path. A silent one is left within 700 ms: silence, the echo's
// way and one look.
const (
	// beatEvery is how often an end says that it is there, ackEvery how often at
	// most what has arrived.
	beatEvery = 100 * time.Millisecond
	ackEvery  = 5 * time.Millisecond
	// lookEvery is how often the other end's silence is looked at.
	lookEvery = 50 * time.Millisecond
	// silence is how long nothing may be heard.
	silence = 500 * time.Millisecond
	// asleep is how late a look may be before our own program was the one that
	// stood still.
	asleep = 4 * lookEvery
	// echoes is how many states of ours are remembered: those of half a second at the
	// shortest.
	echoes = 128
	// maxRecords is how many records a path carries on a lane.
	maxRecords = 1 << 31
)

var (
	errSilent = errors.New("direct: nothing heard")
	errUsedUp = errors.New("direct: used up")
	errNewer  = errors.New("direct: another one took its place")
)

// path is a way past the relay that stands.
type path struct {
	carrier carrier
	news    chan struct{} // something has arrived and is not acknowledged
	ended   chan struct{}
	once    sync.Once
	why     error // set before ended is closed
	up      bool  // peer.mu guards it

	// mu guards the fields below.
	mu       sync.Mutex
	due      [wire.Lanes]uint32
	heard    uint32 // the newest state of the other end, and when it came
	heardAt  time.Time
	said     uint32 // our newest state
	saidAt   [echoes]time.Time
	echoedAt time.Time // when that of ours was said that the other end heard last
	echoed   uint32
	in, out  uint64 // the carrier's last pulse
	trip     time.Duration
}

func (t *path) end(why error) {
	t.once.Do(func() {
		t.why = why
		close(t.ended)
	})
}

// carry uses c as the path to the peer until it ends, and closes it.
func (p *peer) carry(ctx context.Context, c carrier) error {
	now := time.Now()
	t := &path{
		carrier: c, news: make(chan struct{}, 1), ended: make(chan struct{}), heardAt: now, echoedAt: now,
	}
	p.mu.Lock()
	if p.path != nil {
		p.downLocked(p.path, errNewer)
	}
	p.path, p.pace = t, pace{}
	for i := range p.lanes {
		p.lanes[i].next = 0
	}
	p.mu.Unlock()
	var all sync.WaitGroup
	work := func(f func() error) {
		all.Go(func() {
			p.down(t, f())
		})
	}
	for lane := range wire.Lane(wire.Lanes) {
		work(func() error { return p.listen(ctx, t, lane) })
	}
	work(func() error { return p.hear(t) })
	work(c.Other)
	work(func() error { return p.tend(ctx, t) })
	<-t.ended
	c.Close()
	all.Wait()
	p.mu.Lock()
	up := t.up
	p.mu.Unlock()
	if up {
		p.s.later(p.s.cfg.Changed)
	}
	return t.why
}

// tend says how we hear the other end, and notices when it is silent.
func (p *peer) tend(ctx context.Context, t *path) error {
	tick, ack := time.NewTicker(lookEvery), time.NewTimer(0)
	defer tick.Stop()
	defer ack.Stop()
	looked := time.Now()
	soon := true // an ack is on its way
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.ended:
			return t.why
		case <-t.news:
			if !soon {
				soon = true
				ack.Reset(max(ackEvery-time.Since(last), 0))
			}
			continue
		case <-ack.C:
			soon = false
		case <-tick.C:
			now := time.Now()
			awake := now.Sub(looked) < asleep
			looked = now
			t.feel(now)
			if awake && t.silent(now) {
				return errSilent
			}
			if now.Sub(last) < beatEvery {
				continue
			}
		}
		last = time.Now()
		if err := t.carrier.Write(stateChannel, t.say(last).bytes()); err != nil {
			return err
		}
	}
}

// feel looks for signs of life: a line that is full, or loses a lot, delivers
// states late.
func (t *path) feel(now time.Time) {
	in, out := t.carrier.Pulse()
	t.mu.Lock()
	defer t.mu.Unlock()
	if in != t.in {
		t.in, t.heardAt = in, now
	}
	if out != t.out {
		t.out, t.echoedAt = out, now
	}
}

// silent reports whether the other end says nothing, or hears nothing of us.
func (t *path) silent(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Sub(t.heardAt) > silence || now.Sub(t.echoedAt) > silence+beatEvery+t.trip
}

// say makes our next state.
func (t *path) say(now time.Time) state {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said++
	t.saidAt[t.said%echoes] = now
	return state{number: t.said, heard: t.heard, due: t.due}
}

// hear takes the states of the other end.
func (p *peer) hear(t *path) error {
	buf := make([]byte, maxPacket)
	for {
		n, err := t.carrier.Read(stateChannel, buf)
		if err != nil {
			return err
		}
		s, err := parseState(buf[:n])
		if err != nil {
			return err
		}
		if err := p.heard(t, s, time.Now()); err != nil {
			return err
		}
	}
}

func (p *peer) heard(t *path, s state, now time.Time) error {
	t.mu.Lock()
	if s.heard > t.said {
		t.mu.Unlock()
		return fmt.Errorf("%w: an echo of what nobody said", errRubbish)
	}
	if s.number <= t.heard { // overtaken
		t.mu.Unlock()
		return nil
	}
	t.heard, t.heardAt = s.number, now
	if s.heard > t.echoed {
		t.echoed = s.heard
		if t.said-s.heard < echoes {
			at := t.saidAt[s.heard%echoes]
			t.trip = now.Sub(at)
			if at.After(t.echoedAt) {
				t.echoedAt = at
			}
		}
	}
	t.mu.Unlock()
	if err := p.acknowledged(t, s.due, now); err != nil {
		return err
	}
	if s.heard == 0 {
		return nil
	}
	p.mu.Lock()
	rises := p.path == t && !t.up
	if rises {
		t.up = true
		p.movedLocked()
	}
	p.mu.Unlock()
	if rises {
		p.s.cfg.Log.Debug("direct path is up", "conn", p.conn)
		p.s.later(p.s.cfg.Changed)
	}
	return nil
}

// listen takes the records of a lane.
func (p *peer) listen(ctx context.Context, t *path, lane wire.Lane) error {
	buf := make([]byte, maxPacket)
	in := newInlet(lane)
	for {
		n, err := t.carrier.Read(int(lane), buf)
		if err != nil {
			return err
		}
		got, err := in.put(buf[:n])
		if err != nil {
			return err
		}
		for _, f := range got {
			p.got.Add(uint64(len(f.Payload)))
			f.Channel = p.conn
			if err := p.s.deliver(ctx, p.conn, f, directly); err != nil {
				return err
			}
		}
		t.mu.Lock()
		t.due[lane] = in.due
		t.mu.Unlock()
		if len(got) > 0 {
			select {
			case t.news <- struct{}{}:
			default:
			}
		}
	}
}
