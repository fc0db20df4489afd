package master

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"lotse/capture/input"
	"lotse/participant/message"
)

// listener is a member at the other end of a line that breaks.
type listener struct {
	text  strings.Builder
	count uint64
}

func (l *listener) hear(all ...message.Message) {
	for _, m := range all {
		l.text.WriteString(m.(message.Text).Text) //nolint:forcetypeassert // nothing else is said here
		l.count++
	}
}

// all sends until nothing waits any more.
func (l *listener) all(t *tape) {
	for more := t.next(); len(more) > 0; more = t.next() {
		l.hear(more...)
	}
}

func text(n int) message.Message { return message.Text{Text: fmt.Sprint(n, " ")} }

// Each text arrives once and in order, however often the line breaks and
// wherever.
func TestNothingIsLostOrDoubledWithALine(t *testing.T) {
	now := time.Now()
	const most = 70 // more than two bursts
	for arrive := range most {
		for lost := range most {
			var tp tape
			var l listener
			n := 0
			say := func() { n++; tp.add(text(n), now) }
			for range arrive {
				say()
				l.hear(tp.next()...)
			}
			for range lost / 2 {
				say()
				tp.next() // sent, and never arrives
			}
			tp.stop()
			for range lost - lost/2 {
				say() // while nobody is there
			}
			tp.back(l.count, now)
			l.hear(tp.next()...)
			say() // in between
			tp.next()
			tp.stop() // the line breaks again
			tp.back(l.count, now)
			say()
			l.all(&tp)
			var want strings.Builder
			for i := range n {
				fmt.Fprint(&want, i+1, " ")
			}
			if got := l.text.String(); got != want.String() {
				t.Fatalf("%d arrived, %d did not: got %s, want %s", arrive, lost, got, want.String())
			}
		}
	}
}

func TestOldInputIsNotSentAgain(t *testing.T) {
	var tp tape
	var l listener
	now := time.Now()
	tp.add(text(1), now)
	l.hear(tp.next()...)
	tp.add(text(2), now)
	tp.next() // never arrives
	tp.stop()
	now = now.Add(tapeTime + time.Second)
	tp.add(text(3), now)
	tp.back(l.count, now)
	l.all(&tp)
	tp.add(text(4), now)
	tp.next() // never arrives
	tp.stop()
	tp.back(l.count, now)
	l.all(&tp)
	if got := l.text.String(); got != "1 3 4 " {
		t.Errorf("got %s, want 1 3 4", got)
	}
}

func TestTapeIsBounded(t *testing.T) {
	now := time.Now()
	for _, off := range []bool{false, true} {
		tp := tape{off: off}
		for i := range 3 * tapeDepth {
			tp.add(text(i), now)
			tp.next()
		}
		if len(tp.said) != tapeDepth || tp.said[0].message != text(2*tapeDepth) {
			t.Errorf("off %t: %d are kept from %v, want the newest %d", off, len(tp.said), tp.said[0].message, tapeDepth)
		}
	}
	tp := tape{}
	for _, lie := range []uint64{1 << 40, ^uint64(0)} {
		tp.add(text(1), now)
		tp.back(lie, now)
		if rest := tp.next(); len(rest) != 0 {
			t.Errorf("a member that says it got %d gets %d", lie, len(rest))
		}
		tp.add(text(2), now)
		if rest := tp.next(); len(rest) != 1 {
			t.Errorf("got %d after a lie, want the one that was said since", len(rest))
		}
	}
}

func TestWhatIsSentAgainIsShort(t *testing.T) {
	var tp tape
	now := time.Now()
	tp.stop()
	long := message.Text{Text: strings.Repeat("ä", input.MaxText-1)}
	for _, m := range []message.Message{
		message.Move{At: image.Pt(1, 1)},
		message.Move{At: image.Pt(2, 2)},
		message.Button{Button: 1, Down: true},
		message.Move{At: image.Pt(3, 3)},
		message.Button{Button: 1},
		message.Text{Text: "a"},
		message.Text{Text: "b"},
		message.Key{Usage: 4, Down: true},
		long,
		message.Text{Text: "c"},
		message.Text{Text: "d"},
	} {
		tp.add(m, now)
	}
	tp.back(0, now)
	want := fmt.Sprint([]message.Message{
		message.Move{At: image.Pt(2, 2)},
		message.Button{Button: 1, Down: true},
		message.Move{At: image.Pt(3, 3)},
		message.Button{Button: 1},
		message.Text{Text: "ab"},
		message.Key{Usage: 4, Down: true},
		message.Text{Text: long.Text + "c"},
		message.Text{Text: "d"},
	})
	if got := fmt.Sprint(tp.next()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
