package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"

	"lotse/relay/hub"
)

// options are what serve was told.
type options struct {
	listen, health, state string
	issuers               []string
	minBuild              uint
	level                 slog.Level
}

func parseServe(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&o.listen, "listen", ":5000", "address for programs")
	flags.StringVar(&o.health, "health", "127.0.0.1:5001", "address for health checks and counters, without TLS; empty is none")
	flags.StringVar(&o.state, "state", defaultState, "folder of the relay's keys; made at the first start")
	flags.Func("licence-issuer", "verifier key whose licences open rooms; may be given several times", func(key string) error {
		o.issuers = append(o.issuers, key)
		return nil
	})
	flags.UintVar(&o.minBuild, "min-build", 0, "oldest build of a program that is served")
	flags.TextVar(&o.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	if err := parse(flags, args, stderr); err != nil {
		return options{}, err
	}
	if o.minBuild > math.MaxUint32 {
		return options{}, &usageError{fmt.Sprintf("serve: -min-build %d is too big", o.minBuild)}
	}
	return o, nil
}

// serve runs the relay until ctx ends.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseServe(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: o.level}))
	k, err := openKeys(o.state)
	if err != nil {
		return err
	}
	if k.drawn {
		if err := write(stdout, "New keys. Their pins, for the server list:\n"+k.pins()); err != nil {
			return err
		}
	}
	local, err := localIssuers()
	if err != nil {
		return err
	}
	if len(o.issuers)+len(local) == 0 {
		log.Warn("no -licence-issuer: nobody can open a room")
	}
	tape, err := openTape()
	if err != nil {
		return err
	}
	server, err := hub.New(hub.Config{
		Identity: k.current, LicenceIssuers: o.issuers, LocalIssuers: local, MinBuild: uint32(o.minBuild),
		Tape: tape.writer(), Log: log,
	})
	if err != nil {
		return errors.Join(err, tape.close())
	}
	return errors.Join(listen(ctx, o, server, log), tape.close())
}

// listen opens the ports and serves them. When one of them ends the others
// end too.
func listen(ctx context.Context, o options, server *hub.Server, log *slog.Logger) error {
	var lc net.ListenConfig
	links, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	healthEnd := func() error { return nil }
	if o.health != "" {
		l, err := lc.Listen(ctx, "tcp", o.health)
		if err != nil {
			return errors.Join(fmt.Errorf("listen for health checks: %w", err), links.Close())
		}
		ended := make(chan error, 1)
		go func() {
			ended <- serveHealth(ctx, l, server)
			cancel()
		}()
		healthEnd = func() error { return <-ended }
	}
	log.Info("relay serves", "address", links.Addr().String(), "version", version())
	err = server.Run(ctx, links)
	cancel()
	log.Info("relay stopped")
	return errors.Join(err, healthEnd())
}
