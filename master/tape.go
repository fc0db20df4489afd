package master

import (
	"time"
	"unicode/utf8"

	"lotse/capture/input"
	"lotse/participant/message"
)

// tape keeps the input that a member was last sent, so that none of it is lost
// with a connection: a member that comes back says how much arrived, and gets
// the rest. What is older than tapeTime does more harm than good by then.
type tape struct {
	said  []said
	first uint64 // the number of said[0], as the member counts
	sent  int    // how many of said went out on this connection
	off   bool   // nothing is sent until the member says how much it has
}

// said is one message of input.
type said struct {
	message message.Message
	at      time.Time
}

const (
	// tapeTime is how old input may be that is sent again, tapeDepth how much of
	// it is kept: more than a hand makes in that time.
	tapeTime  = 3 * time.Second
	tapeDepth = 1024
	// tapeBurst is how much of it is sent at once: half of what the lane holds.
	tapeBurst = 32
)

// add keeps what is to be sent. Without a connection the oldest makes way; with
// one, what still waits for its turn must not, or the two would count
// differently.
func (t *tape) add(m message.Message, now time.Time) {
	t.forget(now)
	if len(t.said) == tapeDepth && (t.off || t.sent > 0) {
		t.drop(1)
	}
	if len(t.said) < tapeDepth {
		t.said = append(t.said, said{m, now})
	}
}

// forget drops what is too old.
func (t *tape) forget(now time.Time) {
	may := t.sent
	if t.off {
		may = len(t.said)
	}
	n := 0
	for n < may && now.Sub(t.said[n].at) > tapeTime {
		n++
	}
	t.drop(n)
}

func (t *tape) drop(n int) {
	t.said = t.said[n:]
	t.first += uint64(n)
	t.sent = max(t.sent-n, 0)
}

// next returns what is to be sent now.
func (t *tape) next() []message.Message {
	if t.off {
		return nil
	}
	var out []message.Message
	for len(out) < tapeBurst && t.sent < len(t.said) {
		out = append(out, t.said[t.sent].message)
		t.sent++
	}
	return out
}

// stop keeps everything until the member is back.
func (t *tape) stop() { t.off = true }

// back goes on with a member that has got n messages. It counts on from n,
// whatever was too old to be sent again. What is sent again is made short.
func (t *tape) back(n uint64, now time.Time) {
	t.forget(now)
	if n > t.first {
		t.drop(int(min(n-t.first, uint64(len(t.said)))))
	}
	rest := t.said
	t.said, t.first, t.sent, t.off = nil, n, 0, false
	for _, s := range rest {
		if last := len(t.said) - 1; last >= 0 {
			if both, ok := joined(t.said[last].message, s.message); ok {
				t.said[last] = said{both, s.at}
				continue
			}
		}
		t.said = append(t.said, s)
	}
}

// joined makes one message of two that follow each other, where they do the
// same.
func joined(a, b message.Message) (message.Message, bool) {
	switch b := b.(type) {
	case message.Move:
		if _, ok := a.(message.Move); ok {
			return b, true
		}
	case message.Text:
		if a, ok := a.(message.Text); ok && utf8.RuneCountInString(a.Text+b.Text) <= input.MaxText {
			return message.Text{Text: a.Text + b.Text}, true
		}
	}
	return nil, false
}
