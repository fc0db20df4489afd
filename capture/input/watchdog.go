package input

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
)

// ReleaseArgument is the one argument with which a program becomes its own
// watchdog: it then does nothing but ReleaseOnEOF on its standard input.
const ReleaseArgument = "-release-keys"

// ErrWatchdog says that the watchdog is gone: what is pressed now might stay
// pressed.
var ErrWatchdog = errors.New("input: the watchdog is gone")

// mark is what the watchdog is told: something is about to be pressed, or was
// let go of. Layout: u8 kind · u16 key or button.
type mark struct {
	kind byte
	what uint16
}

// markSize is the size of a mark in bytes.
const markSize = 3

// the kinds of marks.
const (
	markKeyDown    byte = 1
	markKeyUp      byte = 2
	markButtonDown byte = 3
	markButtonUp   byte = 4
	markDone       byte = 5 // everything was let go of in order
)

// maxMarks is how much a watchdog believes to be held at once: every key and
// button there is. A system keeps keys pressed after the program that pressed
// them has died, so the watchdog is a process of its own.
const maxMarks = 256 + 8

// OpenWatched opens the system's injector and starts this program once more,
// to let go of everything should this process die.
func OpenWatched() (Injector, error) {
	inj, err := Open()
	if err != nil {
		return nil, err
	}
	dog, err := startWatchdog()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrWatchdog, err), inj.Close())
	}
	return &watched{Injector: inj, dog: dog}, nil
}

// watchdog is the other process.
type watchdog struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func startWatchdog() (*watchdog, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, ReleaseArgument) //nolint:gosec,noctx // ourselves, and it has to outlive us
	detach(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &watchdog{cmd: cmd, in: in}, nil
}

// tell writes one mark.
func (d *watchdog) tell(m mark) error {
	b := binary.BigEndian.AppendUint16([]byte{m.kind}, m.what)
	if _, err := d.in.Write(b); err != nil {
		return fmt.Errorf("%w: %w", ErrWatchdog, err)
	}
	return nil
}

// close lets the other process go.
func (d *watchdog) close() error {
	return errors.Join(d.tell(mark{kind: markDone}), d.in.Close(), d.cmd.Wait())
}

// watched tells the watchdog of what is pressed: before it is, and after it
// was let go of, so that the watchdog never knows too little. Guard's lock
// stands before it.
type watched struct {
	Injector

	dog  *watchdog
	once sync.Once
}

// Key presses or releases a physical key.
func (w *watched) Key(u Usage, down bool) error {
	if !down {
		return after(w.Injector.Key(u, false), w.dog, mark{markKeyUp, uint16(u)})
	}
	if err := w.dog.tell(mark{markKeyDown, uint16(u)}); err != nil {
		return err
	}
	return w.Injector.Key(u, true)
}

// Button presses or releases a mouse button.
func (w *watched) Button(b Button, down bool) error {
	if !down {
		return after(w.Injector.Button(b, false), w.dog, mark{markButtonUp, uint16(b)})
	}
	if err := w.dog.tell(mark{markButtonDown, uint16(b)}); err != nil {
		return err
	}
	return w.Injector.Button(b, true)
}

// after tells of a release that worked. A watchdog that is gone hinders no
// release.
func after(err error, dog *watchdog, m mark) error {
	if err == nil {
		_ = dog.tell(m) // the next press will say so
	}
	return err
}

// Close gives everything back to the system and lets the watchdog go.
func (w *watched) Close() error {
	var err error
	w.once.Do(func() { err = errors.Join(w.dog.close(), w.Injector.Close()) })
	return err
}

// ReleaseOnEOF is the watchdog's life: it listens to r and, when the other end
// is gone without a word, opens an injector and lets go of what was held.
func ReleaseOnEOF(r io.Reader, open func() (Injector, error)) error {
	held, done := listen(r)
	if done || len(held) == 0 {
		return nil
	}
	inj, err := open()
	if err != nil {
		return fmt.Errorf("input: watchdog: %w", err)
	}
	for _, m := range slices.Backward(held) {
		if m.kind == markKeyDown {
			err = errors.Join(err, inj.Key(Usage(m.what), false))
		} else {
			err = errors.Join(err, inj.Button(Button(m.what), false))
		}
	}
	return errors.Join(err, inj.Close())
}

// listen returns what is held when r ends, in the order of pressing, and
// whether the other end said that all is done. A mark that can't be ends it
// too.
func listen(r io.Reader) (held []mark, done bool) {
	var b [markSize]byte
	for {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return held, false
		}
		m := mark{b[0], binary.BigEndian.Uint16(b[1:])}
		switch m.kind {
		case markKeyDown, markButtonDown:
			if len(held) >= maxMarks {
				return held, false
			}
			if !slices.Contains(held, m) {
				held = append(held, m)
			}
		case markKeyUp, markButtonUp:
			down := mark{m.kind - 1, m.what}
			held = slices.DeleteFunc(held, func(h mark) bool { return h == down })
		case markDone:
			return nil, true
		default:
			return held, false
		}
	}
}
