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
  lotse-relay serve [-listen :5000] [-health 127.0.0.1:5001] [-state folder]
                    [-licence-issuer key]... [-min-build n] [-log-level info]
  lotse-relay pin [-state folder]     print the pins for the server list
  lotse-relay version
`

// run carries out one command.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return &usageError{"no command\n" + usage}
	}
	switch command, args := args[0], args[1:]; command {
	case "serve":
		return serve(ctx, args, stdout, stderr)
	case "pin":
		return pin(args, stdout, stderr)
	case "version":
		return write(stdout, version()+"\n")
	case "help", "-h", "-help", "--help":
		return write(stdout, usage)
	default:
		return &usageError{fmt.Sprintf("unknown command %q\n%s", command, usage)}
	}
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
func pin(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("pin", flag.ContinueOnError)
	state := flags.String("state", defaultState, "folder of the relay's keys")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	keys, err := loadKeys(*state)
	if err != nil {
		return err
	}
	return write(stdout, keys.pins())
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
