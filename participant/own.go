package participant

import (
	"context"
	"sync"
)

// Own are the program's own windows, by the numbers that the system gives them:
// an X11 window or a Windows HWND.
type Own struct {
	// Main is the window that asks questions, 0 for one whose number is not
	// known. It counts only if Known; a program without a window has none.
	Main  uint32
	Known bool
	// Private are windows in which the person chooses what may be seen.
	Private []uint32
}

// Own names the program's own windows. While Main asks something, and always
// those that are Private, are not to be read in a picture.
func (m *Member) Own(w Own) {
	m.own.Store(&w)
	m.do(func(ctx context.Context, r *run) { r.settle(ctx) })
}

// hideQuestions keeps the program's windows out of pictures until the returned
// function is called, which waits for it.
func (r *run) hideQuestions(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { r.veil.run(ctx, r.sharing.scene.redo) })
	return func() {
		cancel()
		all.Wait()
	}
}
