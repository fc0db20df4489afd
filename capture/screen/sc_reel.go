package screen

import (
	"image"
	"sync"
)

// held is a picture that the system lends us.
type held interface {
	// look calls f with the pixels, which have to be of size.
	look(size image.Point, f func(lent)) error
	// release gives it back.
	release()
}

// lent is BGRA in rows of stride bytes, while look calls.
type lent struct {
	data   []byte
	stride int
}

// take is what a reel hands over.
type take struct {
	picture held // nil: nothing new
	dirty   []image.Rectangle
	sure    bool // dirty is where it differs from the picture handed over before
}

// reel keeps the newest picture of a stream. The system puts, one goroutine of
// ours takes.
type reel struct {
	news chan struct{} // room for one

	mu     sync.Mutex // guards the fields below
	next   take
	err    error
	closed bool
}

func newReel() *reel { return &reel{news: make(chan struct{}, 1)} }

// put replaces the picture that nobody has taken, and owns p. With sure, dirty
// is where it differs from the one before.
func (r *reel) put(p held, dirty []image.Rectangle, sure bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		p.release()
		return
	}
	if r.next.picture == nil {
		r.next = take{sure: true}
	} else {
		r.next.picture.release()
	}
	r.next.picture = p
	r.next.sure = r.next.sure && sure
	r.next.dirty = merge(append(r.next.dirty, dirty...))
	r.ring()
}

// end says why no more pictures come. The first reason counts.
func (r *reel) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	r.shutLocked()
	r.ring()
}

// ring wakes who waits for news.
func (r *reel) ring() {
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// take hands the newest picture over to the caller, or says why there is none
// any more.
func (r *reel) take() (take, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.next
	r.next = take{}
	return t, r.err
}

// close gives back what nobody took, and from now on whatever comes.
func (r *reel) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shutLocked()
}

func (r *reel) shutLocked() {
	r.closed = true
	if r.next.picture != nil {
		r.next.picture.release()
	}
	r.next = take{}
}
