package direct

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"lotse/participant/message"
	"lotse/participant/turn"
)

const (
	// connectTime is how long an attempt may take.
	connectTime = 10 * time.Second
	// firstPause and lastPause are how long to wait before the next attempt,
	// doubled each time.
	firstPause = 2 * time.Second
	lastPause  = time.Minute
	// steady is how long a path has to stand for the pauses to begin anew.
	steady = 10 * time.Second
	// restPause is how often at most an offer is taken.
	restPause = time.Second
	// maxCandidates is how many addresses an end tells and takes in a round.
	maxCandidates = 16
)

var (
	errNoAnswer = errors.New("direct: no answer")
	errForgot   = errors.New("direct: connection over")
)

// attempt is one round of finding a path.
type attempt struct {
	round  uint32
	cancel context.CancelCauseFunc
	mail   chan message.Message
}

// Offer looks for a path to a peer, again and again, until the connection
// is forgotten or the peer wants none. One Offer a connection is enough.
func (s *Switch) Offer(conn uint32) {
	if s.cfg.Policy == nil {
		return
	}
	p := s.peer(conn)
	p.mu.Lock()
	begun := p.offering
	p.offering = true
	p.mu.Unlock()
	if !begun {
		s.later(p.offer)
	}
}

func (p *peer) offer(ctx context.Context) {
	pauses := turn.Pauses{First: firstPause, Longest: lastPause}
	for {
		p.mu.Lock()
		p.round++
		a := newAttempt(p.round)
		p.try = a
		p.mu.Unlock()
		began := time.Now()
		err := p.attempt(ctx, a, nil)
		p.s.cfg.Log.Debug("direct path", "conn", p.conn, "round", a.round, "error", err)
		if ctx.Err() != nil || errors.Is(err, errNoAnswer) || errors.Is(err, errForgot) {
			return
		}
		if time.Since(began) > steady {
			pauses.Reset()
		}
		if pauses.Wait(ctx) != nil {
			return
		}
	}
}

// Heard takes a Direct or a Candidate that a peer has sealed. It does not
// wait, and believes nothing but that it came from there.
func (s *Switch) Heard(conn uint32, m message.Message) {
	if s.cfg.Policy == nil {
		return
	}
	switch m := m.(type) {
	case message.Direct:
		if !m.Answers {
			s.offered(conn, m)
			return
		}
		s.mail(conn, m.Round, m)
	case message.Candidate:
		s.mail(conn, m.Round, m)
	}
}

// offered takes an offer. A newer one ends the one before.
func (s *Switch) offered(conn uint32, m message.Direct) {
	p := s.peer(conn)
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.Round <= p.round || time.Since(p.last) < restPause {
		return
	}
	p.round, p.last = m.Round, time.Now()
	if p.try != nil {
		p.try.cancel(errNewer)
	}
	a := newAttempt(m.Round)
	p.try = a
	s.later(func(ctx context.Context) {
		err := p.attempt(ctx, a, &m)
		s.cfg.Log.Debug("direct path", "conn", conn, "round", m.Round, "error", err)
	})
}

func newAttempt(round uint32) *attempt {
	return &attempt{round: round, cancel: func(error) {}, mail: make(chan message.Message, 2*maxCandidates)}
}

// mail hands a message to the attempt that it is for.
func (s *Switch) mail(conn, round uint32, m message.Message) {
	s.mu.Lock()
	p := s.peers[conn]
	s.mu.Unlock()
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.try == nil || p.try.round != round {
		return
	}
	select {
	case p.try.mail <- m:
	default: // more than an honest peer says
	}
}

// stop ends the peer's attempt and path.
func (p *peer) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.try != nil {
		p.try.cancel(errForgot)
	}
	if p.path != nil {
		p.downLocked(p.path, errForgot)
	}
}

// attempt looks for a path and uses it until it ends. offer is the peer's, nil
// when we offer.
func (p *peer) attempt(ctx context.Context, a *attempt, offer *message.Direct) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.mu.Lock()
	newest, over := p.try == a, p.over
	a.cancel = cancel
	p.mu.Unlock()
	switch {
	case over:
		return errForgot
	case !newest:
		return errNewer
	}
	c, err := p.connect(ctx, a, offer)
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	err = p.carry(ctx, c)
	return errors.Join(err, context.Cause(ctx))
}

// connect finds the way and makes sure of who is at its end.
func (p *peer) connect(ctx context.Context, a *attempt, offer *message.Direct) (carrier, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	l, err := newLine(p.s.cfg, offer == nil)
	if err != nil {
		return nil, err
	}
	ours := l.parameters()
	ours.Round, ours.Answers = a.round, offer != nil
	p.s.cfg.Say(ctx, p.conn, ours)
	told := 0
	err = l.gather(func(addr netip.AddrPort, seen bool) {
		if told++; told <= maxCandidates && p.s.cfg.Policy.DirectAllowed(addr.Addr()) {
			p.s.cfg.Say(ctx, p.conn, message.Candidate{Round: a.round, Seen: seen, Address: addr})
		}
	})
	if err != nil {
		l.close()
		return nil, err
	}
	c, err := p.meet(ctx, l, a, offer)
	if err != nil {
		l.close()
		return nil, err
	}
	return c, nil
}

// meet takes the peer's word on itself, and goes there.
func (p *peer) meet(ctx context.Context, l *line, a *attempt, offer *message.Direct) (carrier, error) {
	taken := 0
	var early []message.Candidate
	add := func(c message.Candidate) {
		if taken++; taken > maxCandidates || !p.s.cfg.Policy.DirectAllowed(c.Address.Addr()) {
			return
		}
		if err := l.add(c.Address, c.Seen); err != nil {
			p.s.cfg.Log.Debug("candidate", "error", err)
		}
	}
	for offer == nil {
		select {
		case <-ctx.Done():
			return nil, errNoAnswer
		case m := <-a.mail:
			switch m := m.(type) {
			case message.Direct:
				offer = &m
			case message.Candidate:
				early = append(early, m) // as many as mail holds at the most
				if len(early) > maxCandidates {
					return nil, fmt.Errorf("%w: candidates without an answer", errRubbish)
				}
			}
		}
	}
	for _, c := range early {
		add(c)
	}
	done := make(chan struct{})
	defer func() { <-done }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case m := <-a.mail:
				if c, ok := m.(message.Candidate); ok {
					add(c)
				}
			}
		}
	}()
	return l.connect(ctx, *offer)
}
