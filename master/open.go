package master

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"lotse/packaging/profile"
	"lotse/participant"
	"lotse/participant/session"
	"lotse/participant/turn"
	"lotse/relay/dial"
	"lotse/relay/hub"
	"lotse/relay/wire"
)

// the times after which a step of opening is given up.
const (
	dialTime = 15 * time.Second
	openTime = 10 * time.Second
)

// maxMembers is how many people we want in a room; the licence may allow
// fewer.
const maxMembers = 32

// open reaches a relay and opens the room there. The first time it falls back
// on a relay of our own when no server can be reached.
func (r *run) open(ctx context.Context, first bool) error {
	if first {
		if err := r.cfg.Profile.Holds(r.cfg.Now()); err != nil {
			return err
		}
	}
	servers := dial.From(r.m.relays.Servers(), r.relay)
	if r.builtin != nil {
		servers = r.builtin.servers
	}
	for {
		client, err := r.dial(ctx, servers, first)
		if first && (errors.Is(err, dial.ErrUnreachable) || len(servers) == 0) && r.cfg.Profile.LAN {
			client, err = r.ownRelay(ctx)
		}
		if err != nil {
			return err
		}
		hangUp := client.Start(context.WithoutCancel(ctx))
		if !r.tell(ctx, func(context.Context) { r.client, r.hangUp, r.relay = client, hangUp, client.Addr() }) {
			hangUp()
			return ctx.Err()
		}
		err = r.openAt(ctx, client)
		why, _ := participant.ReasonOf(err)
		servers = dial.Without(servers, client.Addr())
		if why != session.ReasonNumberTaken || len(servers) == 0 {
			return err
		}
		r.drop() // another relay may have the number free
	}
}

// openAt opens the room at a relay, or takes it back there.
func (r *run) openAt(ctx context.Context, client *dial.Client) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	var wanted wire.Open
	if !r.tell(ctx, func(context.Context) { wanted = r.wanted() }) {
		return ctx.Err()
	}
	opened, err := client.Open(ctx, wanted)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	r.tell(ctx, func(ctx context.Context) {
		r.opened = opened
		if r.locked { // a relay that the room is new to does not know
			r.lock(ctx, true)
		}
		r.linksAt = client
		if !slices.Equal(wanted.Links, r.openLinks()) { // one was made or ended meanwhile
			r.tellLinks(ctx)
		}
	})
	return nil
}

// wanted is the room that we ask a relay for.
func (r *run) wanted() wire.Open {
	return wire.Open{
		Number: r.opened.Session, Owner: r.opened.Owner, Links: r.openLinks(), Digits: numberDigits, MaxMembers: maxMembers,
		ProfileHash: r.cfg.Profile.Hash(), PolicyHash: r.policyHash(), AutoLock: r.cfg.Profile.AutoLock,
	}
}

// dial reaches one of the relays, the one that suits best or the first in their
// order: once a room is open all of its members go by the order.
func (r *run) dial(ctx context.Context, servers []profile.Relay, best bool) (*dial.Client, error) {
	if len(servers) == 0 {
		return nil, fmt.Errorf("%w: the profile lists none", dial.ErrUnreachable)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	cfg := dial.Config{
		Servers: servers, Allow: r.m.relays.Allowed, Lists: r.m.relays, Role: wire.RoleMaster, Build: r.cfg.Build,
		Profile: r.cfg.Profile.ID, Serial: r.cfg.Profile.Serial,
		Licence: r.cfg.Profile.Licence, LAN: r.cfg.Profile.LAN, Logins: r.m.logins,
	}
	if r.builtin != nil {
		cfg.Lists = nil // it stands in none
	}
	reach := dial.Connect
	if best {
		reach = dial.Best
	}
	client, err := reach(ctx, cfg)
	if errors.Is(err, dial.ErrUnlisted) { // a newer list was handed out
		cfg.Servers = r.m.relays.Servers()
		client, err = reach(ctx, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return client, nil
}

// reopenPause is how long to wait between tries to come back, doubled each
// time up to the longest.
const (
	reopenPause = 300 * time.Millisecond
	longestWait = 5 * time.Second
)

// reopen comes back to the same number after a broken connection, until the
// room gives up.
func (r *run) reopen(ctx context.Context) error {
	pauses := turn.Pauses{First: reopenPause, Longest: longestWait}
	for {
		r.drop()
		err := r.open(ctx, false)
		if err == nil {
			return nil
		}
		if why, _ := participant.ReasonOf(err); why == session.ReasonNumberTaken || why == session.ReasonLicence {
			return err
		}
		r.cfg.Log.Debug("not back yet", "error", err)
		if err := pauses.Wait(ctx); err != nil {
			return err
		}
	}
}

// drop closes what is left of a connection.
func (r *run) drop() {
	if r.client != nil {
		r.hangUp()
	}
}

// builtin is our own relay, for a network without a server.
type builtin struct {
	servers []profile.Relay
	port    string
	cancel  context.CancelFunc
	done    chan error
	log     *slog.Logger
}

// address is what a participant types behind the @: our address on this
// network, with the port when it is not the usual one.
func (b *builtin) address() string {
	host := lanAddress()
	if b.port == defaultPort {
		return host
	}
	return net.JoinHostPort(host, b.port)
}

// defaultPort is the port of a built-in relay.
const defaultPort = "5005"

func (b *builtin) stop() {
	b.cancel()
	if err := <-b.done; err != nil {
		b.log.Warn("own relay", "error", err)
	}
}

// ownRelay starts a relay in this program and dials it.
func (r *run) ownRelay(ctx context.Context) (*dial.Client, error) {
	identity, err := hub.NewIdentity()
	if err != nil {
		return nil, fmt.Errorf("own relay: %w", err)
	}
	server, err := hub.New(hub.Config{
		Identity: identity, LicenceIssuers: r.cfg.Profile.LicenceIssuers, Log: r.cfg.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("own relay: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", r.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("%w: own relay: %w", dial.ErrUnreachable, err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("own relay: %w", err), listener.Close())
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b := &builtin{
		port: port, cancel: cancel, done: make(chan error, 1), log: r.cfg.Log,
		servers: []profile.Relay{{Addr: net.JoinHostPort("127.0.0.1", port), Pins: [][32]byte{identity.Pin()}}},
	}
	go func() { b.done <- server.Run(run, listener) }()
	r.tell(ctx, func(context.Context) { r.builtin = b })
	return r.dial(ctx, b.servers, false)
}
