package pack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A private key that is taken for the public half, or for its file's name, is
// not written into anybody's log.
func TestKeysAreNotRepeated(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "issuer")
	if code, _, errs := run(t, "", "keys", "new", "-name", "musterhafen", "-out", key); code != 0 {
		t.Fatalf("got exit %d: %s", code, errs)
	}
	private := strings.TrimSpace(string(must(os.ReadFile(key))))
	for flagName, args := range map[string][]string{
		"-issuer":         {"verify", "-in", "x", "-issuer", private},
		"-licence-issuer": {"profile", "check", "-in", "../brands/example/participant.json", "-licence-issuer", private},
		"-issuer-key":     {"keys", "show", "-issuer-key", private},
	} {
		for _, more := range [][]string{nil, {"-json"}} {
			code, out, errs := run(t, "", append(args, more...)...)
			if seed := private[len(private)-20:]; code != exitKey || strings.Contains(out+errs, seed) || !strings.Contains(out+errs, "private key") {
				t.Errorf("%s: got exit %d: %s", flagName, code, strings.ReplaceAll(out+errs, private, "(THE KEY)"))
			}
		}
	}
	code, _, errs := run(t, "", "profile", "check", "-in", "../brands/example/participant.json", "-licence-issuer", filepath.Join(dir, "nobody.pub"))
	if code != exitFailed || !strings.Contains(errs, "-licence-issuer is neither") {
		t.Errorf("got exit %d: %s", code, errs)
	}
}

func TestPasswordsAreNoArguments(t *testing.T) {
	o := newOffice(t)
	t.Setenv("LOTSE_TEST_PASSWORD", "secret words")
	o.write("password", []byte("secret words\r\nsecond line"))
	for from, want := range map[string]string{"file:" + o.path("password"): "secret words", "env:LOTSE_TEST_PASSWORD": "secret words", "stdin": "typed"} {
		c := &call{std: Std{In: strings.NewReader("typed\n")}}
		got, err := c.password(t.Context(), from)
		if err != nil || got.Reveal() != want {
			t.Errorf("%s: got %q, %v", from, got.Reveal(), err)
		}
	}
	for _, from := range []string{"secret words", "pass:secret", "env:LOTSE_TEST_NONE", "file:", "env:"} {
		c := &call{}
		if _, err := c.password(t.Context(), from); exitCode(err) != exitUsage || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", from, err)
		}
	}
}

// Who types a PIN presses Enter, and does not end the input.
func TestPasswordEndsWithItsLine(t *testing.T) {
	in, typing := io.Pipe()
	defer typing.Close()
	go func() { _, _ = io.WriteString(typing, "1234\n") }()
	c := &call{std: Std{In: in}}
	if got, err := c.password(t.Context(), "stdin"); err != nil || got.Reveal() != "1234" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	c = &call{std: Std{In: in}}
	if got, err := c.password(stopped, "stdin"); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody types and somebody said stop: got %q, %v", got.Reveal(), err)
	}
	long := &call{std: Std{In: strings.NewReader(strings.Repeat("x", 2*maxLine))}}
	if got, err := long.password(t.Context(), "stdin"); err != nil || len(got.Reveal()) > maxLine {
		t.Errorf("got %d bytes, %v", len(got.Reveal()), err)
	}
}

func TestNothingIsWrittenAfterStop(t *testing.T) {
	o := newOffice(t)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var said bytes.Buffer
	code := Main(stopped, []string{
		"make", "-template", o.files["participant linux"], "-profile", o.path("participant.profile"), "-issuer", o.path("issuer.pub"), "-out", o.path("hilfe"), "-unsigned",
	}, Std{strings.NewReader(""), &said, &said})
	left, err := filepath.Glob(o.path("*hilfe*"))
	if code != exitFailed || err != nil || len(left) > 0 {
		t.Errorf("got exit %d, %q, %v: %s", code, left, err, said.String())
	}
}
