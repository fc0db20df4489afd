package participant

import (
	"context"
	"slices"

	"lotse/crypto/epoch"
	"lotse/participant/message"
	"lotse/participant/session"
)

// sendPair says something to the master alone. It does not wait: a control
// lane that is full ends the connection.
func (r *run) sendPair(ctx context.Context, m message.Message) {
	if r.pair == nil || r.client == nil || r.self == 0 {
		return
	}
	f, err := r.pair.Seal(epoch.PairControl, m)
	if err == nil {
		err = r.transport().Send(ctx, f)
	}
	if err != nil {
		r.cfg.Log.Debug("not sent", "kind", int(m.Kind()), "error", err)
	}
}

// sendGroup says something to everybody in the room.
func (r *run) sendGroup(ctx context.Context, m message.Message) {
	if err := r.send(ctx, epoch.Control, m, false); err != nil {
		r.cfg.Log.Debug("not sent", "kind", int(m.Kind()), "error", err)
	}
}

// send seals m and sends its frames in order. It may be called from the
// sharer's goroutine too.
func (r *run) send(ctx context.Context, s epoch.Stream, m message.Message, refresh bool) error {
	if r.group == nil {
		return errLost
	}
	if s == epoch.Control { // the one stream that two goroutines use
		r.control.Lock()
		defer r.control.Unlock()
	}
	frames, err := r.group.Seal(s, 0, m, refresh)
	if err != nil {
		return err
	}
	for _, f := range frames {
		if err := r.transport().Send(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// report tells the master how things stand here, when that changed.
func (r *run) report(ctx context.Context) {
	if r.phase() != session.Joined {
		return
	}
	status := message.Status{Trouble: r.trouble()}
	r.session.Look(func(s *session.Session) {
		status.Grants = s.Grants()
		if q, open := s.Question(); open {
			status.Question = q.ID
			status.Seconds = uint16(max(q.Deadline.Sub(q.Asked).Seconds(), 0))
		}
		status.Answer, status.Answered = lastAnswer(s.Ledger())
	})
	if status == r.told {
		return
	}
	r.told = status
	r.sendPair(ctx, status)
}

// lastAnswer returns how the newest settled question went, and its number.
// Where the time of what was given is over, unless the person has given
// something since, that is how it went.
func lastAnswer(ledger []session.Entry) (why session.Reason, question uint32) {
	over, since := false, false
	for _, e := range slices.Backward(ledger) {
		switch e.What {
		case "time_over":
			over = over || !since
			continue
		case "changed":
			since = true
			continue
		case "granted":
		case "declined":
			why = session.ReasonDeclined
		case "expired":
			why = session.ReasonExpired
		case "forbidden":
			why = session.ReasonForbidden
		default:
			continue
		}
		question = e.Question
		break
	}
	if over {
		why = session.ReasonTimeOver
	}
	return why, question
}

// clearWarning takes a warning back when it is one of these.
func (r *run) clearWarning(which ...session.Reason) {
	if slices.Contains(which, r.warning) {
		r.warning = session.ReasonNone
	}
}
