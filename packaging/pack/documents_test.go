package pack

import (
	"bytes"
	"flag"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the pages that tell people what to type, the two guides last.
func documents() []string {
	return []string{"../README.md", "../RELEASE.md", "../../docs/it-guide.md", "../../docs/de/it-handbuch.md"}
}

// lines returns what a page has somebody type: the lines of code, indented or
// fenced, that begin with the program's name, with those that follow a
// backslash.
func lines(page string) (out []string) {
	joined := strings.ReplaceAll(page, "\\\n", " ")
	fenced := false
	for line := range strings.Lines(joined) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), "lotse-pack ")
		if ok && (fenced || strings.HasPrefix(line, "    ")) {
			out = append(out, strings.TrimSpace(rest))
		}
	}
	return out
}

// flagsOf are the names of a command's flags, as it lists them itself.
func flagsOf(t *testing.T, cmd *command) []string {
	t.Helper()
	var said bytes.Buffer
	c := &call{std: Std{In: strings.NewReader(""), Out: io.Discard, Err: &said}, args: []string{"-h"}, flags: flag.NewFlagSet(cmd.name, flag.ContinueOnError)}
	c.flags.SetOutput(&said)
	c.flags.BoolVar(&c.json, "json", false, "answer in JSON, for scripts")
	if _, err := cmd.run(t.Context(), c); err == nil {
		t.Fatalf("%s -h: no help", cmd.name)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(said.String(), -1) {
		names = append(names, m[1])
	}
	return names
}

// What a page has people type has to be there: each command, each flag, and
// none without a value that needs one.
func TestDocumentsNameWhatExists(t *testing.T) {
	for _, name := range documents() {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all := lines(string(page))
		if len(all) < 4 {
			t.Errorf("%s: got %d lines with lotse-pack, want at least 4", name, len(all))
		}
		typed(t, name, all)
	}
}

// typed checks that lines name commands and flags that are there.
func typed(t *testing.T, name string, lines []string) {
	t.Helper()
	words := regexp.MustCompile(`"[^"]*"|\S+`)
	for _, line := range lines {
		args := words.FindAllString(line, -1)
		cmd, rest, err := find(args)
		if cmd == nil {
			t.Errorf("%s: %q: %v", name, line, err)
			continue
		}
		known := flagsOf(t, cmd)
		for i, arg := range rest {
			flagName, isFlag := strings.CutPrefix(arg, "-")
			switch {
			case isFlag && !slices.Contains(known, flagName):
				t.Errorf("%s: %q: %s has no flag %s", name, line, cmd.name, arg)
			case !isFlag && (i == 0 || !strings.HasPrefix(rest[i-1], "-")):
				t.Errorf("%s: %q: %q is no flag's value", name, line, arg)
			}
		}
	}
}

// The workflow that asks Apple's tools makes its bundle by commands that work:
// nobody runs it here.
func TestWorkflowsBundleCanBeMade(t *testing.T) {
	page, err := os.ReadFile("../../.github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(page), "\\\n", " ")) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "./lotse-pack "); ok {
			text.WriteString("    lotse-pack " + strings.ReplaceAll(rest, `"${@:2}"`, "") + "\n") // flags of the step's own
		}
	}
	typed(t, "release.yml", lines(text.String()))
	if !regexp.MustCompile(`profile sign .*-licence-issuer issuer\.key\.pub`).MatchString(text.String()) {
		t.Errorf("got %q: a profile without licence_issuers goes into no program", text.String())
	}
}

// Who reads German types the same.
func TestBothGuidesHaveTheSameLines(t *testing.T) {
	var both [2][]string
	for i, name := range documents()[len(documents())-2:] {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		both[i] = lines(string(page))
	}
	if !slices.Equal(both[0], both[1]) {
		t.Errorf("got %q, want %q", both[1], both[0])
	}
}
