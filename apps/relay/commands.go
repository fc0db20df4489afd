package main

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// usageError is a mistake in the arguments.
type usageError struct{ what string }

// Error says what is wrong and what there is.
func (e *usageError) Error() string { return e.what }

const usage = `usage:
  lotse-relay serve [-listen :5000]... [-health 127.0.0.1:5001] [-state folder]
                    [-licence-issuer key]... [-operator-issuer key]... [-logins]
                    [-cluster :6222 -cluster-peer host:6222#pin#pin...]
                    [-web-certificate file -web-key file] [-min-build n] [-log-level info]
  lotse-relay pin             print the pins for the server list
  lotse-relay licence ...     make, list and revoke licences
  lotse-relay user ...        add, list, lock out and certify users
  lotse-relay revoke ...      revoke a computer; list everything revoked
  lotse-relay log ...         export, verify and erase the participation log
  lotse-relay backup -out folder      copy keys and database while the relay runs
  lotse-relay restore -from folder    check such a copy and make a state folder of it
  lotse-relay doctor [-server host:port#pin [-also host:port]...] [-json]
                              say what works here, and which ways lead to a relay
  lotse-relay version
All take -state folder. The database is relay.db in it, or the PostgreSQL that
the environment variable LOTSE_RELAY_DATABASE names (postgres://...).
`

// run carries out one command.
func run(ctx context.Context, args []string, s std) error {
	if len(args) == 0 {
		return &usageError{"no command\n" + usage}
	}
	switch command, args := args[0], args[1:]; command {
	case "serve":
		return serve(ctx, args, s)
	case "pin":
		return pin(args, s)
	case "licence":
		return licence(ctx, args, s)
	case "user":
		return user(ctx, args, s)
	case "revoke":
		return revoke(ctx, args, s)
	case "log":
		return logCommand(ctx, args, s)
	case "backup":
		return backup(ctx, args, s)
	case "restore":
		return restore(ctx, args, s)
	case "doctor":
		return doctor(ctx, args, s)
	case "version":
		return write(s.out, version()+"\n")
	case "help", "-h", "-help", "--help":
		return write(s.out, usage)
	default:
		return &usageError{fmt.Sprintf("unknown command %q\n%s", command, usage)}
	}
}

// choose carries out one of the commands below another.
func choose(name, usage string, args []string, s std, commands map[string]func([]string) error) error {
	if len(args) == 0 {
		return &usageError{name + ": no command\n" + usage}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return write(s.out, usage)
	}
	do, ok := commands[args[0]]
	if !ok {
		return &usageError{fmt.Sprintf("unknown command %q\n%s", name+" "+args[0], usage)}
	}
	return do(args[1:])
}

// parse reads the flags of a command, which takes no other arguments.
func parse(flags *flag.FlagSet, args []string, stderr io.Writer) error {
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // Parse returns it as it is
			return err
		}
		return &usageError{err.Error()}
	}
	if flags.NArg() > 0 {
		return &usageError{fmt.Sprintf("%s: unexpected %q", flags.Name(), flags.Arg(0))}
	}
	return nil
}

// pin prints the pins of the current and of the next key, a line each.
func pin(args []string, s std) error {
	flags := flag.NewFlagSet("pin", flag.ContinueOnError)
	state := flags.String("state", defaultState, "folder of the relay's keys")
	if err := parse(flags, args, s.err); err != nil {
		return err
	}
	keys, err := loadKeys(*state)
	if err != nil {
		return err
	}
	return write(s.out, keys.pins())
}

// pins are the pins in hex, a line each, the current one first.
func (k keys) pins() string {
	current, next := k.current.Pin(), k.next.Pin()
	return hex.EncodeToString(current[:]) + "\n" + hex.EncodeToString(next[:]) + "\n"
}

// version names the program, its source and how it was built.
func version() string {
	parts := []string{"lotse-relay", "(devel)", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		parts[1] = info.Main.Version
	}
	if development {
		parts = append(parts, "development")
	}
	return strings.Join(parts, " ")
}

func write(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
