package haul

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lotse/capture/clipboard"
	"lotse/participant/message"
	"lotse/participant/turn"
)

// side is one of two computers: its owner's goroutine, its right, its
// clipboard and the way to the other side.
type side struct {
	haul *Haul
	news turn.Queue
	may  bool
	put  [][]byte
	said []message.Message
	errs []error
	// say and send carry messages away; nil is nowhere.
	say  func(message.Message)
	send func(message.ClipPiece)
	gone atomic.Bool // no piece may leave
}

func newSide(t *testing.T) *side {
	t.Helper()
	s := &side{may: true, news: make(turn.Queue, 64)}
	s.haul = New(Ends{
		Say: func(_ context.Context, m message.Message) {
			s.said = append(s.said, m)
			if s.say != nil {
				s.say(m)
			}
		},
		Send: func(_ context.Context, p message.ClipPiece) error {
			if s.gone.Load() {
				return errors.New("not allowed")
			}
			if s.send != nil {
				s.send(p)
			}
			return nil
		},
		Tell:    s.news.Do,
		MayTake: func(bool) bool { return s.may },
		Put:     func(c clipboard.Content) error { s.put = append(s.put, c.Image); return nil },
		Trouble: func(err error) { s.errs = append(s.errs, err) },
		Now:     time.Now,
	})
	return s
}

// do runs f in the owner's goroutine and waits for what comes of it.
func (s *side) do(f func(context.Context)) {
	s.news <- f
	synctest.Wait()
}

// heard is a message from the other side.
func (s *side) heard(m message.Message) {
	s.do(func(ctx context.Context) { s.haul.Heard(ctx, m) })
}

// run is the owner's goroutine.
func (s *side) run(ctx context.Context) {
	defer s.haul.Wait()
	defer func() {
		s.haul.Close()
		for {
			select {
			case f := <-s.news:
				f(ctx)
			default:
				return
			}
		}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case f := <-s.news:
			f(ctx)
		case <-tick.C:
			s.haul.Tick(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// line carries messages in order, with a delay and at most so many bytes of
// pieces a second. What is said has a line of its own: it overtakes pieces.
type line struct {
	delay time.Duration
	speed int // bytes a second; 0 is no limit
	to    *side
	queue chan message.Message
	most  atomic.Int64 // pieces that ever waited
}

// carry lets one after the other onto the line.
func (l *line) carry(ctx context.Context, on chan<- arrival) {
	for {
		select {
		case m := <-l.queue:
			l.most.Store(max(l.most.Load(), int64(1+len(l.queue))))
			if p, ok := m.(message.ClipPiece); ok && l.speed > 0 {
				wait(ctx, time.Duration(len(p.Data))*time.Second/time.Duration(l.speed))
			}
			on <- arrival{m, time.Now().Add(l.delay)}
		case <-ctx.Done():
			return
		}
	}
}

// arrival is a message on the line and when it is at the other end.
type arrival struct {
	m  message.Message
	at time.Time
}

func (l *line) deliver(ctx context.Context, on <-chan arrival) {
	for {
		select {
		case a := <-on:
			wait(ctx, time.Until(a.at))
			select {
			case l.to.news <- func(ctx context.Context) { l.to.haul.Heard(ctx, a.m) }:
			case <-ctx.Done():
			}
		case <-ctx.Done():
			return
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func lay(ctx context.Context, to *side, delay time.Duration, speed int) *line {
	const long = 1 << 12
	l := &line{delay: delay, speed: speed, to: to, queue: make(chan message.Message, long)}
	on := make(chan arrival, long)
	go l.carry(ctx, on)
	go l.deliver(ctx, on)
	return l
}

// join lays the two lines from one side to the other and returns that of the
// pieces.
func join(ctx context.Context, from, to *side, delay time.Duration, speed int) *line {
	said, pieces := lay(ctx, to, delay, 0), lay(ctx, to, delay, speed)
	from.say = func(m message.Message) { said.queue <- m }
	from.send = func(p message.ClipPiece) { pieces.queue <- p }
	return pieces
}

// pair runs f with two sides and lines between them.
func pair(t *testing.T, delay time.Duration, speed int, f func(a, b *side, there *line)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, b := newSide(t), newSide(t)
		there := join(ctx, a, b, delay, speed)
		join(ctx, b, a, delay, 0)
		go a.run(ctx)
		go b.run(ctx)
		f(a, b, there)
		cancel()
		synctest.Wait()
	})
}
