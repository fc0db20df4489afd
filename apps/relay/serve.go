package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"lotse/relay/cluster"
	"lotse/relay/directory"
	"lotse/relay/hub"
	"lotse/relay/store"
	"lotse/relay/stun"
)

// defaultListen is the port that no other program is likely to have.
const defaultListen = ":5000"

// options are what serve was told.
type options struct {
	listen             []string
	health, state      string
	webCert, webKey    string
	issuers, operators []string
	logins, stun       bool
	cluster            string
	peers              []cluster.Peer
	minBuild           uint
	lists              map[string]hub.List
	minProfiles        map[string]uint32
	level              slog.Level
}

func parseServe(args []string, s std) (options, error) {
	var o options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.Func("listen", "address for programs, each speaks TLS, WebSocket and HTTPS; may be given several times (default :5000; :443 and :80 reach further)", func(addr string) error {
		o.listen = append(o.listen, addr)
		return nil
	})
	flags.StringVar(&o.webCert, "web-certificate", "", "PEM file of a certificate for HTTPS, where a proxy wants a known one; programs pin the relay's own key inside it")
	flags.StringVar(&o.webKey, "web-key", "", "PEM file of its key")
	flags.StringVar(&o.health, "health", "127.0.0.1:5001", "address for health checks and counters, without TLS; empty is none")
	flags.StringVar(&o.state, "state", defaultState, "folder of the relay's keys and database; made at the first start")
	flags.Func("licence-issuer", "verifier key whose licences open rooms; may be given several times", func(key string) error {
		o.issuers = append(o.issuers, key)
		return nil
	})
	flags.Func("operator-issuer", "verifier key of a portal: masters need an operator certificate of it; may be given several times", func(key string) error {
		o.operators = append(o.operators, key)
		return nil
	})
	flags.BoolVar(&o.logins, "logins", false, "masters need an operator certificate of this relay's own users")
	flags.BoolVar(&o.stun, "stun", true, "tell programs over UDP, on the same ports, how their address is seen from here, so that two can talk past the relay (STUN binding; no TURN)")
	flags.StringVar(&o.cluster, "cluster", "", "address for the other relays, which then know where each other's rooms are; best on a network of their own (:6222)")
	flags.Func("cluster-peer", "host:port#pin#pin of another relay's -cluster; may be given several times, its own is left out", func(v string) error {
		addr, pins, err := parseServer(v)
		o.peers = append(o.peers, cluster.Peer{Addr: addr, Pins: pins})
		return err
	})
	flags.Func("list", "file with a signed list of relays that is handed out to the programs of its profile; may be given several times, one for each profile", func(file string) error {
		return readList(&o, file)
	})
	flags.UintVar(&o.minBuild, "min-build", 0, "oldest build of a program that is served")
	o.minProfiles = make(map[string]uint32)
	flags.Func("min-profile", "id=serial of the oldest profile of that name whose programs are served; may be given several times", func(v string) error {
		id, serial, ok := strings.Cut(v, "=")
		n, err := strconv.ParseUint(serial, 10, 32)
		if !ok || id == "" || err != nil {
			return fmt.Errorf("%q is not of the form id=serial", v)
		}
		o.minProfiles[id] = uint32(n)
		return nil
	})
	flags.TextVar(&o.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	if err := parse(flags, args, s.err); err != nil {
		return options{}, err
	}
	if len(o.listen) == 0 {
		o.listen = []string{defaultListen}
	}
	if (o.webCert == "") != (o.webKey == "") {
		return options{}, &usageError{"serve: -web-certificate and -web-key belong together"}
	}
	if (o.cluster == "") != (len(o.peers) == 0) {
		return options{}, &usageError{"serve: -cluster and -cluster-peer belong together"}
	}
	if o.minBuild > math.MaxUint32 {
		return options{}, &usageError{fmt.Sprintf("serve: -min-build %d is too big", o.minBuild)}
	}
	return o, nil
}

// serve runs the relay until ctx ends.
func serve(ctx context.Context, args []string, s std) (err error) {
	o, err := parseServe(args, s)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: o.level}))
	k, err := openKeys(o.state)
	if err != nil {
		return err
	}
	if k.drawn {
		if err := write(s.out, "New keys. Their pins, for the server list:\n"+k.pins()); err != nil {
			return err
		}
	}
	db, err := openDatabase(ctx, o.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	dir, err := openDirectory(ctx, o, db, log)
	if err != nil {
		return err
	}
	tape, err := openTape()
	if err != nil {
		return err
	}
	peers, leave, err := joinCluster(o, k, log)
	if err != nil {
		return errors.Join(err, tape.close())
	}
	defer leave()
	server, err := newServer(o, k, dir, peers, tape, log)
	if err != nil {
		return errors.Join(err, tape.close())
	}
	return errors.Join(listen(ctx, o, server, dir, log), tape.close())
}

// joinCluster finds the other relays, where there are any.
func joinCluster(o options, k keys, log *slog.Logger) (peers hub.Peers, leave func(), err error) {
	others := slices.DeleteFunc(o.peers, func(p cluster.Peer) bool { return slices.Contains(p.Pins, k.current.Pin()) })
	if len(others) == 0 {
		return nil, func() {}, nil
	}
	c, err := cluster.Start(cluster.Config{
		Listen: o.cluster, Certificate: k.current.Certificate(), Pin: k.current.Pin(), Peers: others, Log: log,
	})
	if err != nil {
		return nil, nil, err
	}
	log.Info("cluster", "address", o.cluster, "others", len(others))
	return c, c.Close, nil
}

// newServer makes the relay; it trusts the issuers it is told of, and its own.
func newServer(o options, k keys, dir *directory.Directory, peers hub.Peers, tape tape, log *slog.Logger) (*hub.Server, error) {
	local, err := localIssuers()
	if err != nil {
		return nil, err
	}
	own, err := trusted(o.state, licenceIssuer)
	if err != nil {
		return nil, err
	}
	issuers := slices.Concat(o.issuers, own)
	if len(issuers)+len(local) == 0 {
		log.Warn("no licence yet (lotse-relay licence new) and no -licence-issuer: nobody can open a room")
	}
	web, err := openWeb(o)
	if err != nil {
		return nil, err
	}
	return hub.New(hub.Config{
		Identity: k.current, Web: web, LicenceIssuers: issuers, LocalIssuers: local, Policy: dir, Record: dir.Record, Peers: peers,
		MinBuild: uint32(o.minBuild), MinSerials: o.minProfiles, Lists: o.lists, Tape: tape.writer(), Log: log,
	})
}

// openWeb reads the certificate for HTTPS, if there is one.
func openWeb(o options) (*tls.Certificate, error) {
	if o.webCert == "" {
		return nil, nil //nolint:nilnil // hub makes its own
	}
	cert, err := tls.LoadX509KeyPair(o.webCert, o.webKey)
	if err != nil {
		return nil, fmt.Errorf("web certificate: %w", err)
	}
	return &cert, nil
}

// openDirectory reads who may open rooms.
func openDirectory(ctx context.Context, o options, db *store.Store, log *slog.Logger) (*directory.Directory, error) {
	key, err := readPrivate(filepath.Join(o.state, currentFile))
	if err != nil {
		return nil, err
	}
	entries, err := db.Log(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	operators := o.operators
	if o.logins {
		own, err := openIssuer(o.state, operatorIssuer)
		if err != nil {
			return nil, err
		}
		operators = append(slices.Clip(operators), own.verifier)
	}
	log.Info("database", "kind", db.Kind())
	return directory.New(ctx, directory.Config{Store: db, Log: entries, OperatorIssuers: operators, Logger: log})
}

// listen opens the ports and serves them. When one of them ends the others
// end too.
func listen(ctx context.Context, o options, server *hub.Server, dir *directory.Directory, log *slog.Logger) error {
	links, err := listenAll(ctx, o.listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mirror stun.Server
	mirrorEnd := func() {}
	if o.stun {
		mirrorEnd = serveSTUN(ctx, &mirror, links, log)
	}
	healthEnd := func() error { return nil }
	if o.health != "" {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", o.health)
		if err != nil {
			return errors.Join(fmt.Errorf("listen for health checks: %w", err), closeAll(links))
		}
		ended := make(chan error, 1)
		go func() {
			ended <- serveHealth(ctx, l, server, dir, &mirror)
			cancel()
		}()
		healthEnd = func() error { return <-ended }
	}
	// The directory outlives the rooms: their last entries have to be written.
	dirCtx, stopDir := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDir()
	dirEnd := make(chan error, 1)
	go func() { dirEnd <- dir.Run(dirCtx, server.Recheck) }()
	for _, l := range links {
		log.Info("relay serves", "address", l.Addr().String(), "version", version())
	}
	err = server.Run(ctx, links...)
	cancel()
	mirrorEnd()
	stopDir()
	if e := <-dirEnd; !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	log.Info("relay stopped")
	return errors.Join(err, healthEnd())
}

// serveSTUN answers on the UDP ports beside the programs' ones. Where
// another program has one the relay does without. What it returns waits for the
// end.
func serveSTUN(ctx context.Context, s *stun.Server, links []net.Listener, log *slog.Logger) (wait func()) {
	var all sync.WaitGroup
	for _, l := range links {
		at, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			continue
		}
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: at.IP, Port: at.Port, Zone: at.Zone})
		if err != nil {
			log.Warn("no STUN on this port", "address", l.Addr().String(), "error", err)
			continue
		}
		all.Go(func() {
			if err := s.Serve(ctx, conn); err != nil {
				log.Warn("STUN ended", "address", l.Addr().String(), "error", err)
			}
		})
	}
	return all.Wait
}

// listenAll opens every port for programs, or none.
func listenAll(ctx context.Context, addrs []string) ([]net.Listener, error) {
	var lc net.ListenConfig
	var out []net.Listener
	for _, addr := range addrs {
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen: %w", err), closeAll(out))
		}
		out = append(out, l)
	}
	return out, nil
}

func closeAll(listeners []net.Listener) error {
	var err error
	for _, l := range listeners {
		err = errors.Join(err, l.Close())
	}
	return err
}
