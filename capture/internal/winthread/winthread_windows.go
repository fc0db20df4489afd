package winthread

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ErrEnded says that the thread has ended.
var ErrEnded = errors.New("winthread: ended")

// ErrSlow says that the thread is not done yet; what was asked for may still
// happen.
var ErrSlow = errors.New("winthread: no answer")

// patience is how long Do and Close wait: longer than a program may keep the
// clipboard, shorter than a person waits.
const patience = 5 * time.Second

// depth is how many calls wait at the most; the next waits to get in.
const depth = 16

// Message is MSG.
type Message struct {
	// Window is whom it is for; 0 is the thread.
	Window uintptr
	// Kind is the number of the message.
	Kind uint32
	// W and L mean what Kind says.
	W, L uintptr

	_    uint32
	_    [2]int32
	_    uint32
	_, _ uint32 // Windows may write more one day
}

// Messages between us and the thread.
const (
	messageQuit = 0x0012 // WM_QUIT
	messageCall = 0x8000 // WM_APP
)

// Thread is a thread with a message queue and perhaps windows.
type Thread struct {
	api   *user32
	calls chan func()
	done  chan struct{}
	err   error // why it ended; read it after done
	id    uint32
}

type user32 struct {
	getMessage, peekMessage, postThreadMessage, dispatchMessage *windows.LazyProc
}

func loadUser32() (*user32, error) {
	dll := windows.NewLazySystemDLL("user32.dll")
	u := &user32{
		getMessage: dll.NewProc("GetMessageW"), peekMessage: dll.NewProc("PeekMessageW"),
		postThreadMessage: dll.NewProc("PostThreadMessageW"), dispatchMessage: dll.NewProc("DispatchMessageW"),
	}
	for _, p := range []*windows.LazyProc{u.getMessage, u.peekMessage, u.postThreadMessage, u.dispatchMessage} {
		if err := p.Find(); err != nil {
			return nil, fmt.Errorf("winthread: %w", err)
		}
	}
	return u, nil
}

// Start runs open on a new thread and returns once it did. From then on every
// message is shown to hear there before its window gets it. When the thread
// ends it runs closing, also after an error of open.
func Start(open func() error, hear func(*Message), closing func() error) (*Thread, error) {
	api, err := loadUser32()
	if err != nil {
		return nil, err
	}
	t := &Thread{api: api, calls: make(chan func(), depth), done: make(chan struct{})}
	ready := make(chan struct{})
	go t.run(ready, open, hear, closing)
	select {
	case <-ready:
		return t, nil
	case <-t.done:
		return nil, t.err
	}
}

// run never gives the thread back, so that it ends together with its windows.
func (t *Thread) run(ready chan<- struct{}, open func() error, hear func(*Message), closing func() error) {
	runtime.LockOSThread()
	defer close(t.done)
	defer func() { t.err = errors.Join(t.err, closing()) }()
	var m Message
	// A thread has a queue from its first call on; before it messages to it
	// are lost.
	_, _, _ = t.api.peekMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, 0) //nolint:gosec // G103: m is a MSG
	t.id = windows.GetCurrentThreadId()
	if t.err = open(); t.err != nil {
		return
	}
	close(ready)
	t.err = t.messages(&m, hear)
}

func (t *Thread) messages(m *Message, hear func(*Message)) error {
	for {
		got, _, err := t.api.getMessage.Call(uintptr(unsafe.Pointer(m)), 0, 0, 0) //nolint:gosec // G103: m is a MSG
		switch {
		case int32(got) < 0:
			return fmt.Errorf("winthread: GetMessage: %w", err)
		case got == 0:
			return nil
		case m.Window == 0 && m.Kind == messageCall:
			t.carryOut()
			continue
		}
		hear(m)
		_, _, _ = t.api.dispatchMessage.Call(uintptr(unsafe.Pointer(m))) //nolint:gosec // G103: m is a MSG
	}
}

func (t *Thread) carryOut() {
	for {
		select {
		case call := <-t.calls:
			call()
		default:
			return
		}
	}
}

// Done is closed when the thread has ended.
func (t *Thread) Done() <-chan struct{} { return t.done }

// Go has f run on the thread and returns where its error will be. The channel
// stays silent when the thread ends first; see Done.
func (t *Thread) Go(f func() error) (<-chan error, error) {
	out := make(chan error, 1)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t.calls <- func() { out <- f() }:
	case <-t.done:
		return nil, ErrEnded
	case <-timer.C:
		return nil, ErrSlow
	}
	if ok, _, err := t.api.postThreadMessage.Call(uintptr(t.id), messageCall, 0, 0); ok == 0 {
		return nil, fmt.Errorf("%w: PostThreadMessage: %w", ErrEnded, err)
	}
	return out, nil
}

// Do runs f on the thread and returns its error, or ErrSlow.
func (t *Thread) Do(f func() error) error {
	out, err := t.Go(f)
	if err != nil {
		return err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-out:
		return err
	case <-t.done:
		return ErrEnded
	case <-timer.C:
		return ErrSlow
	}
}

// Close ends the thread and returns why it ended.
func (t *Thread) Close() error {
	_, _, _ = t.api.postThreadMessage.Call(uintptr(t.id), messageQuit, 0, 0)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-t.done:
		return t.err
	case <-timer.C:
		return ErrSlow
	}
}
