package participant

import (
	"context"
	"errors"
	"image"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"lotse/capture"
	"lotse/capture/screen"
	"lotse/participant/session"
)

const (
	// placeEvery is how often a window that is veiled is looked for, beside
	// each picture: a hand that drags it gets 20 pixels far in between.
	placeEvery = 20 * time.Millisecond
	// trailTime is for how long the places of before are veiled too: a picture
	// shows the screen of a moment before it is painted over. Systems that
	// compose the screen are up to three pictures of a 30 Hz monitor behind.
	trailTime = 150 * time.Millisecond
	// sweepRoom is how many pixels are veiled around a window that moves: what
	// a quick hand moves it in placeEvery, 3000 pixels a second.
	sweepRoom = 60
	// veilAfter is how long the window is veiled after its question is settled:
	// it needs a moment to draw something else.
	veilAfter = 600 * time.Millisecond
	// veilShade is the grey of a veil, half as bright as white.
	veilShade = 0x80
)

// errUnknownWindow says that a window has no number that the system knows.
var errUnknownWindow = errors.New("participant: window of unknown place")

// veil paints over the program's own windows in pictures while they ask
// something. Where it can't find them it paints over everything.
type veil struct {
	m       *Member
	allowed *session.Shared
	kicks   chan struct{}
	// stale says that the last picture has to be painted anew.
	stale atomic.Bool

	// mu guards the fields below.
	mu     sync.Mutex
	places screen.Places // nil before they are first needed
	failed bool          // there are none
	asked  time.Time     // when a question was last open
	trail  []trace

	// Next's goroutine owns the fields below.
	pix     []byte
	painted []image.Rectangle
}

// trace is where a window was at some time.
type trace struct {
	id   uint32
	at   time.Time
	rect image.Rectangle
}

func newVeil(m *Member, allowed *session.Shared) *veil {
	return &veil{m: m, allowed: allowed, kicks: make(chan struct{}, 1)}
}

// kick says that what has to be veiled may have changed.
func (v *veil) kick() {
	select {
	case v.kicks <- struct{}{}:
	default:
	}
}

// run follows the windows while they are veiled, and calls redo when a picture
// has to be painted anew without news from the screen.
func (v *veil) run(ctx context.Context, redo func()) {
	defer v.close()
	tick := time.NewTicker(placeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.kicks:
		}
		v.watch(ctx, tick.C, redo)
	}
}

// watch follows the windows until none is veiled any more.
func (v *veil) watch(ctx context.Context, tick <-chan time.Time, redo func()) {
	var veiled []uint32
	var where []image.Rectangle
	for {
		windows := v.windows()
		if !slices.Equal(windows, veiled) {
			v.conceal(windows)
		}
		places, err := v.look(windows)
		if !slices.Equal(windows, veiled) || err == nil && !slices.Equal(places, where) {
			v.stale.Store(true)
			redo()
		}
		veiled, where = windows, places
		if len(windows) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
}

// windows are those that must not be read now.
func (v *veil) windows() []uint32 {
	own := v.m.own.Load()
	if own == nil {
		return nil
	}
	windows := slices.Clone(own.Private)
	if own.Known && v.asks() && !slices.Contains(windows, own.Main) {
		windows = append(windows, own.Main)
	}
	return windows
}

// asks reports whether a question is open, or was a moment ago.
func (v *veil) asks() bool {
	var open bool
	v.allowed.Look(func(s *session.Session) { _, open = s.Question() })
	now := v.m.cfg.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if open {
		v.asked = now
	}
	return !v.asked.IsZero() && now.Sub(v.asked) < veilAfter
}

// conceal asks the system to leave these windows out of pictures, and no
// others of ours.
func (v *veil) conceal(windows []uint32) {
	places, err := v.open()
	own := v.m.own.Load()
	if err != nil || own == nil {
		return
	}
	for _, id := range append(slices.Clone(own.Private), own.Main) {
		if id != 0 {
			places.Conceal(id, slices.Contains(windows, id))
		}
	}
}

// open returns what knows the places of windows.
func (v *veil) open() (screen.Places, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.places == nil && !v.failed {
		places, err := v.m.cfg.Edge.Places()
		if err != nil {
			v.m.cfg.Log.Warn("own windows not found; all is veiled while they ask", "error", err)
			v.failed = true
		} else {
			v.places = places
		}
	}
	if v.failed {
		return nil, errUnknownWindow
	}
	return v.places, nil
}

// look notes where the windows are, and returns where they were in the last
// moments. Its error says that nobody knows.
func (v *veil) look(windows []uint32) ([]image.Rectangle, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	places, err := v.open()
	if err != nil {
		return nil, err
	}
	now := v.m.cfg.Now()
	var fresh []trace
	for _, id := range windows {
		if id == 0 {
			return nil, errUnknownWindow
		}
		r, err := places.Place(id)
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, trace{id, now, r})
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trail = slices.DeleteFunc(v.trail, func(t trace) bool { return now.Sub(t.at) > trailTime })
	v.trail = append(v.trail, fresh...)
	var all []image.Rectangle
	for _, id := range windows {
		if r := swept(v.trail, id); !r.Empty() {
			all = append(all, r)
		}
	}
	return all, nil
}

// swept is where a window was and what lies between. Of one that moves not
// every place was seen, so there is room around it.
func swept(trail []trace, id uint32) image.Rectangle {
	var all image.Rectangle
	moved := false
	for _, t := range trail {
		if t.id != id || t.rect.Empty() {
			continue
		}
		moved = moved || !all.Empty() && t.rect != all
		all = all.Union(t.rect)
	}
	if moved {
		return all.Inset(-sweepRoom)
	}
	return all
}

// paint returns the frame with a flat area in place of what must not be read.
// The source's own pixels stay as they are.
func (v *veil) paint(f *capture.Frame) *capture.Frame {
	covers := v.covers(f)
	if len(covers) == 0 && len(v.painted) == 0 {
		return f
	}
	was := v.painted
	v.painted = covers
	out := *f
	out.Moves = nil
	if out.Dirty != nil {
		out.Dirty = slices.Concat(out.Dirty, was, covers)
	}
	if len(covers) == 0 {
		v.pix = nil
		return &out
	}
	v.follow(f, was)
	for _, r := range covers {
		fill(v.pix, f.Stride, r)
	}
	out.Pix = v.pix
	return &out
}

// covers are the areas of a frame that must not be read.
func (v *veil) covers(f *capture.Frame) []image.Rectangle {
	windows := v.windows()
	if len(windows) == 0 {
		return nil
	}
	places, err := v.look(windows)
	if err != nil {
		return []image.Rectangle{f.Bounds()}
	}
	var out []image.Rectangle
	for _, r := range places {
		if r = r.Sub(f.Origin).Intersect(f.Bounds()); !r.Empty() {
			out = append(out, r)
		}
	}
	return out
}

// follow brings our copy of the pixels up to date: what is new, and what was
// painted over.
func (v *veil) follow(f *capture.Frame, was []image.Rectangle) {
	if len(v.pix) != len(f.Pix) || f.Dirty == nil {
		v.pix = append(v.pix[:0], f.Pix...)
		return
	}
	for _, r := range slices.Concat(f.Dirty, was) {
		r = r.Intersect(f.Bounds())
		for y := r.Min.Y; y < r.Max.Y; y++ {
			from, to := y*f.Stride+4*r.Min.X, y*f.Stride+4*r.Max.X
			copy(v.pix[from:to], f.Pix[from:to])
		}
	}
}

// fill makes r of BGRA pixels flat.
func fill(pix []byte, stride int, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := pix[y*stride+4*r.Min.X : y*stride+4*r.Max.X]
		for i := range row {
			row[i] = veilShade
		}
	}
}

func (v *veil) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.places != nil {
		if err := v.places.Close(); err != nil {
			v.m.cfg.Log.Debug("close", "error", err)
		}
	}
	v.places, v.failed = nil, true
}
