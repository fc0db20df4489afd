package hub

import (
	"fmt"
	"reflect"
	"strconv"
	"testing"
	"time"

	"lotse/relay/wire"
)

// on is a record on a lane; text is its payload.
func on(l wire.Lane, from uint32, marks wire.Flags, text string) item {
	return itemOf(wire.Frame{Type: wire.Record, Flags: wire.Flags(l) | marks, Channel: from, Payload: []byte(text)})
}

const whole = wire.First | wire.Last

// drain takes everything and says what it was.
func drain(q *queue) []string {
	items, _ := q.take(nil, 1<<30, time.Unix(0, 0))
	got := []string{}
	for _, it := range items {
		if it.frame.Type == wire.Notice {
			n, err := wire.ParseNotice(it.frame.Payload)
			if err != nil {
				panic(err)
			}
			got = append(got, fmt.Sprintf("%+v", n))
			continue
		}
		got = append(got, string(it.frame.Payload))
	}
	return got
}

func expect(t *testing.T, got, want []string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUrgentLanesLeaveFirst(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	for _, l := range []wire.Lane{wire.LaneBulk, wire.LaneSound, wire.LanePicture, wire.LaneInput, wire.LaneControl} {
		q.put(on(l, 2, whole, l.String()+" 1"), now)
		q.put(on(l, 2, whole, l.String()+" 2"), now)
	}
	expect(t, drain(q), []string{
		"control 1", "control 2", "input 1", "input 2", "picture 1", "picture 2", "sound 1", "sound 2", "bulk 1", "bulk 2",
	})
}

func TestBatchEndsBeforeItIsTooLong(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	long := string(make([]byte, 1000))
	for range 3 {
		q.put(on(wire.LanePicture, 2, whole, long), now)
	}
	for i, want := range []int{2, 1, 0} {
		if got, more := q.take(nil, 2100, now); len(got) != want || !more {
			t.Errorf("batch %d: got %d frames, %t, want %d", i, len(got), more, want)
		}
	}
	q.put(on(wire.LanePicture, 2, whole, long), now)
	if got, _ := q.take(nil, 10, now); len(got) != 1 {
		t.Errorf("got %d frames, want the one that is too long by itself", len(got))
	}
}

func TestFullControlLaneIsFatal(t *testing.T) {
	for lane, depth := range map[wire.Lane]int{wire.LaneControl: controlDepth, wire.LaneInput: inputDepth} {
		q, now := newQueue(), time.Unix(0, 0)
		for i := range depth {
			if l := q.put(on(lane, 2, whole, "x"), now); l != (lost{}) {
				t.Fatalf("%v %d: got %+v", lane, i, l)
			}
		}
		want := lost{wire.ReasonOverflow, 1, true}
		if l := q.put(on(lane, 2, whole, "x"), now); l != want {
			t.Errorf("%v: got %+v, want %+v", lane, l, want)
		}
		q.fail(on(wire.LaneControl, 2, 0, "last word"))
		q.put(on(lane, 2, whole, "too late"), now)
		expect(t, drain(q), []string{"last word"})
		if _, more := q.take(nil, 1, now); more {
			t.Errorf("%v: got more, want the end", lane)
		}
	}
}

func TestSoundLosesItsOldest(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	for i := range soundDepth + 2 {
		got, want := q.put(on(wire.LaneSound, 2, whole, strconv.Itoa(i)), now), lost{}
		if i >= soundDepth {
			want = lost{wire.ReasonSlow, 1, false}
		}
		if got != want {
			t.Errorf("%d: got %+v, want %+v", i, got, want)
		}
	}
	if got := drain(q); len(got) != soundDepth || got[0] != "2" {
		t.Errorf("got %d frames from %q, want %d from 2", len(got), got[0], soundDepth)
	}
}

func TestBulkKeepsToTheWindowOfEachSource(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	half := string(make([]byte, wire.BulkWindow/2))
	for _, from := range []uint32{2, 3} {
		for range 2 {
			if l := q.put(on(wire.LaneBulk, from, whole, half), now); l != (lost{}) {
				t.Errorf("from %d: got %+v", from, l)
			}
		}
		if l := q.put(on(wire.LaneBulk, from, whole, "x"), now); l.reason != wire.ReasonOverflow || l.fatal {
			t.Errorf("from %d: got %+v, want an overflow that is not fatal", from, l)
		}
	}
}

// A slow reader loses whole updates of one source, hears it once, and sees
// that source again from the next refresh on.
func TestSlowReaderLosesWholeUpdatesUntilARefresh(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	put := func(from uint32, marks wire.Flags, text string) { q.put(on(wire.LanePicture, from, marks, text), now) }
	put(2, wire.First, "a1")
	put(2, wire.Last, "a2")
	put(2, whole, "b")
	now = now.Add(pictureAge + time.Second)
	put(3, whole, "other")
	put(2, wire.First, "c1") // too late: a, b and c go
	put(2, wire.Last, "c2")
	put(2, whole, "d")
	put(3, whole, "other 2")
	put(2, whole|wire.Refresh, "e")
	put(2, whole, "f")
	expect(t, drain(q), []string{"{Conn:2 Lane:picture Updates:3 Reason:slow}", "other", "other 2", "e", "f"})
	if len(q.cut) != 0 || q.bytes != [wire.Lanes]int{} {
		t.Errorf("left over: %v, %v", q.cut, q.bytes)
	}
}

func TestUpdateThatHasBegunToLeaveIsFinished(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	put := func(marks wire.Flags, text string) { q.put(on(wire.LanePicture, 2, marks, text), now) }
	put(wire.First, "a1")
	put(0, "a2")
	put(wire.Last, "a3")
	if got, _ := q.take(nil, 1, now); len(got) != 1 {
		t.Fatalf("got %d frames, want a1", len(got))
	}
	put(whole, "b")
	now = now.Add(pictureAge + time.Second)
	put(whole, "c")
	expect(t, drain(q), []string{"{Conn:2 Lane:picture Updates:2 Reason:slow}", "a2", "a3"})
}

func TestRefreshReplacesWhatWaits(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	q.put(on(wire.LanePicture, 2, whole, "old"), now)
	now = now.Add(pictureAge + time.Second)
	if got, want := q.put(on(wire.LanePicture, 2, whole|wire.Refresh, "new"), now), (lost{wire.ReasonSlow, 1, false}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	expect(t, drain(q), []string{"new"})
}

func TestTooMuchPictureIsDropped(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	piece := string(make([]byte, 1<<20))
	marks := wire.First
	for range 9 {
		q.put(on(wire.LanePicture, 2, marks, piece), now)
		marks = 0
	}
	if l := q.put(on(wire.LanePicture, 2, 0, piece), now); l.frames != 10 || l.fatal {
		t.Errorf("got %+v, want all ten pieces dropped", l)
	}
	q.put(on(wire.LanePicture, 2, wire.Last, "rest"), now)
	expect(t, drain(q), []string{"{Conn:2 Lane:picture Updates:1 Reason:slow}"})
	q.forget(2)
	q.put(on(wire.LanePicture, 2, whole, "another life"), now)
	expect(t, drain(q), []string{"another life"})
}

// A reader of a slow line waits twice as long as a whole picture takes there,
// but never for ever and never for a lost packet alone.
func TestPatienceFollowsTheLine(t *testing.T) {
	for took, patience := range map[time.Duration]time.Duration{
		time.Millisecond: leastPictureAge, time.Second: 2 * time.Second, time.Minute: pictureAge,
	} {
		q, now := newQueue(), time.Unix(0, 0)
		q.put(on(wire.LanePicture, 2, wire.First|wire.Refresh, "r1"), now)
		q.put(on(wire.LanePicture, 2, wire.Last|wire.Refresh, "r2"), now)
		if got, _ := q.take(nil, 1, now); len(got) != 1 {
			t.Fatalf("got %d frames, want the first half", len(got))
		}
		now = now.Add(took)
		if got, _ := q.take(nil, 1, now); len(got) != 1 {
			t.Fatalf("got %d frames, want the second half", len(got))
		}
		q.put(on(wire.LanePicture, 2, whole, "a"), now)
		if l := q.put(on(wire.LanePicture, 2, whole, "b"), now.Add(patience)); l != (lost{}) {
			t.Errorf("a whole picture took %v: after %v got %+v, want patience", took, patience, l)
		}
		if l := q.put(on(wire.LanePicture, 2, whole, "c"), now.Add(patience+time.Millisecond)); l.reason != wire.ReasonSlow {
			t.Errorf("a whole picture took %v: after more than %v got %+v, want what waits dropped", took, patience, l)
		}
		if q.forget(2); q.patienceLocked(2) != pictureAge {
			t.Errorf("got %v, want nothing remembered of a source that has gone", q.patienceLocked(2))
		}
	}
}

// A lane keeps some room when it is empty, and in it nothing of what has left or
// was dropped.
func TestEmptyPictureLaneKeepsRoomAndNoPictures(t *testing.T) {
	q, now := newQueue(), time.Unix(0, 0)
	fill := func(n int) {
		for i := range n {
			q.put(on(wire.LanePicture, 2, whole, strconv.Itoa(i)), now)
		}
	}
	fill(10)
	for i, got := range drain(q) {
		if got != strconv.Itoa(i) {
			t.Errorf("got %s, want %d", got, i)
		}
	}
	kept := cap(q.spare)
	fill(10)
	drain(q)
	if kept < 8 || cap(q.spare) != kept {
		t.Errorf("room for %d and then %d, want the same", kept, cap(q.spare))
	}
	fill(3)
	now = now.Add(pictureAge + time.Second)
	fill(1) // drops them
	drain(q)
	fill(10 * spareItems)
	if drain(q); cap(q.spare) > spareItems {
		t.Errorf("room for %d is kept, want %d at the most", cap(q.spare), spareItems)
	}
	for i, it := range q.spare[:cap(q.spare)] {
		if it.raw != nil {
			t.Errorf("place %d still holds a picture", i)
		}
	}
}
