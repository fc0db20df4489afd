package hub

import (
	"time"

	"lotse/relay/wire"
)

// pictureLocked makes room for a picture or refuses it. A reader that is too
// slow loses whole updates of that sender until the next refresh, because an
// update alone can't be shown; it is told so once. An update that has begun to
// leave is let out to its end: its pieces are worth nothing without the rest.
func (q *queue) pictureLocked(it item) lost {
	f := it.frame
	first, refresh := f.Flags&wire.First != 0, f.Flags&wire.Refresh != 0
	if updates, waits := q.cut[f.Channel]; waits {
		if !first || !refresh {
			if first {
				q.cut[f.Channel] = updates + 1
			}
			return lost{wire.ReasonSlow, 1, false}
		}
		delete(q.cut, f.Channel)
	}
	late := first && q.ageLocked(it) > q.patienceLocked(f.Channel)
	if !late && q.bytes[wire.LanePicture]+len(f.Payload) <= pictureBytes {
		return lost{}
	}
	frames, updates := q.dropPicturesLocked(f.Channel, first)
	if first && refresh && q.bytes[wire.LanePicture]+len(f.Payload) <= pictureBytes {
		q.pushLocked(it) // it needs none of those before
		return lost{wire.ReasonSlow, frames, false}
	}
	if first {
		updates++
	}
	q.cut[f.Channel] = updates
	told := itemOf(wire.NoticeFrame(wire.Dropped{
		Conn: f.Channel, Lane: wire.LanePicture, Updates: max(updates, 1), Reason: wire.ReasonSlow,
	}))
	q.pushLocked(told)
	return lost{wire.ReasonSlow, frames + 1, false}
}

// paint is how long a whole picture of a source takes on this reader's line.
type paint struct {
	began time.Time     // when the one that leaves now was put
	took  time.Duration // what the last one took from then until it had left; 0 for none yet
}

// leavesLocked notes that a piece of a picture leaves.
func (q *queue) leavesLocked(it item, now time.Time) {
	f := it.frame
	q.partly = f.Channel
	if f.Flags&wire.Last != 0 {
		q.partly = 0
	}
	if f.Flags&wire.Refresh == 0 {
		return
	}
	p := q.paint[f.Channel]
	if p == nil {
		if q.paint == nil {
			q.paint = make(map[uint32]*paint)
		}
		p = new(paint)
		q.paint[f.Channel] = p
	}
	if f.Flags&wire.First != 0 {
		p.began = it.at
	}
	if f.Flags&wire.Last != 0 {
		p.took = max(now.Sub(p.began), 1)
	}
}

// patienceLocked returns how long a picture of a source may wait: twice as long
// as the last whole one took, since a reader that is further behind sees the
// present sooner by another whole one, and what waits behind a whole one has
// time to follow it.
func (q *queue) patienceLocked(source uint32) time.Duration {
	p := q.paint[source]
	if p == nil || p.took == 0 {
		return pictureAge
	}
	return min(max(2*p.took, leastPictureAge), pictureAge)
}

// ageLocked returns how much older than it the oldest picture is that waits of
// the same source.
func (q *queue) ageLocked(it item) time.Duration {
	for _, w := range q.lanes[wire.LanePicture] {
		if w.frame.Channel == it.frame.Channel {
			return it.at.Sub(w.at)
		}
	}
	return 0
}

// dropPicturesLocked drops what waits of a source. With spare, an update that
// has partly left stays; without, it is the one that does not fit, and goes.
func (q *queue) dropPicturesLocked(source uint32, spare bool) (frames int, updates uint32) {
	var keep []item
	size := 0
	spared := spare && q.partly == source
	if !spare && q.partly == source {
		q.partly = 0
	}
	for _, it := range q.lanes[wire.LanePicture] {
		if it.frame.Channel != source || spared {
			if it.frame.Channel == source && it.frame.Flags&wire.Last != 0 {
				spared = false
			}
			keep = append(keep, it)
			size += len(it.frame.Payload)
			continue
		}
		frames++
		if it.frame.Flags&wire.First != 0 {
			updates++
		}
	}
	clear(q.lanes[wire.LanePicture]) // the array may be used again
	q.lanes[wire.LanePicture], q.bytes[wire.LanePicture] = keep, size
	return frames, updates
}
