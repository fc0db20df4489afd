package dial

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The bounds of a probe.
const (
	// maxProbed is how many relays of a list are looked at, the first ones.
	maxProbed = 8
	// leastGrace and mostGrace bound how long those before the first one in the
	// list may still greet us once one has: a round trip of that one.
	leastGrace, mostGrace = 50 * time.Millisecond, 250 * time.Millisecond
	// crowded is the load in percent from which a relay gives way to one that has
	// room percent less.
	crowded, room = 80, 30
)

// Best reaches the relay that suits best, and proves the licence there if there
// is one. It greets the relays of the list side by side. The order of the list
// decides, unless a relay is clearly worse: it takes a round trip longer to greet
// us than the quickest needs, or it is crowded and another is not. So starting
// takes no more than a round trip longer than it does with the nearest relay
// alone. The errors are those of Connect.
func Best(ctx context.Context, cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(cfg.Servers) < 2 {
		return Connect(ctx, cfg)
	}
	c, err := probe(ctx, cfg)
	if c == nil {
		if len(cfg.Servers) > maxProbed && weight(err) < relayAnswered {
			cfg.Servers = cfg.Servers[maxProbed:]
			return Connect(ctx, cfg)
		}
		return nil, err
	}
	if cfg.Licence == nil {
		return c, nil
	}
	c.cfg.Licence = cfg.Licence
	if err := c.proveBy(ctx); err != nil {
		c.Close()
		if weight(err) < relayAnswered && ctx.Err() == nil {
			return Connect(ctx, cfg) // it broke meanwhile
		}
		return nil, err
	}
	return c, nil
}

// proveBy shows the licence before ctx ends.
func (c *Client) proveBy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.conn.NetConn().SetDeadline(time.Unix(1, 0)) }) // it may be closed
	err := c.prove()
	if !stop() && err == nil { // the deadline was set too late to matter here, but not for what follows
		err = fmt.Errorf("%w: %w", ErrUnreachable, context.Cause(ctx))
	}
	return err
}

// probed is how a relay greeted us.
type probed struct {
	place  int
	client *Client
	err    error
}

// probe greets the first relays of the list and returns the one to take; the
// others are closed, and nothing of them is left.
func probe(ctx context.Context, cfg Config) (*Client, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg.Licence = nil // until one is chosen
	servers := cfg.Servers[:min(len(cfg.Servers), maxProbed)]
	results := make(chan probed, len(servers))
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() {
			c, err := newRace(cfg, attempts(servers[i:i+1])).run(ctx)
			results <- probed{i, c, err}
		})
	}
	greeted := make([]*Client, len(servers))
	worst := waitForBest(ctx, results, greeted)
	cancel()
	all.Wait()
	close(results)
	for p := range results { // too late
		if p.client != nil {
			p.client.Close()
		}
	}
	best := suitable(greeted)
	for _, c := range greeted {
		if c != nil && c != best {
			c.Close()
		}
	}
	return best, worst
}

// waitForBest collects who greets us, until all have, the first of the list has,
// or a while after the first one of any. It returns the most telling error.
func waitForBest(ctx context.Context, results <-chan probed, greeted []*Client) error {
	var worst error
	var late <-chan time.Time
	for range greeted {
		select {
		case p := <-results:
			greeted[p.place] = p.client
			if weight(p.err) > weight(worst) {
				worst = p.err
			}
			if p.place == 0 && p.client != nil && p.client.load < crowded {
				return worst
			}
			if p.client != nil && late == nil {
				late = time.After(grace(p.client.greeted))
			}
		case <-late:
			return worst
		case <-ctx.Done():
			return errors.Join(worst, fmt.Errorf("%w: %w", ErrUnreachable, context.Cause(ctx)))
		}
	}
	return worst
}

// grace is how long others may still greet us once one has, which took so long.
func grace(trip time.Duration) time.Duration { return min(max(trip, leastGrace), mostGrace) }

// suitable returns the first of the list that greeted us, unless it is crowded and
// another has much more room.
func suitable(greeted []*Client) *Client {
	var best *Client
	for _, c := range greeted {
		switch {
		case c == nil:
		case best == nil, best.load >= crowded && int(c.load) <= int(best.load)-room:
			best = c
		}
	}
	return best
}
