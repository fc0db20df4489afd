package clipboard

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture/internal/winthread"
)

// Microsoft, "Standard Clipboard Formats" and "Clipboard".
const (
	formatText  = 13 // CF_UNICODETEXT
	formatDIB   = 8  // CF_DIB
	formatDIBV5 = 17 // CF_DIBV5

	messageUpdate = 0x031d      // WM_CLIPBOARDUPDATE
	onlyMessages  = ^uintptr(2) // HWND_MESSAGE, -3: a window that nobody sees
)

// settle is how long a program that copied has the clipboard for itself before
// we look: some copy in two steps, and some fail when another has it open.
const settle = 50 * time.Millisecond

// maxFormats is how many forms of one content are looked at.
const maxFormats = 256

// winSystem has a window that is told of every change. All calls about the
// clipboard come from its thread.
type winSystem struct {
	api    *clipboardAPI
	thread *winthread.Thread
	wake   chan struct{}

	// The thread owns the fields below.
	window    uintptr
	listening bool
	clear     bool   // on the way out
	sequence  uint32 // of the clipboard when we last filled it
}

func open() (system, error) {
	api, err := loadClipboard()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	s := &winSystem{api: api, wake: make(chan struct{}, 1)}
	if s.thread, err = winthread.Start(s.begin, s.hear, s.end); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return s, nil
}

func (s *winSystem) begin() error {
	if err := s.api.register(); err != nil {
		return err
	}
	// A class of the system's own needs no procedure of ours. Its messages
	// are taken from the queue before any procedure would see them.
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return fmt.Errorf("class: %w", err)
	}
	s.window, _, err = s.api.createWindow.Call(0,
		uintptr(unsafe.Pointer(class)), //nolint:gosec // G103: the name ends in a zero
		0, 0, 0, 0, 0, 0, onlyMessages, 0, 0, 0)
	if s.window == 0 {
		return fmt.Errorf("CreateWindowEx: %w", err)
	}
	if ok, _, err := s.api.addListener.Call(s.window); ok == 0 {
		return fmt.Errorf("AddClipboardFormatListener: %w", err)
	}
	s.listening = true
	return nil
}

// hear is told that the clipboard changed, by whom it says itself.
func (s *winSystem) hear(m *winthread.Message) {
	if m.Kind != messageUpdate || s.owned() {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// owned reports whether what lies there is ours.
func (s *winSystem) owned() bool {
	owner, _, _ := s.api.getOwner.Call()
	return owner != 0 && owner == s.window
}

// next waits for a change by somebody else and reads it.
func (s *winSystem) next(ctx context.Context) (found, error) {
	for {
		select {
		case <-s.wake:
		case <-s.thread.Done():
			return found{}, ErrClosed
		case <-ctx.Done():
			return found{}, ctx.Err()
		}
		f, err := s.look(ctx)
		switch {
		case ctx.Err() != nil:
			s.poke()
			return found{}, ctx.Err()
		case err == nil:
			return f, nil
		case errors.Is(err, winthread.ErrEnded):
			return found{}, ErrClosed
		}
		// It is ours by now, or nothing for us, or somebody keeps it open.
	}
}

func (s *winSystem) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// look reads on the thread. The owner may have to make the content first and
// take its time, so an ended ctx does not wait for it.
func (s *winSystem) look(ctx context.Context) (found, error) {
	timer := time.NewTimer(settle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
	out := make(chan found, 1)
	done, err := s.thread.Go(func() error {
		f, err := s.read()
		out <- f
		return err
	})
	if err != nil {
		return found{}, err
	}
	select {
	case err := <-done:
		return <-out, err
	case <-s.thread.Done():
		return found{}, winthread.ErrEnded
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
}

var errNothing = errors.New("nothing to read")

// read takes what there is. Nobody can change it meanwhile.
func (s *winSystem) read() (found, error) {
	closing, err := s.api.open(s.window)
	if err != nil {
		return found{}, err
	}
	defer closing()
	if s.owned() {
		return found{}, errNothing
	}
	formats := s.api.formats()
	if s.api.secret(formats) {
		return found{concealed: true}, nil
	}
	if slices.Contains(formats, formatText) {
		return s.api.text()
	}
	return s.api.picture(formats)
}

// set fills the clipboard. Windows keeps it, also after our end.
func (s *winSystem) set(o offer) error {
	var forms []form
	if o.png != nil {
		forms = []form{{s.api.png, o.png}, {formatDIBV5, o.own}}
	} else {
		forms = []form{{formatText, toWindows(o.text)}}
	}
	no := make([]byte, 4) // a DWORD that is 0
	forms = append(forms, form{s.api.history, no}, form{s.api.cloud, no})
	err := s.thread.Do(func() error { return s.fill(forms) })
	switch {
	case errors.Is(err, winthread.ErrEnded):
		return ErrClosed
	case errors.Is(err, winthread.ErrSlow):
		return ErrBusy
	}
	return err
}

func (s *winSystem) fill(forms []form) error {
	closing, err := s.api.open(s.window)
	if err != nil {
		return err
	}
	defer func() {
		closing()
		s.sequence = s.api.number()
	}()
	if ok, _, err := s.api.empty.Call(); ok == 0 {
		return fmt.Errorf("EmptyClipboard: %w", err)
	}
	for _, f := range forms {
		if err := s.api.put(f); err != nil {
			_, _, _ = s.api.empty.Call() // half a content would be another one
			return err
		}
	}
	return nil
}

func (s *winSystem) close(clear bool) error {
	err := s.thread.Do(func() error {
		s.clear = clear
		return nil
	})
	if errors.Is(err, winthread.ErrEnded) {
		return nil // closed before
	}
	return errors.Join(err, s.thread.Close())
}

// end runs on the thread as it ends.
func (s *winSystem) end() error {
	var errs []error
	if s.clear && s.sequence != 0 && s.owned() && s.api.number() == s.sequence {
		errs = append(errs, s.wipe())
	}
	if s.listening {
		if ok, _, err := s.api.removeListener.Call(s.window); ok == 0 {
			errs = append(errs, fmt.Errorf("RemoveClipboardFormatListener: %w", err))
		}
	}
	if s.window != 0 {
		if ok, _, err := s.api.destroyWindow.Call(s.window); ok == 0 {
			errs = append(errs, fmt.Errorf("DestroyWindow: %w", err))
		}
	}
	return errors.Join(errs...)
}

// wipe empties the clipboard if it is still ours once nobody else can fill it.
func (s *winSystem) wipe() error {
	closing, err := s.api.open(s.window)
	if err != nil {
		return err
	}
	defer closing()
	if !s.owned() {
		return nil
	}
	if ok, _, err := s.api.empty.Call(); ok == 0 {
		return fmt.Errorf("EmptyClipboard: %w", err)
	}
	return nil
}

// ownForm is a picture as programs of Windows paste it.
func ownForm(picture image.Image) []byte { return encodeDIB(picture) }

// toWindows encodes text as Windows has it: UTF-16, lines that end in two
// characters, a zero at the end.
func toWindows(text string) []byte {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	units := utf16.Encode([]rune(text + "\x00"))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// fromWindows decodes such text up to the zero, or reports that there is none.
func fromWindows(data []byte) (string, bool) {
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) >= 2; data = data[2:] {
		u := uint16(data[0]) | uint16(data[1])<<8
		if u == 0 {
			return strings.ReplaceAll(string(utf16.Decode(units)), "\r\n", "\n"), true
		}
		units = append(units, u)
	}
	return strings.ReplaceAll(string(utf16.Decode(units)), "\r\n", "\n"), false
}
