package master

import (
	"context"

	"lotse/packaging/profile"
	"lotse/participant/link"
	"lotse/participant/link/direct"
	"lotse/participant/message"
)

// transport is the way to the members: over the relay and past it while the
// room is open, the relay alone before.
func (r *run) transport() link.Transport {
	if w := r.way.Load(); w != nil {
		return w
	}
	return r.client
}

// openWay lays ways past the relay beside that over it, for as long as a
// connection to the relay lasts. What it returns ends them.
func (r *run) openWay(ctx context.Context) (way *direct.Switch, shut func()) {
	cfg := direct.Config{
		Relay: r.client, Loopback: r.cfg.Profile.Development, Log: r.cfg.Log,
		Say: func(ctx context.Context, conn uint32, msg message.Message) {
			r.tell(ctx, func(ctx context.Context) {
				if m := r.byConn(conn); m != nil {
					r.say(ctx, m, msg)
				}
			})
		},
	}
	if allowed := r.cfg.Profile.Direct; allowed != profile.DirectNever {
		cfg.Policy = r.m.relays
		if allowed == profile.DirectAnywhere && r.builtin == nil {
			cfg.STUN = r.client.Addr()
		}
	}
	cfg.Changed = func(ctx context.Context) { r.tell(ctx, func(context.Context) { r.publish() }) }
	ctx, cancel := context.WithCancel(ctx)
	over := direct.New(cfg)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.cfg.Log.Debug("way over", "error", over.Run(ctx))
	}()
	r.way.Store(over)
	r.alone() // whoever came over from another relay is here already
	return over, func() {
		cancel()
		<-done
		r.way.Store(nil)
	}
}

// directly reports whether a member is reached past the relay.
func (r *run) directly(m *member) bool {
	w := r.way.Load()
	return w != nil && !m.away && w.Up(m.conn)
}

// alone tells the way who is the only member, should there be one.
func (r *run) alone() {
	w := r.way.Load()
	if w == nil {
		return
	}
	var here []*member
	for _, m := range r.members {
		if !m.away {
			here = append(here, m)
		}
	}
	if len(here) == 1 {
		w.Sole(here[0].conn)
	} else {
		w.Sole(0)
	}
}

// offer looks for a way past the relay to a member.
func (r *run) offer(m *member) {
	if w := r.way.Load(); w != nil {
		w.Offer(m.conn)
	}
}

// told waits until what was said to everybody, or to some, has arrived, before
// the relay ends a connection: it would overtake what goes directly.
func (r *run) told(ctx context.Context, conns ...uint32) {
	if w := r.way.Load(); w != nil {
		w.Flush(ctx, conns...)
	}
}

// forgetWay ends the way to a connection that is over.
func (r *run) forgetWay(conn uint32) {
	if w := r.way.Load(); w != nil {
		w.Forget(conn)
	}
}
