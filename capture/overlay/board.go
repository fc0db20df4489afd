package overlay

import (
	"hash/maphash"
	"image"
	"slices"
	"sync"
	"time"
)

const (
	// fading is how long a mark takes to go, in steps that are drawn.
	fading    = 600 * time.Millisecond
	fadeSteps = 6
	// frameTime is the shortest time between two drawings: as many as a screen
	// is looked at.
	frameTime = time.Second / 30
	// restless is how often the window is put on top again at the most, when
	// another program does the same; and calm how often it is done anyway.
	restless = 100 * time.Millisecond
	calm     = time.Second
)

// board keeps what is to be seen up to date. Its goroutine draws, so that
// nobody waits for it.
type board struct {
	area    image.Rectangle
	scale   float32
	surface surface
	wake    chan struct{} // something below changed
	quit    chan struct{}
	done    chan struct{} // closed when run has ended

	mu     sync.Mutex // guards the fields below
	marks  []Mark
	spared []image.Rectangle
	asked  bool  // run has not seen them yet
	closed bool  // quit is closed
	err    error // why run ended; read it after done

	// run owns the fields below.
	studio *studio
	seed   maphash.Seed
	canvas *canvas
	field  field
	items  []item
	drawn  []drawn
	spare  []image.Rectangle // in pixels of the area
	tidied time.Time
	unrest bool // the surface was stirred since
}

// drawn is an item as it is on the canvas.
type drawn struct {
	key    key
	level  int // of fadeSteps
	bounds image.Rectangle
}

func newBoard(area image.Rectangle, scale float32) (*board, error) {
	s, err := newStudio(area, scale)
	if err != nil {
		return nil, err
	}
	return &board{
		area: area, scale: scale, studio: s, seed: maphash.MakeSeed(),
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}, nil
}

// Show replaces the marks.
func (b *board) Show(marks []Mark) error {
	if err := check(marks, b.scale); err != nil {
		return err
	}
	return b.ask(func() { b.marks = marks })
}

// Spare replaces the places that stay free.
func (b *board) Spare(areas []image.Rectangle) error {
	if len(areas) > maxSpare {
		// Better nothing anywhere than something where it must not be.
		areas = []image.Rectangle{b.area}
	}
	return b.ask(func() { b.spared = slices.Clone(areas) })
}

func (b *board) ask(change func()) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.done:
		if b.err != nil {
			return b.err
		}
		return ErrClosed
	default:
	}
	if b.closed {
		return ErrClosed
	}
	change()
	b.asked = true
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// Name says how it is drawn.
func (b *board) Name() string { return b.surface.name() }

// Close ends run and waits for it while there is hope.
func (b *board) Close() error {
	b.mu.Lock()
	first := !b.closed
	if first {
		b.closed = true
		close(b.quit)
	}
	b.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-b.done:
	case <-timer.C:
		return ErrStuck
	}
	if !first {
		return nil
	}
	return b.err
}

// run draws until Close or until the surface fails.
func (b *board) run() {
	err := b.loop()
	if e := b.surface.close(); err == nil {
		err = e
	}
	b.canvas = nil
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
	close(b.done)
}

func (b *board) loop() error {
	var due time.Time // when something changes by itself; zero is never
	for {
		timer, stop := alarm(due)
		select {
		case <-b.quit:
			stop()
			return nil
		case <-b.wake:
		case <-timer:
		case <-b.surface.stirred():
			b.unrest = true
		}
		stop()
		begin := time.Now()
		var err error
		if due, err = b.step(begin); err != nil {
			return err
		}
		// Drawing takes half of the time at the most.
		if !b.rest(max(frameTime, time.Since(begin))) {
			return nil
		}
	}
}

// alarm returns what is told at due, and how to give it up.
func alarm(due time.Time) (<-chan time.Time, func()) {
	if due.IsZero() {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Until(due))
	return timer.C, func() { timer.Stop() }
}

// rest waits, and returns false when there is nothing to wait for any more.
func (b *board) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-b.quit:
		return false
	}
}

// step brings the window up to date and returns when that is due again, or
// never.
func (b *board) step(now time.Time) (due time.Time, err error) {
	changed := b.take(now)
	next, due := b.plan(now)
	changed = append(changed, differences(b.drawn, next)...)
	if due, err = b.tidy(now, due, len(next) > 0, &changed); err != nil {
		return due, err
	}
	if len(changed) == 0 {
		return due, nil
	}
	if b.canvas == nil {
		b.canvas = newCanvas(b.area.Size())
	}
	changed = merged(changed, b.canvas.bounds())
	lit := image.Rectangle{}
	for _, d := range next {
		lit = lit.Union(d.bounds)
	}
	b.drawn = next
	for _, r := range changed {
		b.draw(r)
	}
	return due, b.surface.put(b.canvas, changed, lit)
}

// tidy puts the window on top when it may no longer be, and sees to it that
// all is drawn when it is another window.
func (b *board) tidy(now, due time.Time, lit bool, changed *[]image.Rectangle) (time.Time, error) {
	if !lit && !b.unrest {
		return due, nil
	}
	wait := calm
	if b.unrest {
		wait = restless
	}
	if now.Sub(b.tidied) < wait {
		return sooner(due, b.tidied.Add(wait)), nil
	}
	anew, err := b.surface.tidy()
	if err != nil {
		return due, err
	}
	b.tidied, b.unrest = now, false
	if anew {
		*changed = append(*changed, image.Rectangle{Max: b.area.Size()})
	}
	if lit {
		due = sooner(due, now.Add(calm))
	}
	return due, nil
}

// sooner returns the earlier of two moments; the zero one is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// take takes over what was asked for and returns where it alone changes
// something. Marks that stay keep their age.
func (b *board) take(now time.Time) (changed []image.Rectangle) {
	b.mu.Lock()
	marks, spared, asked := b.marks, b.spared, b.asked
	b.asked = false
	b.mu.Unlock()
	if !asked {
		return nil
	}
	old := b.items
	b.items = make([]item, 0, len(marks))
	for i := range marks {
		k := marks[i].key(b.seed)
		at := slices.IndexFunc(old, func(o item) bool { return o.key == k })
		if at >= 0 {
			b.items = append(b.items, old[at])
			old = slices.Delete(slices.Clone(old), at, at+1)
			continue
		}
		fresh := b.studio.item(&marks[i])
		fresh.key, fresh.born, fresh.life = k, now, marks[i].life()
		b.items = append(b.items, fresh)
	}
	spare := make([]image.Rectangle, len(spared))
	for i, r := range spared {
		spare[i] = r.Sub(b.area.Min)
	}
	if !slices.Equal(spare, b.spare) {
		changed = append(slices.Clone(b.spare), spare...)
		b.spare = spare
	}
	return changed
}

// plan says what is to be seen now, and when that will be something else.
func (b *board) plan(now time.Time) (out []drawn, due time.Time) {
	for i := range b.items {
		each := &b.items[i]
		left := each.life - now.Sub(each.born)
		const step = fading / fadeSteps
		level := min(fadeSteps, int((left+step-1)/step))
		if left <= 0 || each.bounds.Empty() {
			continue
		}
		out = append(out, drawn{each.key, level, each.bounds})
		due = sooner(due, now.Add(left-time.Duration(level-1)*step))
	}
	return out, due
}

// differences returns where two states differ. What changed its place in the
// order counts as changed.
func differences(old, next []drawn) (out []image.Rectangle) {
	kept := make([]bool, len(old))
	from := 0
	for _, n := range next {
		at := slices.Index(old[from:], n)
		if at < 0 {
			out = append(out, n.bounds)
			continue
		}
		kept[from+at] = true
		from += at + 1
	}
	for i, o := range old {
		if !kept[i] {
			out = append(out, o.bounds)
		}
	}
	return out
}

// merged cuts rectangles to what there is and joins those that overlap.
func merged(rects []image.Rectangle, all image.Rectangle) (out []image.Rectangle) {
	for _, r := range rects {
		r = r.Intersect(all)
		if r.Empty() {
			continue
		}
		for i := 0; i < len(out); i++ {
			if out[i].Overlaps(r) {
				r = r.Union(out[i])
				out = slices.Delete(out, i, i+1)
				i = -1 // it may reach others now
			}
		}
		out = append(out, r)
	}
	return out
}

// draw draws one rectangle of the canvas anew.
func (b *board) draw(r image.Rectangle) {
	b.canvas.wipe(r)
	for _, d := range b.drawn {
		if !d.bounds.Overlaps(r) {
			continue
		}
		at := slices.IndexFunc(b.items, func(i item) bool { return i.key == d.key })
		alpha := float32(d.level) / fadeSteps
		for i := range b.items[at].layers {
			b.items[at].layers[i].draw(b.canvas, &b.field, r, alpha)
		}
	}
	for _, s := range b.spare {
		b.canvas.wipe(s.Intersect(r))
	}
}
