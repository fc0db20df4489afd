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
	late := first && q.ageLocked(it) > pictureAge
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
	q.lanes[wire.LanePicture], q.bytes[wire.LanePicture] = keep, size
	return frames, updates
}
