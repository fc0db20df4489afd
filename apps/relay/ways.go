package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

const (
	// smallSkew is what no clock that is set by the network exceeds; bigSkew is
	// when operator certificates, made for hours, begin to fail.
	smallSkew = 5 * time.Second
	bigSkew   = time.Minute
)

// parseServer reads host:port#pin#pin.
func parseServer(v string) (addr string, pins [][32]byte, err error) {
	parts := strings.Split(v, "#")
	for _, pin := range parts[1:] {
		b, err := hex.DecodeString(pin)
		if err != nil || len(b) != 32 {
			return "", nil, fmt.Errorf("%q is no pin, want 64 digits", pin)
		}
		pins = append(pins, [32]byte(b))
	}
	if parts[0] == "" {
		return "", nil, errors.New("no address")
	}
	return parts[0], pins, nil
}

// checkServer goes every way to a relay.
func checkServer(ctx context.Context, server profile.Relay, state string) ([]symptom, error) {
	if len(server.Pins) == 0 {
		k, err := loadKeys(state)
		if err != nil {
			return nil, &usageError{"doctor: -server names no pin, and the state folder holds no keys"}
		}
		server.Pins = [][32]byte{k.current.Pin(), k.next.Pin()}
	}
	only := &profile.Profile{Relays: []profile.Relay{server}}
	findings := dial.Check(ctx, dial.Config{
		Servers: only.Relays, Allow: only.Allowed, Role: wire.RoleParticipant, Build: math.MaxUint32, // no relay wants a newer one
	})
	return symptoms(findings), nil
}

// symptoms puts findings in words. One way that works is enough.
func symptoms(findings []dial.Finding) []symptom {
	var out []symptom
	bad, clock := problem, symptom{}
	for _, f := range findings {
		if f.Err == nil {
			bad = warning
			clock = checkClock(f.Skew)
		}
	}
	for _, f := range findings {
		row := symptom{f.Way.String(), fine, max(f.Took, time.Millisecond), "the relay showed its key and greeted us"}
		if f.Err != nil {
			row.result, row.says = bad, sayWhy(f.Err)
		}
		out = append(out, row)
	}
	if clock.check != "" {
		out = append(out, clock)
	}
	return out
}

func checkClock(skew time.Duration) symptom {
	s := symptom{check: "clock", result: fine, says: "the relay's and ours agree"}
	if skew.Abs() <= smallSkew {
		return s
	}
	s.result = warning
	if skew.Abs() > bigSkew {
		s.result = problem
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	s.says = fmt.Sprintf("the relay's is %v %s ours: licences and certificates may count as not yet valid or as run out", skew.Abs().Round(time.Second), direction)
	return s
}

// sayWhy says what went wrong on a way to a relay.
func sayWhy(err error) string {
	var proxy *dial.ProxyError
	switch {
	case errors.As(err, &proxy) && proxy.Status == http.StatusProxyAuthRequired && len(proxy.Schemes) > 0:
		return "the proxy wants to know who asks, by " + strings.Join(proxy.Schemes, " or ") + "; name and password for Basic belong into the proxy's URL"
	case errors.As(err, &proxy):
		return "the proxy said no: " + strconv.Itoa(proxy.Status)
	case errors.Is(err, dial.ErrRelayKey):
		return "a key that is not pinned: another server, or something in between that looks into TLS"
	default:
		return err.Error()
	}
}
