package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/wire"
)

// The results of a check.
const (
	fine    = "ok"
	warning = "warning" // it works, but less well
	problem = "problem" // it does not
)

const (
	// wantedFiles is one open file for each of 50 000 connections, and some for
	// the rest.
	wantedFiles = 50_000 + 500
	// doctorTime is how long all of it may take.
	doctorTime = time.Minute
)

// symptom is what one check found.
type symptom struct {
	check, result string
	took          time.Duration // 0 is not worth saying
	says          string
}

// doctor says what works of a relay on this machine, and which ways lead to
// the one that -server names. It changes nothing but what opening the database
// changes.
func doctor(ctx context.Context, args []string, s std) error {
	flags, state := flagsOf("doctor")
	var server profile.Relay
	flags.Func("server", "host:port#pin of a relay to reach, pins as lotse-relay pin prints them; without a pin the keys in the state folder count", func(v string) (err error) {
		server.Addr, server.Pins, err = parseServer(v)
		return err
	})
	flags.Func("also", "another host:port of that relay, such as its 443 or 80; may be given several times", func(addr string) error {
		server.Also = append(server.Also, addr)
		return nil
	})
	asJSON := flags.Bool("json", false, "print a list of objects")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	if len(server.Also) > 0 && server.Addr == "" {
		return &usageError{"doctor: -also belongs to -server"}
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	found := []symptom{checkBBR(wire.HasBBR()), checkFiles(), checkFolder(*state), checkKeys(*state), checkDatabase(ctx, *state)}
	if server.Addr != "" {
		ways, err := checkServer(ctx, server, *state)
		if err != nil {
			return err
		}
		found = append(found, ways...)
	}
	return report(found, *asJSON, s)
}

// report prints what was found; problems are an error.
func report(found []symptom, asJSON bool, s std) error {
	problems := 0
	var rows [][]string
	for _, f := range found {
		took := ""
		if f.took > 0 {
			took = strconv.FormatInt(f.took.Milliseconds(), 10)
		}
		rows = append(rows, []string{f.check, f.result, took, f.says})
		if f.result == problem {
			problems++
		}
	}
	if err := s.table(asJSON, []string{"check", "result", "ms", "says"}, rows); err != nil {
		return err
	}
	if problems > 0 {
		return fmt.Errorf("doctor: problems found: %d", problems)
	}
	return nil
}

func checkBBR(has bool) symptom {
	if !has {
		return symptom{"sending", warning, 0, "this system does not let us send with BBR: on lines that lose packets pictures come seconds late (modprobe tcp_bbr; sysctl net.ipv4.tcp_allowed_congestion_control)"}
	}
	return symptom{"sending", fine, 0, "connections send with BBR"}
}

func checkFiles() symptom {
	switch n := openFiles(); {
	case n == math.MaxUint64:
		return symptom{"open files", fine, 0, "no limit"}
	case n < wantedFiles:
		return symptom{"open files", warning, 0, fmt.Sprintf("limit %d: so many connections at most, %d are good to have (ulimit -n, LimitNOFILE)", n, wantedFiles)}
	default:
		return symptom{"open files", fine, 0, fmt.Sprintf("limit %d", n)}
	}
}

func checkFolder(state string) symptom {
	info, err := os.Stat(state)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return symptom{"state folder", warning, 0, state + " is not there yet: the first start makes it"}
	case err != nil:
		return symptom{"state folder", problem, 0, err.Error()}
	case !info.IsDir():
		return symptom{"state folder", problem, 0, state + " is no folder"}
	case private(info) != nil:
		return symptom{"state folder", problem, 0, fmt.Sprintf("mode %#o lets others in, want 0700", info.Mode().Perm())}
	default:
		return symptom{"state folder", fine, 0, state + " is for its owner alone"}
	}
}

func checkKeys(state string) symptom {
	_, err := loadKeys(state)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return symptom{"keys", warning, 0, "not there yet: the first start draws them"}
	case err != nil:
		return symptom{"keys", problem, 0, err.Error()}
	default:
		return symptom{"keys", fine, 0, "the current and the next one can be read by their owner alone"}
	}
}

// checkDatabase makes none that is not there.
func checkDatabase(ctx context.Context, state string) symptom {
	if os.Getenv(databaseVariable) == "" {
		if _, err := os.Stat(filepath.Join(state, databaseFile)); errors.Is(err, fs.ErrNotExist) {
			return symptom{"database", warning, 0, "not there yet: the first start makes it"}
		}
	}
	begun := time.Now()
	db, err := openDatabase(ctx, state)
	if err != nil {
		return symptom{"database", problem, time.Since(begun), err.Error()}
	}
	err = errors.Join(db.Ping(ctx), db.Close())
	if err != nil {
		return symptom{"database", problem, time.Since(begun), err.Error()}
	}
	return symptom{"database", fine, time.Since(begun), db.Kind() + " answers"}
}
