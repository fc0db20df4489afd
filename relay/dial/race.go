package dial

import (
	"context"
	"fmt"
	"time"
)

// race tries ways side by side (RFC 8305 §5): the next one starts when the
// ones before it were silent for a while, or at once when one has failed.
type race struct {
	cfg     Config
	todo    []attempt
	results chan tried
	running int
	stops   map[int][]context.CancelFunc // of the ways to a server, by its place
	heard   map[int]bool                 // servers that have answered with a no
	winner  *Client
	worst   error
}

// tried is how one way went.
type tried struct {
	attempt attempt
	client  *Client
	err     error
}

func newRace(cfg Config, todo []attempt) *race {
	return &race{
		cfg: cfg, todo: todo, results: make(chan tried), stops: map[int][]context.CancelFunc{}, heard: map[int]bool{},
	}
}

// run returns the first connection that works. The others are closed, and
// nothing of them is left.
func (r *race) run(ctx context.Context) (*Client, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := time.NewTimer(0)
	defer next.Stop()
	for r.running > 0 || len(r.todo) > 0 {
		select {
		case t := <-r.results:
			r.running--
			if r.judge(t) {
				next.Reset(0)
			}
		case <-next.C:
			if r.start(ctx) {
				next.Reset(stagger)
			}
		}
		if r.winner != nil || ctx.Err() != nil {
			r.todo = nil
			cancel()
		}
	}
	switch {
	case r.winner != nil:
		return r.winner, nil
	case r.worst != nil:
		return nil, r.worst
	default:
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, context.Cause(ctx))
	}
}

// start begins the next way to a server that has not answered yet, and reports
// whether there was one.
func (r *race) start(ctx context.Context) bool {
	for len(r.todo) > 0 {
		a := r.todo[0]
		r.todo = r.todo[1:]
		if r.heard[a.place] {
			continue
		}
		r.running++
		ctx, stop := context.WithCancel(ctx)
		r.stops[a.place] = append(r.stops[a.place], stop)
		go func() {
			c, err := a.try(ctx, r.cfg)
			r.results <- tried{a, c, err}
		}()
		return true
	}
	return false
}

// judge takes a result and reports whether the next way may start at once.
func (r *race) judge(t tried) bool {
	switch {
	case t.client != nil && r.winner == nil:
		r.winner = t.client
		return false
	case t.client != nil:
		t.client.Close()
		return false
	case r.winner != nil:
		return false
	}
	r.cfg.Log.Debug("no way to a relay", "way", t.attempt.way.String(), "error", t.err)
	if weight(t.err) > weight(r.worst) {
		r.worst = t.err
	}
	if weight(t.err) >= relayAnswered {
		r.heard[t.attempt.place] = true
		for _, stop := range r.stops[t.attempt.place] {
			stop()
		}
	}
	return true
}
