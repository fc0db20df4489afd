package stopkey

import (
	"fmt"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
)

const pollName = "x11-keymap"

// pollEvery is how often the keyboard is looked at. The shortest taps that
// people make are about 30 ms; one look costs some 50 µs.
const pollEvery = 10 * time.Millisecond

// poll looks at which keys are down (X Window System Protocol, QueryKeymap).
// That is the state of the keyboard itself: nobody's grab hides it.
type poll struct {
	*thread
	conn  *x11.Conn
	heard func(time.Time)
	stop  chan struct{}
	codes []xproto.Keycode // owned by listen once it runs
	keys  []byte           // what was down at the last look; owned by listen
}

func newPoll(heard func(time.Time)) (*poll, error) {
	conn, err := x11.Dial("")
	if err != nil {
		return nil, err
	}
	codes, err := keycodes(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	p := &poll{thread: newThread(), conn: conn, heard: heard, stop: make(chan struct{}), codes: codes}
	go p.run(p.listen)
	return p, nil
}

func (p *poll) listen() error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return nil
		case <-ticker.C:
		}
		if err := p.look(); err != nil {
			return err
		}
		p.beat()
	}
}

// look tells of F11 when it went down since the last time.
func (p *poll) look() error {
	if err := p.follow(); err != nil {
		return err
	}
	reply, err := xproto.QueryKeymap(p.conn.Conn).Reply()
	if err != nil {
		return fmt.Errorf("keymap: %w", err)
	}
	before := p.keys
	p.keys = reply.Keys
	for _, c := range p.codes {
		if isDown(p.keys, c) && !isDown(before, c) {
			p.heard(time.Now())
			break
		}
	}
	return nil
}

// isDown reports whether the bit of a key is set in keys.
func isDown(keys []byte, c xproto.Keycode) bool {
	i := int(c / 8)
	return i < len(keys) && keys[i]&(1<<(c%8)) != 0
}

// follow takes the events that came, which every connection gets, and learns
// which keys a new layout gave F11.
func (p *poll) follow() error {
	changed := false
	for {
		event, failure := p.conn.PollForEvent()
		if event == nil && failure == nil {
			break
		}
		if _, ok := event.(xproto.MappingNotifyEvent); ok {
			changed = true
		}
	}
	if !changed {
		return nil
	}
	codes, err := keycodes(p.conn)
	if err != nil {
		return err
	}
	p.codes = append(p.codes, added(p.codes, codes)...)
	return nil
}

func (p *poll) name() string { return pollName }

func (p *poll) healthy() error { return p.alive() }

func (p *poll) close() error {
	close(p.stop)
	err := p.wait()
	p.conn.Close()
	return err
}
