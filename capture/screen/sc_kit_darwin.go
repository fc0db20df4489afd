package screen

import (
	"errors"
	"fmt"
	"image"
	"sync"
	"time"
	"unsafe"

	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

const (
	screenCaptureKit = frameworks + "ScreenCaptureKit.framework/ScreenCaptureKit"
	coreMedia        = frameworks + "CoreMedia.framework/CoreMedia"
	coreVideo        = frameworks + "CoreVideo.framework/CoreVideo"
)

// answerTime is how long macOS may take to answer a question. It has to start
// a service for the first one, which takes about a second.
const answerTime = 5 * time.Second

// errSilent says that macOS did not answer.
var errSilent = errors.New("no answer from ScreenCaptureKit")

// kit is ScreenCaptureKit, which macOS has from 12.3 on, and what belongs to
// its pictures.
type kit struct {
	*quartz
	image       func(sample objc.ID) objc.ID
	attachments func(sample objc.ID, create bool) objc.ID
	lock        func(buffer objc.ID, flags uint64) int32
	unlock      func(buffer objc.ID, flags uint64) int32
	base        func(buffer objc.ID) unsafe.Pointer
	stride      func(buffer objc.ID) uint64
	width       func(buffer objc.ID) uint64
	height      func(buffer objc.ID) uint64
	format      func(buffer objc.ID) uint32
	status      objc.ID // SCStreamFrameInfoStatus
	dirty       objc.ID // SCStreamFrameInfoDirtyRects
	listener    objc.Class
}

func loadKit(q *quartz) (*kit, error) {
	k := &kit{quartz: q}
	err := errors.Join(
		bind(screenCaptureKit),
		bind(coreMedia,
			bound{"CMSampleBufferGetImageBuffer", &k.image},
			bound{"CMSampleBufferGetSampleAttachmentsArray", &k.attachments}),
		bind(coreVideo,
			bound{"CVPixelBufferLockBaseAddress", &k.lock}, bound{"CVPixelBufferUnlockBaseAddress", &k.unlock},
			bound{"CVPixelBufferGetBaseAddress", &k.base}, bound{"CVPixelBufferGetBytesPerRow", &k.stride},
			bound{"CVPixelBufferGetWidth", &k.width}, bound{"CVPixelBufferGetHeight", &k.height},
			bound{"CVPixelBufferGetPixelFormatType", &k.format}))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"SCShareableContent", "SCContentFilter", "SCStreamConfiguration", "SCStream"} {
		if class(name) == 0 {
			return nil, fmt.Errorf("%w: no class %s", ErrUnsupported, name)
		}
	}
	k.status = constant(screenCaptureKit, "SCStreamFrameInfoStatus")
	k.dirty = constant(screenCaptureKit, "SCStreamFrameInfoDirtyRects")
	if k.listener, err = listenerClass(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return k, nil
}

// listens is what a listener calls: with a sample, an error or, asked to look on
// the main thread, neither.
type listens = func(_ objc.Block, sample, why objc.ID)

// listenerClass is the class of the objects that macOS calls. Each carries a
// block, by which Go finds what to do; the runtime frees the two together.
//
//nolint:gochecknoglobals // set once; a class lasts as long as the program, and so do Go's addresses for callbacks
var listenerClass = sync.OnceValues(func() (objc.Class, error) {
	var associated func(object objc.ID, key objc.SEL) objc.Block
	if err := bind(libObjC, bound{"objc_getAssociatedObject", &associated}); err != nil {
		return 0, err
	}
	key := blockKey()
	call := func(self, sample, why objc.ID) {
		defer pool()()
		if block := associated(self, key); block != 0 {
			block.Invoke(sample, why)
		}
	}
	var protocols []*objc.Protocol
	for _, name := range []string{"SCStreamOutput", "SCStreamDelegate"} {
		if p := objc.GetProtocol(name); p != nil {
			protocols = append(protocols, p)
		}
	}
	return objc.RegisterClass("LotseScreenListener", objc.GetClass("NSObject"), protocols, nil, []objc.MethodDef{
		{
			Cmd: objc.RegisterName("stream:didOutputSampleBuffer:ofType:"),
			Fn:  func(self objc.ID, _ objc.SEL, _, sample objc.ID, _ int64) { call(self, sample, 0) },
		},
		{
			Cmd: objc.RegisterName("stream:didStopWithError:"),
			Fn:  func(self objc.ID, _ objc.SEL, _, why objc.ID) { call(self, 0, why) },
		},
		{
			Cmd: lookSelector(),
			Fn:  func(self objc.ID, _ objc.SEL) { call(self, 0, 0) },
		},
	})
})

// blockKey is under what an object keeps its block: a selector is an address
// that nobody else has.
func blockKey() objc.SEL { return objc.RegisterName("lotseBlock") }

// lookSelector asks a listener to look.
func lookSelector() objc.SEL { return objc.RegisterName("lotseLook") }

// listen returns an object that calls f. Who releases it may still be called
// for a moment.
func (k *kit) listen(f listens) objc.ID {
	const retain = 0o1401 // OBJC_ASSOCIATION_RETAIN
	object := objc.ID(k.listener).Send(objc.RegisterName("new"))
	block := objc.NewBlock(f)
	k.setAssociated(object, blockKey(), block, retain)
	block.Release()
	return object
}

// failure reads an NSError; none is nil.
func failure(e objc.ID) error {
	if e == 0 {
		return nil
	}
	return sckError{
		code: objc.Send[int64](e, objc.RegisterName("code")),
		text: goString(e.Send(objc.RegisterName("localizedDescription"))),
	}
}

// ask waits for the answer to a question that begin asks with a block.
func (k *kit) ask(begin func(objc.Block)) (objc.ID, error) {
	type answer struct {
		object objc.ID
		err    error
	}
	var mu sync.Mutex // guards over
	over, answers := false, make(chan answer, 1)
	block := objc.NewBlock(func(_ objc.Block, object, why objc.ID) {
		defer pool()()
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		over = true
		if object != 0 {
			keep(object)
		}
		answers <- answer{object, failure(why)}
	})
	defer block.Release()
	begin(block)
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.object, a.err
	case <-timer.C:
	}
	mu.Lock()
	defer mu.Unlock()
	if over { // in this moment
		a := <-answers
		return a.object, a.err
	}
	over = true
	return 0, errSilent
}

// done waits for a block that gets only an error.
func (k *kit) done(d time.Duration, begin func(objc.Block)) error {
	answers := make(chan error, 1)
	block := objc.NewBlock(func(_ objc.Block, why objc.ID) {
		defer pool()()
		select {
		case answers <- failure(why):
		default: // twice
		}
	})
	defer block.Release()
	begin(block)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-answers:
		return err
	case <-timer.C:
		return errSilent
	}
}

// content asks what may be shared. The caller releases it.
func (k *kit) content() (objc.ID, error) {
	content, err := k.ask(func(b objc.Block) {
		class("SCShareableContent").Send(
			objc.RegisterName("getShareableContentExcludingDesktopWindows:onScreenWindowsOnly:completionHandler:"), false, false, b)
	})
	if err == nil && content == 0 {
		err = ErrNoDisplay
	}
	if err != nil {
		return 0, fmt.Errorf("shareable content: %w", err)
	}
	return content, nil
}

// maxListed is how many displays or windows are looked through.
const maxListed = 4096

// find returns the element of one of content's lists whose number is id.
func find(content objc.ID, list, number string, id uint32) objc.ID {
	var found objc.ID
	each(content.Send(objc.RegisterName(list)), maxListed, func(e objc.ID) {
		if objc.Send[uint32](e, objc.RegisterName(number)) == id {
			found = e
		}
	})
	return found
}

// queueDepth is how many pictures macOS lends at a time. We hold three at the
// most: the newest, the one that is read and, while they are compared, the one
// before; the others are for macOS to draw in.
const queueDepth = 6

// cmValid is kCMTimeFlags_Valid.
const cmValid = 1

// configuration says how the pictures of a stream are made. part is what of
// the display is shown; all of it when empty. The pool frees the result.
func (k *kit) configuration(size image.Point, part cgRect) objc.ID {
	c := class("SCStreamConfiguration").Send(objc.RegisterName("new")).Send(objc.RegisterName("autorelease"))
	c.Send(objc.RegisterName("setWidth:"), uint64(size.X))
	c.Send(objc.RegisterName("setHeight:"), uint64(size.Y))
	c.Send(objc.RegisterName("setPixelFormat:"), uint32(bgra))
	c.Send(objc.RegisterName("setShowsCursor:"), false)
	c.Send(objc.RegisterName("setQueueDepth:"), int64(queueDepth))
	c.Send(objc.RegisterName("setMinimumFrameInterval:"), cmTime{Value: 1, Scale: int32(time.Second / frameTime), Flags: cmValid})
	if k.sharedColours != 0 {
		c.Send(objc.RegisterName("setColorSpaceName:"), k.sharedColours)
	}
	if lone := objc.RegisterName("setIgnoreShadowsSingleWindow:"); objc.Send[bool](c, objc.RegisterName("respondsToSelector:"), lone) {
		c.Send(lone, true) // macOS 14
	}
	if part != (cgRect{}) {
		c.Send(objc.RegisterName("setSourceRect:"), part)
	}
	return c
}

// buffer is a CVPixelBuffer that we hold.
type buffer struct {
	*kit
	id objc.ID
}

func (b buffer) release() { b.kit.release(b.id) }

// maxStride is the longest row in bytes: macOS pads rows to some 64 bytes.
const maxStride = 4*capture.MaxSide + 4096

// readOnly is kCVPixelBufferLock_ReadOnly.
const readOnly = 1

// look locks the buffer, which has to be a picture of size, while f reads it.
func (b buffer) look(size image.Point, f func(lent)) error {
	if got := image.Pt(int(b.width(b.id)), int(b.height(b.id))); got != size || b.format(b.id) != bgra {
		return fmt.Errorf("picture of %v in format %#x, want %v", got, b.format(b.id), size)
	}
	if code := b.lock(b.id, readOnly); code != 0 {
		return fmt.Errorf("lock the picture: %d", code)
	}
	defer b.unlock(b.id, readOnly)
	at, stride := b.base(b.id), b.stride(b.id)
	if at == nil || stride < 4*uint64(size.X) || stride > maxStride {
		return fmt.Errorf("picture with rows of %d bytes at %p", stride, at)
	}
	f(lent{data: unsafe.Slice((*byte)(at), stride*uint64(size.Y)), stride: int(stride)}) //nolint:gosec // G103: macOS has so many rows of stride bytes
	return nil
}
