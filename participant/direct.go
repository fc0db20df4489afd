package participant

import (
	"context"

	"lotse/crypto/epoch"
	"lotse/packaging/profile"
	"lotse/participant/link"
	"lotse/participant/link/direct"
	"lotse/participant/message"
	"lotse/relay/wire"
)

// transport is the way to the others: both ways while the session is served,
// the relay alone before.
func (r *run) transport() link.Transport {
	if w := r.way.Load(); w != nil {
		return w
	}
	return r.client
}

// openWay lays the way past the relay beside that over it, for as long as a
// connection lasts. What it returns ends it.
func (r *run) openWay(ctx context.Context) (way *direct.Switch, shut func()) {
	cfg := direct.Config{
		Relay: r.client, Loopback: r.cfg.Profile.Development, Log: r.cfg.Log,
		Say: func(ctx context.Context, _ uint32, m message.Message) {
			r.tell(ctx, func(ctx context.Context) { r.sendPair(ctx, m) })
		},
	}
	if allowed := r.cfg.Profile.Direct; allowed != profile.DirectNever {
		cfg.Policy = r.m.relays
		if allowed == profile.DirectAnywhere && r.code.Address == "" {
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
	return over, func() {
		cancel()
		<-done
		r.way.Store(nil)
	}
}

// directly reports whether the master is reached past the relay.
func (r *run) directly() bool {
	w := r.way.Load()
	return w != nil && w.Up(wire.MasterConn)
}

// alone tells the way whether the master is the only other member.
func (r *run) alone(roster epoch.Roster) {
	w := r.way.Load()
	if w == nil {
		return
	}
	if len(roster.Members) == 2 {
		w.Sole(wire.MasterConn)
	} else {
		w.Sole(0)
	}
}
