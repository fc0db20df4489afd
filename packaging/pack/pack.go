// Package pack is lotse-pack: what IT types to turn templates into an
// organisation's programs. It brands, has lotse-sign sign, and reads back what
// came of it. It opens no key for code and carries no library for it; it writes
// a file whole or not at all, and over another one only when told to.
package pack

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"lotse/packaging/authenticode"
	"lotse/packaging/brand"
	"lotse/packaging/darwin"
	"lotse/packaging/profile"
	"lotse/packaging/release"
	"lotse/packaging/sbom"
	"lotse/packaging/signer"
	"lotse/packaging/verify"
	"lotse/packaging/windows"
)

// The exit codes besides 0.
const (
	exitFailed  = 1 // a file or the network
	exitUsage   = 2 // the arguments make no sense
	exitRefused = 3 // a profile, template or program is not what it should be
	exitKey     = 4 // a key, a password, a token, or lotse-sign itself
	exitStamp   = 5 // the time-stamping authority
)

// Std is where a command reads and writes.
type Std struct {
	In       io.Reader
	Out, Err io.Writer
}

// usageError is a mistake in the arguments.
type usageError struct{ what string }

// Error says what is wrong.
func (e *usageError) Error() string { return e.what }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// command is one thing that lotse-pack does. run registers its flags, parses
// them with parse, and returns what it found out.
type command struct {
	name, summary string
	run           func(ctx context.Context, c *call) (result, error)
}

// result is what a command prints: text for a person, value for a script.
type result struct {
	text  string
	value any
}

func commands() []command {
	return append([]command{
		{"make", "brand a template, sign it and verify what came of it", runMake},
		{"template", "what kind of template a file is", runTemplate},
		{"profile new", "write a profile to begin with", runProfileNew},
		{"profile check", "check a profile that somebody wrote", runProfileCheck},
		{"profile sign", "put logo, licence and signers into a profile and sign it", runProfileSign},
		{"profile show", "what a signed profile, or a program's, says", runProfileShow},
		{"keys new", "draw an issuer's key for profiles and release lists", runKeysNew},
		{"keys show", "the public half of an issuer's key, or who signs code", runKeysShow},
		{"brand", "put a signed profile into a template", runBrand},
		{"sign", "have lotse-sign sign a branded program", runSign},
		{"verify", "read a finished program back, strictly", runVerify},
		{"external out", "brand a program for somebody else to sign", runExternalOut},
		{"external in", "take it back: is it the same one, and signed as it should be?", runExternalIn},
		{"release sign", "make the signed list of the current programs", runReleaseSign},
		{"release show", "check such a list, and files against it", runReleaseShow},
		{"list sign", "sign a list of relays that is newer than a profile's", runListSign},
		{"list show", "check such a list, and whether a profile's programs take it", runListShow},
		{"sbom", "what a program was built from (CycloneDX)", runSBOM},
		{"version", "the version of lotse-pack", runVersion},
	}, macCommands()...)
}

func usage() string {
	var b strings.Builder
	b.WriteString("usage: lotse-pack COMMAND [flags]; lotse-pack COMMAND -h lists the flags of one\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-15s %s\n", c.name, c.summary)
	}
	b.WriteString(`
Every command takes -json for scripts; those that write take -force to replace a file.
Passwords come from a file, an environment variable or the standard input: -password file:PATH, env:NAME, stdin.
Exit codes: 0 done; 1 a file or the network; 2 arguments; 3 a profile, template or program is
not what it should be; 4 a key, password, token or lotse-sign; 5 the time-stamping authority.
`)
	return b.String()
}

// call is one call of a command.
type call struct {
	std   Std
	args  []string
	flags *flag.FlagSet
	json  bool
	// stdin says that a password was read from the standard input already.
	stdin bool
}

// parse reads the flags, of which some must not be empty; a command takes
// nothing else.
func (c *call) parse(needed ...string) error {
	if err := c.flags.Parse(c.args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err //nolint:wrapcheck // Main knows it
		}
		return usagef("%v", err)
	}
	if c.flags.NArg() > 0 {
		return usagef("%s: unexpected %q", c.flags.Name(), c.flags.Arg(0))
	}
	for _, name := range needed {
		if f := c.flags.Lookup(name); f == nil || f.Value.String() == "" {
			return usagef("%s: -%s is missing", c.flags.Name(), name)
		}
	}
	return nil
}

// progress prints a line for a person who waits.
func (c *call) progress(format string, args ...any) {
	if !c.json {
		fmt.Fprintf(c.std.Err, format+"\n", args...)
	}
}

// Main carries out one command and returns the exit code.
func Main(ctx context.Context, args []string, std Std) int {
	cmd, rest, err := find(args)
	if cmd == nil {
		if err == nil {
			fmt.Fprint(std.Out, usage())
			return 0
		}
		fmt.Fprintf(std.Err, "lotse-pack: %v\n\n%s", err, usage())
		return exitUsage
	}
	c := &call{std: std, args: rest, flags: flag.NewFlagSet(cmd.name, flag.ContinueOnError)}
	c.flags.SetOutput(std.Err)
	c.flags.BoolVar(&c.json, "json", false, "answer in JSON, for scripts")
	r, err := cmd.run(ctx, c)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return c.fail(err)
	}
	if c.json {
		err = c.printJSON(r.value)
	} else {
		_, err = io.WriteString(std.Out, r.text)
	}
	if err != nil {
		fmt.Fprintln(std.Err, "lotse-pack:", err)
		return exitFailed
	}
	return 0
}

// find returns the command that the arguments begin with.
func find(args []string) (*command, []string, error) {
	if len(args) == 0 {
		return nil, nil, usagef("no command")
	}
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		return nil, nil, nil
	}
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) {
			return &c, args[len(words):], nil
		}
	}
	return nil, nil, usagef("unknown command %q", strings.Join(args[:min(len(args), 2)], " "))
}

func (c *call) printJSON(v any) error {
	enc := json.NewEncoder(c.std.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("pack: write: %w", err)
	}
	return nil
}

// failure is what a script reads when something went wrong.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
	Exit  int    `json:"exit"`
}

func (c *call) fail(err error) int {
	f := failure{err.Error(), hint(err), exitCode(err)}
	if c.json {
		if err := c.printJSON(f); err != nil {
			return exitFailed
		}
		return f.Exit
	}
	fmt.Fprintf(c.std.Err, "lotse-pack %s: %s\n", c.flags.Name(), f.Error)
	if f.Hint != "" {
		fmt.Fprintln(c.std.Err, "What to do: "+f.Hint)
	}
	return f.Exit
}

// refusals are what exit code 3 stands for.
func refusals() []error {
	return append([]error{
		profile.ErrDocument, profile.ErrGuarded, profile.ErrDamaged, profile.ErrEdition, profile.ErrOver, profile.ErrTooOld, profile.ErrNoSigner, profile.ErrSlot,
		profile.ErrNone, profile.ErrLicence, profile.ErrList, profile.ErrListOld, brand.ErrTemplate, brand.ErrSigned, brand.ErrVersion,
		authenticode.ErrProgram, authenticode.ErrUnsigned, authenticode.ErrTable, authenticode.ErrSignature, authenticode.ErrChecksum,
		verify.ErrIssuer, verify.ErrSerial, verify.ErrSigner, verify.ErrResources, verify.ErrSigned, verify.ErrBundle,
		release.ErrList, release.ErrOver, release.ErrOlder, release.ErrFile, sbom.ErrProgram, windows.ErrResources, errOther,
	}, macRefusals()...)
}

func exitCode(err error) int {
	var arguments *usageError
	var said *signer.Error
	switch {
	case errors.As(err, &arguments):
		return exitUsage
	case errors.As(err, &said) && said.Why == signer.WhyStamp:
		return exitStamp
	case errors.As(err, &said) && said.Why == signer.WhyInput:
		return exitRefused
	case errors.As(err, &said), errors.Is(err, signer.ErrProgram), errors.Is(err, errKey):
		return exitKey
	case slices.ContainsFunc(refusals(), func(r error) bool { return errors.Is(err, r) }):
		return exitRefused
	}
	return exitFailed
}

// hint says what to do about an error, where there is something to say.
func hint(err error) string {
	var said *signer.Error
	if errors.As(err, &said) && said.Why == signer.WhyStamp {
		return "Nothing was written. Try again, or name another authority with -stamp; -stamp-roots names its root where the system does not know it."
	}
	for _, h := range []struct {
		is  error
		say string
	}{
		{errExists, "Choose another name, or replace the file with -force."},
		{profile.ErrGuarded, "Take the field out. What protects the customer is the same in every program."},
		{profile.ErrEdition, "Take the template of the profile's edition: master for the moderator's, participant for the customer's."},
		{profile.ErrOver, "Write a later day into not_after, count serial up, and sign the profile again."},
		{profile.ErrTooOld, "Take templates and a lotse-pack of a newer version, or leave out the rule that this one does not know."},
		{brand.ErrVersion, "Take templates, lotse-pack and lotse-sign out of one release."},
		{verify.ErrResources, "Verify with the lotse-pack that made it (\"lotse-pack version\"). If that is this one: do not hand it out."},
		{profile.ErrListOld, "Write a later day into not_after, count serial up (beyond the profile's relay_list.serial), and sign the list anew."},
		{profile.ErrList, "Programs take a list that a key in their profile's relay_list.keys signed, for the profile's id, with a relay in one of its regions."},
		{profile.ErrNoSigner, "Name who signs with -signer-certificate (for macOS also -signer-team) of \"profile sign\": programs look at the profile alone."},
		{profile.ErrNone, "This is a template; brand it first."},
		{brand.ErrSigned, "Take the template as it was released, before anybody signed it."},
		{brand.ErrTemplate, "Take a program out of the release's templates; \"lotse-pack template -in FILE\" says what a file is."},
		{verify.ErrIssuer, "Name the organisation's own issuer with -issuer. If it is named: somebody else made this program. Do not hand it out."},
		{verify.ErrSigner, "Put the certificate's key into the profile's signers (\"lotse-pack keys show\" prints it). What -signer-certificate names here can only narrow them."},
		{verify.ErrSigned, "Verify it without -unsigned: somebody signed it, and whether that still fits is what counts."},
		{verify.ErrBundle, "Verify the bundle's ZIP file, or the folder that it was unpacked in, with \"lotse-pack macos verify\"."},
		{authenticode.ErrUnsigned, "Sign the program first. For one for Linux say -unsigned; for one for Windows that is to stay unsigned as well, and its profile has to say allow_unsigned."},
		{authenticode.ErrSignature, "Where this system does not know the authority's root, or it is your own, name it with -roots (and -stamp-roots). Otherwise do not hand this file out."},
		{authenticode.ErrTable, "Do not hand this file out: make it anew from the template."},
		{authenticode.ErrChecksum, "Do not hand this file out: make it anew from the template."},
		{darwin.ErrIssuer, "Name the organisation's own issuer with -issuer. If it is named: somebody else made this bundle. Do not hand it out."},
		{darwin.ErrSigner, "Put the certificate's key or team into the profile's signers. What -signer-certificate names here can only narrow them."},
		{darwin.ErrSignature, "Where this system does not know the authority's root, or it is your own, name it with -roots (and -stamp-roots). Otherwise do not hand this bundle out."},
		{darwin.ErrBundle, "Do not hand this bundle out: make it anew from the templates."},
		{darwin.ErrOther, "What came back is not what was handed out. Do not hand it out; ask who had it."},
		{profile.ErrLicence, "Name who issued the licence with -licence-issuer (\"lotse-relay licence issuer\" prints the key), and keep NUMBER.licence and NUMBER.key together."},
		{errKey, "A key file is made with \"lotse-pack keys new\"; a token is named with -issuer-module, -issuer-token, -issuer-label and -issuer-name."},
	} {
		if errors.Is(err, h.is) {
			return h.say
		}
	}
	return ""
}

func runVersion(_ context.Context, c *call) (result, error) {
	if err := c.parse(); err != nil {
		return result{}, err
	}
	goVersion := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	return result{
		fmt.Sprintf("lotse-pack %s %s\n", profile.Version, goVersion),
		map[string]string{"version": profile.Version, "go": goVersion},
	}, nil
}
