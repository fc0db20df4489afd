package participant

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/packaging/profile"
	"lotse/participant/link"
	"lotse/participant/session"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// the times after which a step of joining is given up.
const (
	dialTime = 15 * time.Second
	stepTime = 20 * time.Second
)

// joinError is an attempt to join that failed for a reason that a person is
// told.
type joinError struct {
	reason session.Reason
	left   int           // attempts left for ReasonWrongPIN
	after  time.Duration // when to try again for ReasonThrottled
	err    error
}

// Error names the reason and what led to it.
func (e *joinError) Error() string {
	if e.err == nil {
		return string(e.reason)
	}
	return string(e.reason) + ": " + e.err.Error()
}

// Unwrap returns what led to it.
func (e *joinError) Unwrap() error { return e.err }

// reasonFrom keeps what the window shows about a failure.
func (r *run) reasonFrom(err error) {
	var join *joinError
	switch {
	case errors.As(err, &join):
		r.reason, r.attemptsLeft, r.retryAfter = join.reason, join.left, join.after
	case errors.Is(err, context.Canceled):
		r.reason = session.ReasonLeft
	default:
		r.reason, r.retryAfter = ReasonOf(err)
	}
}

// ReasonOf says what a person is told about an error of the way to a relay,
// and for ReasonThrottled how long to wait.
func ReasonOf(err error) (session.Reason, time.Duration) {
	var upgrade *wire.UpgradeError
	var denied *wire.DeniedError
	var wait *wire.WaitError
	var proxy *dial.ProxyError
	switch {
	case err == nil:
		return session.ReasonNone, 0
	case errors.As(err, &upgrade):
		return session.ReasonUpgrade, 0
	case errors.As(err, &wait):
		return session.ReasonThrottled, wait.After
	case errors.As(err, &denied):
		return session.Reason(denied.Reason), 0
	case errors.Is(err, profile.ErrOver):
		return session.ReasonProfileOver, 0
	case errors.Is(err, dial.ErrRelayKey):
		return session.ReasonRelayKey, 0
	case errors.As(err, &proxy) && proxy.Status == http.StatusProxyAuthRequired:
		return session.ReasonProxyLogin, 0
	case errors.Is(err, dial.ErrUnreachable), errors.Is(err, dial.ErrUnlisted), errors.Is(err, context.DeadlineExceeded):
		return session.ReasonRelayUnreachable, 0
	case errors.Is(err, handshake.ErrMalformed), errors.Is(err, link.ErrForged):
		return session.ReasonTampered, 0
	case errors.Is(err, errLost):
		return session.ReasonConnectionLost, 0
	default:
		return session.ReasonInternal, 0
	}
}

// servers are the relays that may be dialled for this code, from the one that we
// were on.
func (r *run) servers() ([]profile.Relay, error) {
	if r.code.Address == "" {
		return dial.From(r.m.relays.Servers(), r.relay), nil
	}
	if err := r.cfg.Profile.Allowed(r.code.Address); err != nil {
		return nil, &joinError{reason: session.ReasonBadCode, err: err}
	}
	return []profile.Relay{{Addr: r.code.Address}}, nil
}

// meet finds the relay that has the room, and says where the two sides meet.
// Each relay is asked that can be reached, one after the other: the master may
// be on any. What is returned when none has it is the word of one that has to
// be asked again later, if there is one.
func (r *run) meet(ctx context.Context, resume bool) (handshake.Meeting, error) {
	servers, err := r.servers()
	if err != nil {
		return handshake.Meeting{}, err
	}
	if err := r.dial(ctx, servers); err != nil {
		return handshake.Meeting{}, err
	}
	var worst error
	asked := make(map[string]bool) // a newer list may name again whom we have asked
	for {
		m, err := r.meeting(ctx, resume)
		if elsewhere, ok := errors.AsType[*wire.ElsewhereError](err); ok {
			if next := dial.WithPin(servers, elsewhere.Relay); len(next) > 0 { // of our own list, and none twice
				servers = next
			}
			err = &wire.DeniedError{Reason: wire.ReasonUnknownSession}
		}
		why, _ := ReasonOf(err)
		if why != session.ReasonUnknownSession && why != session.ReasonThrottled {
			return m, err
		}
		if worst == nil || why == session.ReasonThrottled {
			worst = err
		}
		servers = dial.Without(servers, r.client.Addr())
		again := asked[r.client.Addr()]
		asked[r.client.Addr()] = true
		if len(servers) == 0 || again {
			return m, worst
		}
		r.drop()
		if err := r.dial(ctx, servers); err != nil {
			r.cfg.Log.Debug("no other relay", "error", err)
			return m, worst
		}
	}
}

// dial reaches one of the relays and keeps the connection.
func (r *run) dial(ctx context.Context, servers []profile.Relay) error {
	limited, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	client, err := dial.Connect(limited, r.dialConfig(servers))
	if errors.Is(err, dial.ErrUnlisted) { // a newer list was handed out
		client, err = dial.Connect(limited, r.dialConfig(r.m.relays.Servers()))
	}
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	hangUp := client.Start(context.WithoutCancel(ctx))
	if !r.tell(ctx, func(context.Context) { r.client, r.hangUp, r.relay = client, hangUp, client.Addr() }) {
		hangUp()
		return ctx.Err()
	}
	return nil
}

// dialConfig is who may be dialled, and as what.
func (r *run) dialConfig(servers []profile.Relay) dial.Config {
	return dial.Config{
		Servers: servers, Allow: r.m.relays.Allowed, Lists: r.m.relays, Role: wire.RoleParticipant,
		Build: r.cfg.Build, Profile: r.cfg.Profile.ID, Serial: r.cfg.Profile.Serial, LAN: r.cfg.Profile.LAN,
		Logins: r.m.logins,
	}
}

// meeting asks the relay for the room and says where the two sides meet.
func (r *run) meeting(ctx context.Context, resume bool) (handshake.Meeting, error) {
	m := handshake.Meeting{RelayKey: r.client.RelayKey()}
	if _, err := rand.Read(m.Nonce[:]); err != nil {
		return m, fmt.Errorf("nonce: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	join := wire.Join{Session: r.code.Number, Nonce: m.Nonce, Resume: resume}
	if err := r.proveLink(&join); err != nil {
		return m, err
	}
	ticket, err := r.client.Join(ctx, join)
	if err != nil {
		return m, fmt.Errorf("join: %w", err)
	}
	r.client.Brisk(len(r.m.relays.Servers()) > 1) // before, a relay answers no pings
	m.Handle, m.Ticket = ticket.Handle, ticket.SID
	return m, nil
}

// join is the way in: relay, room, key agreement. The master's Welcome comes
// afterwards.
func (r *run) join(ctx context.Context) error {
	if err := r.cfg.Profile.Holds(r.now()); err != nil {
		return err
	}
	m, err := r.meet(ctx, false)
	if err != nil {
		return r.spent(err)
	}
	r.tell(ctx, func(ctx context.Context) { r.apply(ctx, session.Reached{At: r.now()}) })
	result, err := r.agree(ctx, m)
	if err != nil {
		return err
	}
	peer, err := r.identify(result)
	if err != nil {
		return err
	}
	if result.Decision == handshake.Deny {
		return &joinError{reason: session.ReasonRefused}
	}
	pair, err := link.NewPair(wire.MasterConn, result.Keys.PairPM, result.Keys.PairMP)
	if err != nil {
		return err
	}
	r.tell(ctx, func(ctx context.Context) {
		r.pair, r.words = pair, result.Keys.SAS
		r.master, r.profile, r.licence = result.MasterKey, result.ProfileHash, result.Licence
		r.resumeKeys = []secret.Bytes{result.Keys.Resume}
		r.apply(ctx, session.Proven{At: r.now(), Peer: peer})
	})
	return nil
}

// agree runs E1 to E4 with the master.
func (r *run) agree(ctx context.Context, m handshake.Meeting) (*handshake.Result, error) {
	shared, linkID, err := r.shared()
	if err != nil {
		return nil, err
	}
	hs, e1, err := handshake.NewParticipant(handshake.ParticipantConfig{
		Meeting: m, Secret: shared, LinkID: linkID,
		Signing: r.signing, ProfileHash: r.cfg.Profile.Hash(), Name: r.cfg.Name,
	})
	if err != nil {
		return nil, fmt.Errorf("agree: %w", err)
	}
	e2, err := r.exchange(ctx, e1)
	if err != nil {
		return nil, err
	}
	e3, err := hs.Respond(e2)
	if err != nil {
		return nil, fmt.Errorf("agree: %w", err)
	}
	e4, err := r.exchange(ctx, e3)
	if err != nil {
		return nil, err
	}
	result, err := hs.Finish(e4)
	if err != nil {
		return nil, fmt.Errorf("agree: %w", err)
	}
	return result, nil
}

// exchange sends a handshake message to the master and waits for the answer.
func (r *run) exchange(ctx context.Context, msg []byte) ([]byte, error) {
	return exchange(ctx, r.client, msg)
}

func exchange(ctx context.Context, client *dial.Client, msg []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	f := wire.Frame{Type: wire.Handshake, Channel: wire.MasterConn, Payload: msg}
	if err := client.Send(ctx, f); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	for {
		f, err := client.Receive(ctx)
		if err != nil {
			return nil, fmt.Errorf("receive: %w", err)
		}
		if f.Type == wire.Handshake {
			return heard(f.Payload)
		}
		if f.Type == wire.Notice { // nothing else is for us yet
			if err := parting(f.Payload); err != nil {
				return nil, err
			}
		}
	}
}

// heard returns a handshake message of the master, unless it is a refusal.
func heard(msg []byte) ([]byte, error) {
	refusal, is, err := handshake.ParseRefusal(msg)
	if err != nil {
		return nil, fmt.Errorf("agree: %w", err)
	}
	if is {
		return nil, &joinError{reason: session.Reason(refusal.Reason), left: int(refusal.Left)}
	}
	return msg, nil
}

// parting reads a relay's notice and returns an error for those that end a
// connection.
func parting(payload []byte) error {
	notice, err := wire.ParseNotice(payload)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	switch n := notice.(type) {
	case wire.Gone:
		return &joinError{reason: session.Reason(n.Reason)}
	case wire.Closing:
		return fmt.Errorf("%w: relay closes: %s", errLost, n.Reason)
	case wire.MasterAway:
		return fmt.Errorf("%w: master away", errLost)
	default:
		return nil
	}
}

// identify says who the master is: the licence must name the key that signed
// the handshake, and its issuer must be one of our own profile. That the key
// agreement came to an end proves the PIN: agree uses nothing else.
func (r *run) identify(result *handshake.Result) (session.Person, error) {
	facts, err := profile.OpenLicence(result.Licence, r.cfg.Profile.LicenceIssuers, r.now())
	if err != nil {
		return session.Person{}, &joinError{reason: session.ReasonLicence, err: err}
	}
	if !facts.ModuleKey.Equal(result.MasterKey) {
		return session.Person{}, &joinError{reason: session.ReasonLicence, err: errors.New("licence of another module")}
	}
	return session.Person{
		Name: facts.Name, Organisation: facts.Organisation, Verified: true, PIN: true, Link: r.code.Link != "",
		Licence: facts.Number, LicenceUntil: time.Unix(facts.NotAfter, 0),
	}, nil
}
