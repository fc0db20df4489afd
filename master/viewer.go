package master

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lotse/crypto/epoch"
	"lotse/participant/message"
	"lotse/participant/watch"
)

// viewer turns the updates of one member into its Screen, beside the room's
// goroutine: decoding takes milliseconds, input must not wait for it.
type viewer struct {
	r      *run
	id     uint8
	screen *watch.Screen
	queue  chan message.Update
	cancel context.CancelFunc
	done   chan struct{}

	// the room's goroutine owns the fields below
	asked time.Time
}

// updateDepth is how many updates may wait to be decoded. The sharer sends no
// more than fit in a round trip; more mean that we can't keep up, and a whole
// picture mends it.
const updateDepth = 64

// refreshEvery is how often a whole picture may be asked for.
const refreshEvery = time.Second

func newViewer(r *run, id uint8) *viewer {
	return &viewer{
		r: r, id: id, queue: make(chan message.Update, updateDepth),
		screen: watch.NewScreen(func() { r.cfg.OnPicture(id) }),
	}
}

func (v *viewer) start(ctx context.Context) {
	ctx, v.cancel = context.WithCancel(context.WithoutCancel(ctx))
	v.done = make(chan struct{})
	v.r.m.setScreen(v.id, v.screen)
	go func() {
		defer close(v.done)
		v.decode(ctx)
	}()
}

func (v *viewer) stop() {
	v.r.m.setScreen(v.id, nil)
	v.cancel()
	<-v.done
	v.screen.Close()
}

func (v *viewer) decode(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case u := <-v.queue:
			err := v.screen.Update(u.Data)
			v.r.tell(ctx, func(ctx context.Context) { v.decoded(ctx, u.Number, err) })
		}
	}
}

// update queues one; when there is no room the picture is asked for anew.
func (v *viewer) update(ctx context.Context, u message.Update) {
	select {
	case v.queue <- u:
	default:
		v.askRefresh(ctx)
	}
}

// decoded tells the sharer how it went.
func (v *viewer) decoded(ctx context.Context, number uint32, err error) {
	if err != nil {
		v.r.cfg.Log.Debug("update refused", "member", int(v.id), "error", err)
		v.askRefresh(ctx)
		return
	}
	v.r.sayRoom(ctx, v.id, message.Ack{Member: v.id, Number: number})
}

func (v *viewer) askRefresh(ctx context.Context) {
	now := v.r.cfg.Now()
	if now.Sub(v.asked) < refreshEvery {
		return
	}
	v.asked = now
	v.r.sayRoom(ctx, v.id, message.Refresh{Member: v.id})
}

func (v *viewer) reset() { v.screen.Reset() }

// sayRoom says something about a member's picture into the room.
func (r *run) sayRoom(ctx context.Context, to uint8, msg message.Message) {
	m := r.members[to]
	if m == nil || m.away || r.client == nil {
		return
	}
	frames, err := r.group.Seal(epoch.Control, 0, msg, false) // ordered: everybody must see each
	for _, f := range frames {
		if err == nil {
			err = r.transport().Send(ctx, f)
		}
	}
	if err != nil {
		r.cfg.Log.Debug("not sent", "kind", int(msg.Kind()), "error", err)
	}
}

// cleanLine takes out what can't be shown on one line.
func cleanLine(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, ""))
}

// validTail reports whether s does not end inside a character.
func validTail(s string) bool {
	r, size := utf8.DecodeLastRuneInString(s)
	return r != utf8.RuneError || size > 1
}
