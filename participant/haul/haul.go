// Package haul carries pictures from one clipboard to another in small pieces:
// one picture in each direction, the newest, and only as fast as keys and the
// screen do not feel it. What arrives is decoded and written anew.
//
// It decides nothing. It asks whoever owns it before it takes a picture, before
// each piece and before it hands the whole on, and knows no clipboard.
package haul

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"sync"
	"time"

	"lotse/capture/clipboard"
	"lotse/participant/message"
)

// Ends are what a Haul works between. The goroutine that owns the Haul calls
// all of them but Send and Tell, which come from others.
type Ends struct {
	// Say says something to the other side. It must not block.
	Say func(ctx context.Context, m message.Message)
	// Send sends a piece, in the order of the calls, and waits for room. It
	// refuses once the picture may not leave any more.
	Send func(ctx context.Context, p message.ClipPiece) error
	// Tell runs f in the owner's goroutine and waits for it (turn.Queue).
	Tell func(ctx context.Context, f func(context.Context)) bool
	// MayTake reports whether a picture may come in at this moment; begins says
	// that it is announced just now.
	MayTake func(begins bool) bool
	// Put puts a picture on this computer's clipboard, if it still may be.
	Put func(c clipboard.Content) error
	// Trouble hears what went wrong, for the log.
	Trouble func(err error)
	// Now is the clock.
	Now func() time.Time
}

// Doubt is how long before a connection broke what was sent may not have
// arrived: a relay that hangs is noticed after about a second, and a picture
// that came takes up to seconds to be read.
const Doubt = 5 * time.Second

// Progress is how far a picture got, in bytes.
type Progress struct {
	// Incoming says that it comes from the other side.
	Incoming bool
	// Done of Total have arrived. Total is 0 when nothing is under way.
	Done, Total int
}

// Percent is the part that has arrived; 0 when nothing is under way.
func (p Progress) Percent() int {
	const whole = 100
	return p.Done * whole / max(p.Total, 1)
}

// Haul is the pictures under way between two clipboards. One goroutine owns it.
type Haul struct {
	ends Ends
	out  *out
	last uint32 // the number of our newest picture
	in   *in
	// next was announced while another was being decoded: one at a time.
	next *message.ClipPicture
	// reading ends the wait of what decodes, nil when nothing does.
	reading context.CancelFunc
	running sync.WaitGroup
}

// New returns a Haul with nothing under way.
func New(ends Ends) *Haul { return &Haul{ends: ends} }

// Offer announces a picture that was copied here, and abandons the one before.
// It goes on without ctx, to its end or Close.
func (h *Haul) Offer(ctx context.Context, data []byte) error {
	h.StopOut(ctx)
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("haul: %w", err)
	}
	if len(data) > message.MaxClipPicture || config.Width > message.MaxClipSide || config.Height > message.MaxClipSide {
		return fmt.Errorf("haul: %w", clipboard.ErrTooLarge)
	}
	h.last++
	o := newOut(h.last, data, h.ends.Now)
	h.out = o
	h.ends.Say(ctx, message.ClipPicture{ID: o.id, Bytes: len(data), Width: config.Width, Height: config.Height})
	ctx, o.cancel = context.WithCancel(context.WithoutCancel(ctx))
	h.running.Go(func() {
		if err := o.run(ctx, h.ends.Send); ctx.Err() == nil {
			h.ends.Tell(ctx, func(ctx context.Context) { h.sent(ctx, o, err) })
		}
	})
	return nil
}

// sent is the end of a picture on its way out.
func (h *Haul) sent(ctx context.Context, o *out, err error) {
	if h.out != o {
		return
	}
	if err != nil {
		h.ends.Trouble(err)
		h.StopOut(ctx)
		return
	}
	o.cancel()
	h.out = nil
}

// StopOut abandons the picture on its way out, and reports whether there was
// one.
func (h *Haul) StopOut(ctx context.Context) bool {
	if h.out == nil {
		return false
	}
	h.out.cancel()
	h.ends.Say(ctx, message.ClipDrop{ID: h.out.id})
	h.out = nil
	return true
}

// StopIn abandons what is on its way in.
func (h *Haul) StopIn(ctx context.Context) {
	if h.next != nil {
		h.ends.Say(ctx, message.ClipDrop{ID: h.next.ID, Unwanted: true})
		h.next = nil
	}
	if h.in != nil {
		h.ends.Say(ctx, message.ClipDrop{ID: h.in.want.ID, Unwanted: true})
		h.in = nil
	}
}

// Heard takes what the other side says about pictures; other messages are none
// of its business.
func (h *Haul) Heard(ctx context.Context, m message.Message) {
	switch m := m.(type) {
	case message.ClipPicture:
		h.announced(ctx, m)
	case message.ClipPiece:
		h.piece(ctx, m)
	case message.ClipTaken:
		if h.out != nil && h.out.id == m.ID {
			h.out.heard(m.Bytes)
		}
	case message.ClipDrop:
		h.dropped(m)
	}
}

func (h *Haul) announced(ctx context.Context, m message.ClipPicture) {
	h.in, h.next = nil, nil // the newest counts, and the sender has said so
	switch {
	case !h.ends.MayTake(true):
		h.ends.Say(ctx, message.ClipDrop{ID: m.ID, Unwanted: true})
	case h.reading != nil:
		h.next = &m
	default:
		h.begin(ctx, m)
	}
}

func (h *Haul) begin(ctx context.Context, m message.ClipPicture) {
	h.in = &in{want: m, at: h.ends.Now()}
	h.ends.Say(ctx, message.ClipTaken{ID: m.ID})
}

func (h *Haul) piece(ctx context.Context, m message.ClipPiece) {
	if h.in == nil || h.in.want.ID != m.ID {
		return // abandoned; these were under way
	}
	if !h.ends.MayTake(false) {
		h.StopIn(ctx)
		return
	}
	done, err := h.in.add(m.Data, h.ends.Now())
	if err != nil {
		h.ends.Trouble(err)
		h.StopIn(ctx)
		return
	}
	h.ends.Say(ctx, message.ClipTaken{ID: m.ID, Bytes: len(h.in.data)})
	if done {
		h.decode(ctx, h.in)
	}
}

// decode works beside the owner: input must not wait for it.
func (h *Haul) decode(ctx context.Context, i *in) {
	ctx, h.reading = context.WithCancel(context.WithoutCancel(ctx))
	h.running.Go(func() {
		content, err := picture(i.want, i.data)
		h.ends.Tell(ctx, func(ctx context.Context) { h.decoded(ctx, i, content, err) })
	})
}

func (h *Haul) decoded(ctx context.Context, i *in, content clipboard.Content, err error) {
	if h.reading != nil {
		h.reading()
		h.reading = nil
	}
	if h.in == i {
		h.in = nil
		if err == nil && h.ends.MayTake(false) {
			err = h.ends.Put(content)
		}
		if err != nil {
			h.ends.Trouble(err)
		}
	}
	if h.next == nil {
		return
	}
	next := *h.next
	h.next = nil
	if h.ends.MayTake(false) {
		h.begin(ctx, next)
	}
}

func (h *Haul) dropped(m message.ClipDrop) {
	switch {
	case m.Unwanted && h.out != nil && h.out.id == m.ID:
		h.out.cancel()
		h.out = nil
	case !m.Unwanted && h.in != nil && h.in.want.ID == m.ID:
		h.in = nil
	case !m.Unwanted && h.next != nil && h.next.ID == m.ID:
		h.next = nil
	}
}

// Tick gives up what has not moved for Patience.
func (h *Haul) Tick(ctx context.Context) {
	if h.in != nil && h.in.stale(h.ends.Now()) {
		h.StopIn(ctx)
	}
}

// Progress returns how far the picture under way is; of two, the one that comes
// in.
func (h *Haul) Progress() Progress {
	switch {
	case h.in != nil:
		return Progress{Incoming: true, Done: len(h.in.data), Total: h.in.want.Bytes}
	case h.out != nil:
		return h.out.state()
	}
	return Progress{}
}

// Sending reports whether a picture is on its way out.
func (h *Haul) Sending() bool { return h.out != nil }

// Close abandons everything, without a word to the other side. Nothing of it
// reaches a clipboard afterwards.
func (h *Haul) Close() {
	if h.out != nil {
		h.out.cancel()
	}
	if h.reading != nil {
		h.reading()
	}
	h.out, h.in, h.next, h.reading = nil, nil, nil, nil
}

// Wait waits after Close for what ran beside the owner. A Send that waits for
// room has to be ended before.
func (h *Haul) Wait() { h.running.Wait() }
