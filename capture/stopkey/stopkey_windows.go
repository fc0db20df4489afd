package stopkey

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// arm listens on Windows in three ways. Hot keys are also heard over windows
// with more rights than ours, but another program can have taken them. The
// hook hears everything else, but Windows drops it without a word when it is
// once too slow. Raw input needs neither, but nothing of it crosses to
// windows with more rights.
func arm(heard func(time.Time)) ([]way, error) {
	api, err := loadUser32()
	if err != nil {
		return nil, err
	}
	var ways []way
	var errs []error
	for _, e := range []ear{&hotKeys{user32: api}, &hook{user32: api}, &rawInput{user32: api}} {
		p, err := newPump(api, e, heard)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.name(), err))
			continue
		}
		ways = append(ways, p)
	}
	return ways, errors.Join(errs...)
}

// ear is what one thread listens with. All its methods but name are called on
// that thread.
type ear interface {
	name() string
	// open starts listening. After an error close is called all the same.
	open() error
	// hears reports whether a message says that F11 went down.
	hears(m *message) bool
	// tick is called once a second.
	tick() error
	close() error
}

// heartbeat is the time between two signs of life in milliseconds.
const heartbeat = 1000

// pump takes the messages of one thread. Its thread answers within a second
// as long as it is alive, for a timer wakes it.
type pump struct {
	*thread
	user32 *user32
	ear    ear
	label  string // what the ear called itself once it was open
	heard  func(time.Time)
	id     uint32 // of the thread, for Windows
}

// newPump returns once e listens.
func newPump(api *user32, e ear, heard func(time.Time)) (*pump, error) {
	p := &pump{thread: newThread(), user32: api, ear: e, heard: heard}
	ready := make(chan struct{})
	go p.run(func() error { return p.listen(ready) })
	select {
	case <-ready:
		return p, nil
	case <-p.done:
		return nil, p.err
	}
}

func (p *pump) listen(ready chan<- struct{}) (err error) {
	var m message
	// A thread has a queue from its first call on; before it messages to it
	// are lost.
	_, _, _ = p.user32.peekMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, 0) //nolint:gosec // G103: m is a MSG
	p.id = windows.GetCurrentThreadId()
	defer func() { err = errors.Join(err, p.ear.close()) }()
	if err := p.ear.open(); err != nil {
		return err
	}
	timer, _, err := p.user32.setTimer.Call(0, 0, heartbeat, 0)
	if timer == 0 {
		return fmt.Errorf("SetTimer: %w", err)
	}
	defer func() { _, _, _ = p.user32.killTimer.Call(0, timer) }()
	p.label = p.ear.name()
	close(ready)
	return p.messages(&m)
}

// messages takes messages until it is told to quit.
func (p *pump) messages(m *message) error {
	for {
		got, _, err := p.user32.getMessage.Call(uintptr(unsafe.Pointer(m)), 0, 0, 0) //nolint:gosec // G103: m is a MSG
		switch {
		case int32(got) < 0:
			return fmt.Errorf("GetMessage: %w", err)
		case got == 0:
			return nil
		}
		p.beat()
		if m.kind == messageTimer {
			if err := p.ear.tick(); err != nil {
				return err
			}
		} else if p.ear.hears(m) {
			p.heard(time.Now())
		}
	}
}

func (p *pump) name() string { return p.label }

func (p *pump) healthy() error { return p.alive() }

func (p *pump) close() error {
	ok, _, err := p.user32.postThreadMessage.Call(uintptr(p.id), messageQuit, 0, 0)
	if ok == 0 && p.ended() == nil {
		return fmt.Errorf("PostThreadMessage: %w", err)
	}
	if err := p.wait(); err != nil {
		return err
	}
	return p.err
}
