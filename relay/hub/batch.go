package hub

import (
	"sync"
	"time"
)

const (
	// batchBytes is how much is written at once to a reader that is not known
	// to be fast: one piece of an update. Something urgent waits for no more
	// than this.
	batchBytes = 16 << 10
	// mostBytes is how much is written at once to a reader that has shown that
	// it takes as much within fastTime. Each write pays for a system call, a
	// wake-up and a short last packet: with 128 KiB a bit costs 5 to 10 % less
	// than with 64 KiB, with 256 KiB no less again.
	mostBytes = 128 << 10
	// fastTime is how long something urgent may wait for a fast reader.
	fastTime = time.Millisecond
	// staleTime is how long a reader counts as fast that gets nothing; by then
	// its line may be another one.
	staleTime = time.Second
	// smallBytes is how long a frame is at the most that shares a TLS record
	// with others.
	smallBytes = 2 << 10
	// sealBytes is what TLS adds to a batch at the most: 22 bytes to each of
	// its records, which have smallBytes or more but for the last.
	sealBytes = 2 << 10
)

// pace is how much may be written to a reader at once: a piece, doubled each
// time it takes all of it within fastTime, and a piece again once it does not.
type pace struct {
	most int
	last time.Time // the end of the last write
}

// allows returns how long the next batch may be.
func (p *pace) allows(now time.Time) int {
	if now.Sub(p.last) > staleTime {
		p.most = batchBytes
	}
	return p.most
}

// took says how long a write of n bytes took.
func (p *pace) took(n int, d time.Duration, now time.Time) {
	p.last = now
	switch {
	case d > fastTime:
		p.most = batchBytes
	case n >= p.most/2:
		p.most = min(2*p.most, mostBytes)
	}
}

// batch is what one write needs. Idle members have none.
type batch struct {
	items []item
	small []byte
	held  []byte
}

// batches lends batches: short ones to readers that get a piece at a time, so
// that many slow ones do not each hold the memory of a fast one.
type batches struct{ short, long *sync.Pool }

func newBatches() batches {
	return batches{short: batchPool(batchBytes), long: batchPool(mostBytes)}
}

func batchPool(most int) *sync.Pool {
	return &sync.Pool{New: func() any {
		return &batch{small: make([]byte, 0, smallBytes), held: make([]byte, 0, most+sealBytes)}
	}}
}

func (p batches) get(most int) *batch {
	from := p.long
	if most <= batchBytes {
		from = p.short
	}
	b, _ := from.Get().(*batch) // the pools make nothing else
	return b
}

// put takes a batch back, lets go of its frames, and of a buffer that a long
// record blew up.
func (p batches) put(b *batch) {
	clear(b.items[:cap(b.items)])
	switch size := cap(b.held); {
	case size <= batchBytes+sealBytes:
		p.short.Put(b)
	case size <= 2*mostBytes:
		p.long.Put(b)
	}
}
