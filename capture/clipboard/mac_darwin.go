package clipboard

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

// appKit is where macOS keeps its pasteboard.
const appKit = "/System/Library/Frameworks/AppKit.framework/AppKit"

// The types of a pasteboard (Apple, NSPasteboardType; nspasteboard.org for
// what password managers and clipboard managers agreed on).
const (
	typeText      = "public.utf8-plain-text"
	typePNG       = "public.png"
	typeConcealed = "org.nspasteboard.ConcealedType"
	typeTransient = "org.nspasteboard.TransientType"
)

// look is the time between two looks at the number of changes: macOS tells
// nobody, and half a second is faster than a person goes to the other window.
const look = time.Second / 2

// macSystem asks NSPasteboard. A picture that was copied as TIFF only is not
// seen. It was type-checked and not yet run on a Mac.
type macSystem struct {
	gone chan struct{}

	mu     sync.Mutex // guards the fields below and the pasteboard
	board  objc.ID
	seen   int64 // number of the change that is no news
	ours   int64 // number of the change that we made, or -1
	closed bool
}

func open() (system, error) {
	if _, err := purego.Dlopen(appKit, purego.RTLD_LAZY|purego.RTLD_GLOBAL); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	s := &macSystem{gone: make(chan struct{}), ours: -1}
	defer pool()()
	s.board = objc.ID(objc.GetClass("NSPasteboard")).Send(objc.RegisterName("generalPasteboard"))
	if s.board == 0 {
		return nil, fmt.Errorf("%w: no pasteboard", ErrUnsupported)
	}
	s.board.Send(objc.RegisterName("retain"))
	s.seen = s.number()
	return s, nil
}

// pool keeps what macOS hands out until the returned function is called, on
// the same thread.
func pool() (drain func()) {
	runtime.LockOSThread()
	p := objc.ID(objc.GetClass("NSAutoreleasePool")).Send(objc.RegisterName("new"))
	return func() {
		p.Send(objc.RegisterName("drain"))
		runtime.UnlockOSThread()
	}
}

func (s *macSystem) number() int64 {
	return objc.Send[int64](s.board, objc.RegisterName("changeCount"))
}

// next looks again and again whether somebody else changed something.
func (s *macSystem) next(ctx context.Context) (found, error) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.gone:
			return found{}, ErrClosed
		case <-ctx.Done():
			return found{}, ctx.Err()
		}
		if f, ok := s.news(); ok {
			return f, nil
		}
	}
}

// news reads what there is if it is new, and still the same afterwards.
func (s *macSystem) news() (found, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer pool()()
	now := s.number()
	if s.closed || now == s.seen {
		return found{}, false
	}
	s.seen = now
	f, ok := s.read()
	if s.number() != now {
		return found{}, false // the next look sees all of it
	}
	return f, ok
}

func (s *macSystem) read() (found, bool) {
	types := s.types()
	switch {
	case slices.Contains(types, typeConcealed), slices.Contains(types, typeTransient):
		return found{concealed: true}, true
	case slices.Contains(types, typeText):
		data, whole := s.data(typeText, MaxText)
		return found{text: string(data), tooLarge: !whole}, true
	case slices.Contains(types, typePNG):
		data, whole := s.data(typePNG, MaxImage)
		return found{png: data, tooLarge: !whole}, true
	}
	return found{}, false
}

// types lists the first forms of the content.
func (s *macSystem) types() []string {
	const most = 256
	all := s.board.Send(objc.RegisterName("types"))
	if all == 0 {
		return nil
	}
	n := objc.Send[uint64](all, objc.RegisterName("count"))
	var out []string
	for i := range min(n, most) {
		each := all.Send(objc.RegisterName("objectAtIndex:"), i)
		// Send copies the C string.
		out = append(out, strings.Clone(objc.Send[string](each, objc.RegisterName("UTF8String"))))
	}
	return out
}

// data copies one form, or reports that it is longer than limit.
func (s *macSystem) data(kind string, limit int) ([]byte, bool) {
	data := s.board.Send(objc.RegisterName("dataForType:"), text(kind))
	if data == 0 {
		return nil, true
	}
	n := objc.Send[uint64](data, objc.RegisterName("length"))
	if n > uint64(limit) {
		return nil, false
	}
	out := make([]byte, n)
	if n > 0 {
		data.Send(objc.RegisterName("getBytes:length:"), unsafe.Pointer(&out[0]), n) //nolint:gosec // G103: out is as long as it says
	}
	return out, true
}

// text makes an NSString, which the pool frees.
func text(s string) objc.ID {
	return objc.ID(objc.GetClass("NSString")).Send(objc.RegisterName("stringWithUTF8String:"), s)
}

// set fills the pasteboard. The mark keeps it out of clipboard managers.
func (s *macSystem) set(o offer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	defer pool()()
	s.board.Send(objc.RegisterName("clearContents"))
	ok := s.put(typeConcealed, nil)
	if o.png != nil {
		ok = s.put(typePNG, o.png) && ok
	} else {
		ok = s.put(typeText, []byte(o.text)) && ok
	}
	s.seen = s.number()
	s.ours = s.seen
	if !ok {
		return ErrBusy // another program took it meanwhile
	}
	return nil
}

func (s *macSystem) put(kind string, data []byte) bool {
	var at unsafe.Pointer
	if len(data) > 0 {
		at = unsafe.Pointer(&data[0]) //nolint:gosec // G103: data is as long as it says
	}
	object := objc.ID(objc.GetClass("NSData")).Send(objc.RegisterName("dataWithBytes:length:"), at, uint64(len(data)))
	return objc.Send[bool](s.board, objc.RegisterName("setData:forType:"), object, text(kind))
}

func (s *macSystem) close(clear bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.gone)
	defer pool()()
	if clear && s.number() == s.ours {
		s.board.Send(objc.RegisterName("clearContents"))
	}
	s.board.Send(objc.RegisterName("release"))
	return nil
}
