package dial

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Logins keeps what was learned about proxies that ask who we are. Whoever
// connects again and again keeps one: a name and password that a proxy has
// refused are not told to it again, because some lock a user out who was wrong a
// few times. The zero value knows nothing.
type Logins struct {
	// mu guards the field below, and what is in it.
	mu    sync.Mutex
	known map[string]*known // by the proxy's host:port
}

// known is what was learned about a proxy. Whoever has turn may say who asks.
type known struct {
	turn    chan struct{}
	works   *visit                 // the last one that it let through
	refused map[string]*ProxyError // by name and password; "" is whoever is logged in
	proven  string                 // the strongest scheme in which somebody was proven to it
}

// visit is one Connect or Check. That a proxy lets us through is believed no
// longer: what was right before may be wrong now.
type visit struct {
	logins *Logins
	user   func(scheme, host string) login // as whoever is logged in
}

// at returns what is known about a proxy.
func (l *Logins) at(proxy string) *known {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.known[proxy]
	if k == nil {
		k = &known{turn: make(chan struct{}, 1), refused: make(map[string]*ProxyError)}
		if l.known == nil {
			l.known = make(map[string]*known)
		}
		l.known[proxy] = k
	}
	return k
}

// entry is one way's go at a proxy, over as many connections as it takes.
type entry struct {
	visit *visit
	proxy *url.URL
	addr  string  // what it is asked for
	who   *chosen // nil as long as nobody asked
	known *known  // nil as long as nobody asked
	as    string  // whom we say we are, as in known.refused
	turn  bool    // whether it is ours
	// offered is what the proxy takes; failed are schemes of these that came to
	// nothing; restarted says that another connection was asked for.
	offered   []challenge
	failed    []string
	restarted bool
}

// begin waits until nobody else says to that proxy who we are, or until it is
// known that this works, and chooses how to say it. What the proxy has said to
// the same name and password before is the error.
func (e *entry) begin(ctx context.Context, offered []challenge) error {
	e.offered = offered
	e.known = e.visit.logins.at(hostPort(e.proxy))
	if e.proxy.User != nil {
		e.as = e.proxy.User.String()
	}
	works, before, refused := e.history()
	if refused == nil && !works {
		select {
		case e.known.turn <- struct{}{}:
		case <-ctx.Done():
			return e.late(ctx)
		}
		e.turn = true
		_, before, refused = e.history()
	}
	if refused != nil {
		return refused
	}
	if e.who = e.answerTo(offered, before); e.who == nil {
		if len(offered) > 0 && !slices.ContainsFunc(offered, func(c challenge) bool { return !e.below(c, before) }) {
			return e.refusal(errWeaker)
		}
		return e.refusal(errNotLet)
	}
	return nil
}

// refusal is a 407 with a reason.
func (e *entry) refusal(why error) *ProxyError {
	return &ProxyError{hostPort(e.proxy), http.StatusProxyAuthRequired, names(e.offered), why}
}

// late says that nobody waits any more, which is no refusal.
func (e *entry) late(ctx context.Context) error {
	return fmt.Errorf("dial: proxy %s: %w", hostPort(e.proxy), ctx.Err())
}

// again begins to say who we are anew, for another connection.
func (e *entry) again() bool {
	e.restarted = true
	e.who.close()
	_, before, _ := e.history()
	e.who = e.answerTo(e.offered, before)
	return e.who != nil
}

// next goes on after the scheme in use has come to nothing: where it has proven
// nothing yet, with the next one over another connection, which errDialAgain
// asks for.
func (e *entry) next(ctx context.Context, why error) error {
	if ctx.Err() != nil {
		return e.late(ctx)
	}
	if !e.who.proven() {
		e.failed = append(e.failed, e.who.scheme)
		if e.again() {
			return errDialAgain
		}
	}
	return e.refusal(why)
}

// history returns whether the proxy has let this visit through, the strongest
// scheme in which somebody was proven to it, and what it said to the same name
// and password; an untyped nil is nothing.
func (e *entry) history() (works bool, proven string, refused error) {
	e.visit.logins.mu.Lock()
	defer e.visit.logins.mu.Unlock()
	if no := e.known.refused[e.as]; no != nil {
		return false, e.known.proven, no
	}
	return e.known.works == e.visit, e.known.proven, nil
}

// end gives the turn back, once. A proxy that has let somebody through, or has
// refused who was proven to it, is remembered.
func (e *entry) end(err error) {
	scheme, proven := "", false
	if e.who != nil {
		scheme, proven = e.who.scheme, e.who.proven()
		e.who.close()
		e.who = nil
	}
	if e.known == nil {
		return
	}
	k := e.known
	e.known = nil
	e.visit.logins.mu.Lock()
	defer e.visit.logins.mu.Unlock()
	if proven && !weaker(scheme, k.proven) {
		k.proven = scheme
	}
	var refused *ProxyError
	switch {
	case err == nil:
		k.works = e.visit
	case proven && errors.As(err, &refused) && refused.Status == http.StatusProxyAuthRequired:
		k.refused[e.as] = refused
	}
	if e.turn {
		e.turn = false
		<-k.turn
	}
}
