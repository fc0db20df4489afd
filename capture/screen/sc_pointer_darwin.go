package screen

import (
	"image"
	"sync"
	"time"

	"github.com/ebitengine/purego/objc"

	"lotse/capture"
)

// appKit knows what the pointer looks like.
const appKit = frameworks + "AppKit.framework/AppKit"

// shapeEvery is how often the shape of the pointer is asked for. The main
// thread, which draws our windows, has to answer.
const shapeEvery = time.Second / 10

// sckPointer is the shape of the pointer. AppKit tells it on the main thread
// only: a request is left there, one at a time, and its answer counts from
// the next look on. A program whose main thread runs no event loop never
// answers, and then the pointer stays a plain arrow.
type sckPointer struct {
	*quartz
	agent objc.ID

	mu    sync.Mutex // guards the fields below
	shape *capture.CursorShape
	asked bool
	due   time.Time
}

// newSCKPointer knows an arrow and asks for nothing yet. Without a kit it
// stays with that.
func newSCKPointer(q *quartz, k *kit) *sckPointer {
	p := &sckPointer{quartz: q, shape: arrow()}
	if k != nil && bind(appKit) == nil {
		p.agent = k.listen(func(objc.Block, objc.ID, objc.ID) { p.look() })
	}
	return p
}

// now returns the last shape that was told and asks for the next one.
func (p *sckPointer) now(at time.Time) *capture.CursorShape {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agent != 0 && !p.asked && !at.Before(p.due) {
		defer pool()()
		p.asked, p.due = true, at.Add(shapeEvery)
		p.agent.Send(objc.RegisterName("performSelectorOnMainThread:withObject:waitUntilDone:"), lookSelector(), objc.ID(0), false)
	}
	return p.shape
}

// look runs on the main thread.
func (p *sckPointer) look() {
	found := p.read()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = false
	if found != nil && !same(found, p.shape) {
		p.shape = found
	}
}

// read draws the pointer that the system shows, or returns nil.
func (p *sckPointer) read() *capture.CursorShape {
	cursor := class("NSCursor").Send(objc.RegisterName("currentSystemCursor"))
	if cursor == 0 {
		return nil
	}
	picture := cursor.Send(objc.RegisterName("image"))
	if picture == 0 {
		return nil
	}
	size := objc.Send[cgPoint](picture, objc.RegisterName("size"))
	frame := cgRect{W: size.X, H: size.Y}
	whole := frame.cover()
	if whole.Empty() || whole.Dx() > capture.MaxCursor || whole.Dy() > capture.MaxCursor {
		return nil
	}
	drawn := picture.Send(objc.RegisterName("CGImageForProposedRect:context:hints:"), objc.ID(0), objc.ID(0), objc.ID(0))
	if drawn == 0 {
		return nil
	}
	hot := objc.Send[cgPoint](cursor, objc.RegisterName("hotSpot"))
	spot := cgRect{X: hot.X, Y: hot.Y, W: 1, H: 1}.cover().Min
	return &capture.CursorShape{
		W: whole.Dx(), H: whole.Dy(), Pix: p.paint(drawn, frame, whole.Size()),
		Hot: image.Pt(min(max(spot.X, 0), whole.Dx()-1), min(max(spot.Y, 0), whole.Dy()-1)),
	}
}

// littleFirst says BGRA with premultiplied alpha: kCGImageAlphaPremultipliedFirst
// and kCGBitmapByteOrder32Little.
const littleFirst = 2 | 2<<12

// paint draws a CGImage into straight BGRA of size; what can't be is empty.
func (p *sckPointer) paint(picture objc.ID, frame cgRect, size image.Point) []byte {
	pix := make([]byte, 4*size.X*size.Y)
	colours := p.newColours()
	defer p.releaseColours(colours)
	bitmap := p.newBitmap(&pix[0], uint64(size.X), uint64(size.Y), 8, uint64(4*size.X), colours, littleFirst)
	if bitmap == 0 {
		return pix
	}
	p.draw(bitmap, frame, picture)
	p.releaseBitmap(bitmap)
	straighten(pix)
	return pix
}

// close asks no more. An answer may still be under way.
func (p *sckPointer) close() {
	if p.agent != 0 {
		drop(p.agent)
	}
}
