package screen

import (
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/ebitengine/purego/objc"
)

// errEnded says that macOS ended a stream and not why.
var errEnded = errors.New("the stream ended")

// stream is an SCStream: what macOS draws comes to its reel.
type stream struct {
	*kit
	*reel
	id, listener, queue objc.ID
	size                image.Point
}

// The values of SCFrameStatus that matter.
const (
	frameComplete = 0
	frameStopped  = 5
)

// maxNamed is how many dirty rectangles of one picture are read.
const maxNamed = 1024

// start begins a stream of what filter holds. close ends it.
func (k *kit) start(filter objc.ID, size image.Point, part cgRect) (*stream, error) {
	s := &stream{kit: k, reel: newReel(), size: size}
	s.listener = k.listen(func(_ objc.Block, sample, why objc.ID) { s.hear(sample, why) })
	s.queue = k.newQueue("lotse.screen", 0)
	s.id = class("SCStream").Send(objc.RegisterName("alloc")).Send(
		objc.RegisterName("initWithFilter:configuration:delegate:"), filter, k.configuration(size, part), s.listener)
	if s.id == 0 || s.queue == 0 {
		s.free()
		return nil, fmt.Errorf("%w: no stream", ErrUnsupported)
	}
	var why objc.ID
	ok := objc.Send[bool](s.id, objc.RegisterName("addStreamOutput:type:sampleHandlerQueue:error:"), s.listener, int64(0), s.queue, &why)
	if !ok {
		err := failure(why)
		s.free()
		return nil, fmt.Errorf("add an output: %w", err)
	}
	err := k.done(answerTime, func(b objc.Block) { s.id.Send(objc.RegisterName("startCaptureWithCompletionHandler:"), b) })
	if err != nil {
		s.free()
		return nil, fmt.Errorf("start: %w", err)
	}
	return s, nil
}

// hear is called by macOS, on threads of its own.
func (s *stream) hear(sample, why objc.ID) {
	if sample == 0 {
		err := failure(why)
		if err == nil {
			err = errEnded
		}
		s.end(fmt.Errorf("stopped: %w", err))
		return
	}
	var about objc.ID
	each(s.attachments(sample, false), 1, func(a objc.ID) { about = a })
	switch state, known := s.number(about); {
	case known && state == frameStopped:
		s.end(errEnded)
		return
	case known && state != frameComplete:
		return // there is no new picture
	}
	image := s.image(sample)
	if image == 0 {
		return
	}
	named, known := s.named(about)
	s.put(buffer{s.kit, s.retain(image)}, damaged(named, s.size), known)
}

// number reads the state of a picture.
func (s *stream) number(about objc.ID) (int64, bool) {
	if about == 0 || s.status == 0 {
		return 0, false
	}
	n := about.Send(objc.RegisterName("objectForKey:"), s.status)
	if n == 0 {
		return 0, false
	}
	return objc.Send[int64](n, objc.RegisterName("integerValue")), true
}

// named reads the dirty rectangles of a picture, or reports that not all of
// them are known.
func (s *stream) named(about objc.ID) ([]cgRect, bool) {
	if about == 0 || s.dirty == 0 {
		return nil, false
	}
	array := about.Send(objc.RegisterName("objectForKey:"), s.dirty)
	if array == 0 || objc.Send[uint64](array, objc.RegisterName("count")) > maxNamed {
		return nil, false
	}
	var out []cgRect
	known, dictionary := true, class("NSDictionary")
	each(array, maxNamed, func(e objc.ID) {
		var r cgRect
		if !objc.Send[bool](e, objc.RegisterName("isKindOfClass:"), dictionary) || !s.rectOf(e, &r) {
			known = false
			return
		}
		out = append(out, r)
	})
	return out, known
}

// stopTime is how long close waits for macOS to stop drawing.
const stopTime = time.Second

// close ends the stream. What comes late is given back by the reel.
func (s *stream) close() {
	defer pool()()
	s.reel.close()
	// Nobody is left to hear that it failed.
	_ = s.done(stopTime, func(b objc.Block) { s.id.Send(objc.RegisterName("stopCaptureWithCompletionHandler:"), b) })
	s.free()
}

// free gives back the objects of a stream that does not run.
func (s *stream) free() {
	s.reel.close()
	for _, o := range []objc.ID{s.id, s.listener, s.queue} {
		if o != 0 {
			drop(o)
		}
	}
}
