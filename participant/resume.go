package participant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/participant/link"
	"lotse/participant/session"
	"lotse/participant/turn"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// resumePause is how long to wait between tries to come back, doubled each
// time up to the longest.
const (
	resumePause = 500 * time.Millisecond
	longestWait = 5 * time.Second
)

// resume comes back after a broken connection, at once where we stand by and
// else until the session gives up.
func (r *run) resume(ctx context.Context) error {
	if r.standby.cross(ctx) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	pauses := turn.Pauses{First: resumePause, Longest: longestWait}
	for {
		err := r.resumeOnce(ctx)
		if err == nil {
			return nil
		}
		var join *joinError
		if errors.As(err, &join) && join.reason != session.ReasonUnknownSession {
			return err
		}
		r.cfg.Log.Debug("not back yet", "error", err)
		if err := pauses.Wait(ctx); err != nil {
			return err
		}
	}
}

func (r *run) resumeOnce(ctx context.Context) error {
	r.drop()
	m, err := r.meet(ctx, true)
	if err != nil {
		return err
	}
	a, err := prove(ctx, r.client, handshake.ResumeConfig{Meeting: m, Member: r.self}, r.resumeKeys)
	if err != nil {
		return err
	}
	r.tell(ctx, func(context.Context) {
		r.pair, r.rejoin = a.pair, true
		r.resumeKeys = a.keys
	})
	return nil
}

// again is a pairing that was resumed.
type again struct {
	pair *link.Pair
	// keys are the new resume key and the one from before, for the case that R3
	// is lost.
	keys []secret.Bytes
}

// prove resumes with the first of the keys that the master has, too: it may
// still have the one from before.
func prove(ctx context.Context, client *dial.Client, cfg handshake.ResumeConfig, keys []secret.Bytes) (again, error) {
	for _, key := range keys {
		cfg.Key = key
		hs, r1, err := handshake.StartResume(cfg)
		if err != nil {
			return again{}, fmt.Errorf("resume: %w", err)
		}
		r2, err := exchange(ctx, client, r1)
		if refused, ok := errors.AsType[*joinError](err); ok && refused.reason == session.ReasonTampered {
			continue
		}
		if err != nil {
			return again{}, err
		}
		r3, fresh, err := hs.Finish(r2)
		if errors.Is(err, handshake.ErrWrongSecret) {
			continue
		}
		if err != nil {
			return again{}, fmt.Errorf("resume: %w", err)
		}
		return proven(ctx, client, r3, fresh, key)
	}
	return again{}, fmt.Errorf("resume: %w", handshake.ErrWrongSecret)
}

// proven tells the master that we have the new keys.
func proven(ctx context.Context, client *dial.Client, r3 []byte, fresh *handshake.Keys, before secret.Bytes) (again, error) {
	f := wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: r3}
	if err := client.Send(ctx, f); err != nil {
		return again{}, fmt.Errorf("resume: %w", err)
	}
	pair, err := link.NewPair(wire.MasterConn, fresh.PairPM, fresh.PairMP)
	if err != nil {
		return again{}, fmt.Errorf("resume: %w", err)
	}
	return again{pair: pair, keys: []secret.Bytes{fresh.Resume, before}}, nil
}

// drop closes what is left of a connection.
func (r *run) drop() {
	if r.client != nil {
		r.hangUp()
	}
}
