package screen

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

// sckWindow looks at one window: what lies above it is not in its stream.
type sckWindow struct {
	*sckGrabber
	kit     *kit
	id      uint32
	pid     int64 // a number may be given out again
	last    image.Rectangle
	gone    bool // the window is not to be seen now
	stream  *stream
	current held
}

// sckWindowSource adds to a polled source where input would land.
type sckWindowSource struct {
	*polled
	*reachAX
	window *sckWindow
}

func openSCKWindow(t Target) (Source, error) {
	q, err := loadQuartz()
	if err != nil {
		return nil, err
	}
	if err := q.permit(); err != nil {
		return nil, err
	}
	k, err := loadKit(q)
	if err != nil {
		return nil, err
	}
	found := q.windowsNow(includingWindow, t.ID)
	if len(found) == 0 || found[0].id != t.ID {
		return nil, ErrWindowClosed
	}
	reach, err := newReachAX(q, t.ID, found[0].pid)
	if err != nil {
		return nil, err
	}
	w := &sckWindow{sckGrabber: &sckGrabber{quartz: q, pointer: newSCKPointer(q, k)}, kit: k, id: t.ID, pid: found[0].pid}
	p, err := newPolled(w, t)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &sckWindowSource{polled: p, reachAX: reach, window: w}, nil
}

// Next waits for a change. What a person has ended stays ended.
func (s *sckWindowSource) Next(ctx context.Context) (*capture.Frame, error) {
	frame, err := s.polled.Next(ctx)
	if err != nil && s.window.stopped != nil {
		return nil, s.window.stopped
	}
	return frame, err
}

// Close gives everything back to the system. Nothing is reached from then on.
func (s *sckWindowSource) Close() error {
	s.closed.Store(true)
	return s.polled.Close()
}

func (*sckWindow) name() string { return "screencapturekit-window" }

// place follows the window.
func (w *sckWindow) place() (image.Rectangle, error) {
	if w.stopped != nil {
		return image.Rectangle{}, w.stopped
	}
	found := w.windowsNow(includingWindow, w.id)
	if len(found) == 0 || found[0].id != w.id || found[0].pid != w.pid {
		return image.Rectangle{}, ErrWindowClosed
	}
	r := found[0].bounds
	w.gone = !found[0].shown || r.Empty()
	if !w.gone || w.last.Empty() && !r.Empty() {
		w.last = r
	}
	if w.last.Empty() {
		w.last = image.Rectangle{Min: r.Min, Max: r.Min.Add(image.Pt(1, 1))}
	}
	return w.last, nil
}

// state is that of the window, too.
func (w *sckWindow) state() capture.State {
	if s := w.sckGrabber.state(); s != capture.Live {
		return s
	}
	if w.gone {
		return capture.Hidden
	}
	return capture.Live
}

// firstPicture is how long a new stream may take to bring its first picture.
const firstPicture = time.Second

// grab copies the newest picture of the window: r is all of it.
func (w *sckWindow) grab(dst []byte, stride int, r image.Rectangle) error {
	if w.stream == nil || w.stream.size != r.Size() {
		w.end()
		if err := w.begin(r.Size()); err != nil {
			return w.heed(err)
		}
	}
	if w.current == nil {
		timer := time.NewTimer(firstPicture)
		defer timer.Stop()
		select {
		case <-w.stream.news:
		case <-timer.C:
		}
	}
	t, err := w.stream.take()
	if err != nil {
		w.end()
		return w.heed(err)
	}
	if t.picture != nil {
		if w.current != nil {
			w.current.release()
		}
		w.current = t.picture
	}
	if w.current == nil {
		return errNoPicture
	}
	return w.current.look(r.Size(), func(p lent) {
		copyRows(dst, stride, image.Point{}, p.data, p.stride, image.Point{}, image.Rectangle{Max: r.Size()})
	})
}

// begin starts a stream of the window.
func (w *sckWindow) begin(size image.Point) error {
	defer pool()()
	content, err := w.kit.content()
	if err != nil {
		return err
	}
	defer drop(content)
	window := find(content, "windows", "windowID", w.id)
	if window == 0 {
		return fmt.Errorf("%w: %d is not shareable", ErrWindowClosed, w.id)
	}
	filter := class("SCContentFilter").Send(objc.RegisterName("alloc")).Send(
		objc.RegisterName("initWithDesktopIndependentWindow:"), window)
	defer drop(filter)
	w.stream, err = w.kit.start(filter, size, cgRect{})
	return err
}

// end stops the stream.
func (w *sckWindow) end() {
	if w.current != nil {
		w.current.release()
	}
	if w.stream != nil {
		w.stream.close()
	}
	w.current, w.stream = nil, nil
}

func (w *sckWindow) close() error {
	w.end()
	return w.sckGrabber.close()
}
