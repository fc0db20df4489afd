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
	"lotse/relay/wire"
)

// resumePause is how long to wait between tries to come back, doubled each
// time up to the longest.
const (
	resumePause = 500 * time.Millisecond
	longestWait = 5 * time.Second
)

// resume comes back after a broken connection, until the session gives up.
func (r *run) resume(ctx context.Context) error {
	for wait := resumePause; ; wait = min(2*wait, longestWait) {
		err := r.resumeOnce(ctx)
		if err == nil {
			return nil
		}
		var join *joinError
		if errors.As(err, &join) && join.reason != session.ReasonUnknownSession {
			return err
		}
		r.cfg.Log.Debug("not back yet", "error", err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

func (r *run) resumeOnce(ctx context.Context) error {
	r.drop()
	m, err := r.meet(ctx, true)
	if err != nil {
		return err
	}
	for _, key := range r.resumeKeys {
		cfg := handshake.ResumeConfig{Meeting: m, Member: r.self, Key: key}
		hs, r1, err := handshake.StartResume(cfg)
		if err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		r2, err := r.exchange(ctx, r1)
		var refused *joinError
		if errors.As(err, &refused) && refused.reason == session.ReasonTampered {
			continue // the master may still have the key from before
		}
		if err != nil {
			return err
		}
		r3, keys, err := hs.Finish(r2)
		if errors.Is(err, handshake.ErrWrongSecret) {
			continue
		}
		if err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		return r.resumed(ctx, r3, keys)
	}
	return fmt.Errorf("resume: %w", handshake.ErrWrongSecret)
}

// resumed proves to the master that we have the new keys and uses them from
// now on. The key from before stays, for the case that R3 is lost.
func (r *run) resumed(ctx context.Context, r3 []byte, keys *handshake.Keys) error {
	f := wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: r3}
	if err := r.client.Send(ctx, f); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	pair, err := link.NewPair(wire.MasterConn, keys.PairPM, keys.PairMP)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	r.tell(ctx, func(context.Context) {
		r.pair, r.rejoin = pair, true
		r.resumeKeys = append([]secret.Bytes{keys.Resume}, r.resumeKeys[:1]...)
	})
	return nil
}

// drop closes what is left of a connection.
func (r *run) drop() {
	if r.client != nil {
		r.hangUp()
	}
}
