//go:build linux

// Command branddemo makes an invented organisation's programs the way its IT
// would, and plays a session with them: a certification authority of its own, a
// time-stamping authority, an issuer's key, a relay that nobody else lists, and
// two templates that become two signed programs. Somebody else's tool looks at
// the signatures, Wine starts the programs, and pictures are taken.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"lotse/apps/stage"
)

// where the parts lie.
type places struct {
	templates, pack, relay, wine, brand, out string
	play                                     bool
}

func main() {
	var p places
	flag.StringVar(&p.templates, "templates", "out/templates", "where the templates are")
	flag.StringVar(&p.pack, "pack", "out/dist/lotse-pack", "lotse-pack, with lotse-sign beside it")
	flag.StringVar(&p.relay, "relay", "out/dist/lotse-relay", "the relay")
	flag.StringVar(&p.wine, "wine", "out/wine", "the Wine prefix")
	flag.StringVar(&p.brand, "brand", "packaging/brands/example", "profiles and logo")
	flag.StringVar(&p.out, "out", "out/brand", "where programs and pictures go")
	flag.BoolVar(&p.play, "play", true, "let the programs meet under Wine; otherwise only make them, with the relays that the profiles list")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, p)
	cancel()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "branddemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p places) error {
	dir, err := os.MkdirTemp("", "lotse-branddemo-")
	if err != nil {
		return fmt.Errorf("scratch folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.MkdirAll(p.out, 0o750); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	pack, err := filepath.Abs(p.pack)
	if err != nil {
		return fmt.Errorf("lotse-pack: %w", err)
	}
	office, err := stage.Open(ctx, pack, dir, "Stadtwerke Musterhafen")
	if err != nil {
		return err
	}
	defer office.Close()
	var relay *stage.Relay
	if p.play {
		if relay, err = stage.StartRelay(ctx, p.relay, dir); err != nil {
			return err
		}
		defer func() { _ = relay.Stop() }()
		fmt.Println("A relay listens on", relay.Addr+"; only the profiles made now list it.")
	}
	master, err := made(ctx, p, office, relay, "master", "lotse-master.exe")
	if err != nil {
		return err
	}
	participant, err := made(ctx, p, office, relay, "participant", "lotse-participant.exe")
	if err != nil {
		return err
	}
	if !p.play {
		return keep(office, p.out)
	}
	return play(ctx, p, dir, relay, master, participant)
}

// made makes one program: profile, brand, signature, and two who look at it.
func made(ctx context.Context, p places, office *stage.Office, relay *stage.Relay, edition, template string) (string, error) {
	var more []string
	if edition == "master" { // the first of the two
		licence, err := licence(ctx, office, relay)
		if err != nil {
			return "", err
		}
		more = []string{"-licence", licence}
	}
	err := office.Profile(filepath.Join(p.brand, edition+".json"), edition, func(d map[string]any) {
		if relay == nil {
			return
		}
		d["relays"] = []any{map[string]any{"addr": relay.Addr, "region": "Musterhafen", "pins": relay.Pins}}
		delete(d, "regions")
	})
	if err != nil {
		return "", err
	}
	if err := office.Sign(ctx, edition, append(more, "-logo", filepath.Join(p.brand, "logo.png"))...); err != nil {
		return "", err
	}
	said, err := office.Make(ctx, filepath.Join(p.templates, template), edition, p.out)
	if err != nil {
		return "", err
	}
	var m struct {
		File  string `json:"file"`
		Size  int    `json:"size"`
		Steps []struct {
			Name    string  `json:"name"`
			Seconds float64 `json:"seconds"`
		} `json:"steps"`
	}
	if err := json.Unmarshal([]byte(said), &m); err != nil {
		return "", fmt.Errorf("lotse-pack: %w", err)
	}
	var steps strings.Builder
	for _, s := range m.Steps {
		fmt.Fprintf(&steps, ", %s %.2f s", s.Name, s.Seconds)
	}
	fmt.Printf("%s: %.1f MB%s\n", m.File, float64(m.Size)/1e6, steps.String())
	looked, err := office.Osslsigncode(ctx, m.File)
	if err != nil {
		return "", err
	}
	if !strings.Contains(looked, "Timestamp Server Signature verification: ok") {
		return "", fmt.Errorf("osslsigncode found no time stamp: %s", looked)
	}
	began := time.Now()
	if err := office.Verify(ctx, m.File, "-min-serial", "7"); err != nil {
		return "", err
	}
	fmt.Printf("  osslsigncode: signature and time stamp are good; lotse-pack verify agrees after %.2f s\n", time.Since(began).Seconds())
	return m.File, nil
}

// licence is one that the relay issued, or without a relay one that no relay
// takes.
func licence(ctx context.Context, office *stage.Office, relay *stage.Relay) (string, error) {
	if relay == nil {
		return office.Licence()
	}
	return office.RelayLicence(ctx, relay)
}

// label says what the programs beside it are.
const label = `The two programs in this folder are an example: an invented organisation, relays
that do not exist, signed by a certification authority that was made for this
folder and whose key is gone. They show what lotse-pack makes. Check them with

  lotse-pack verify -in FILE -issuer issuer.pub -roots root.pem
`

// keep puts what is public of the office beside its programs.
func keep(office *stage.Office, dir string) error {
	err := os.WriteFile(filepath.Join(dir, "TEST.txt"), []byte(label), 0o644) //nolint:gosec // for everybody
	for _, name := range []string{"root.pem", "issuer.pub"} {
		b, readErr := os.ReadFile(office.Path(name))
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(dir, name), b, 0o644)) //nolint:gosec // for everybody
	}
	return err
}

// play lets the two programs meet under Wine.
func play(ctx context.Context, p places, dir string, relay *stage.Relay, master, participant string) error {
	moderator, customer, err := clones(ctx, p.wine)
	if err != nil {
		return err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		_ = errors.Join(moderator.Remove(ctx), customer.Remove(ctx))
	}()
	one, err := program(moderator, "^Musterhafen Beratung", master)
	if err != nil {
		return err
	}
	other, err := program(customer, "^Musterhafen Hilfe", participant)
	if err != nil {
		return err
	}
	s, err := stage.Set(ctx, stage.Scene{Dir: dir, Relay: relay, Master: one, Participant: other})
	if err != nil {
		return err
	}
	defer s.Close()
	err = s.Pictures(p.out, "start")
	if err == nil {
		err = s.Connect(ctx)
	}
	if err == nil {
		err = s.Settle(ctx)
	}
	if err := errors.Join(err, s.Pictures(p.out, "joined")); err != nil {
		return err
	}
	fmt.Println("They met through their own relay; pictures:", filepath.Join(p.out, "*.png"))
	return nil
}

func clones(ctx context.Context, from string) (one, other *stage.Prefix, err error) {
	if one, err = stage.ClonePrefix(ctx, from, filepath.Dir(from)); err != nil {
		return nil, nil, err
	}
	if other, err = stage.ClonePrefix(ctx, from, filepath.Dir(from)); err != nil {
		return nil, nil, errors.Join(err, one.Remove(ctx))
	}
	return one, other, nil
}

// program is one of ours in a prefix. Its environment names no relay: a
// program that was branded takes none from there.
func program(p *stage.Prefix, title, file string) (*stage.Program, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("program: %w", err)
	}
	out := p.Program(title, path)
	return &out, nil
}
