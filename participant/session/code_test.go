package session

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lotse/crypto/secret"
)

func TestParseCodeReadsWhatPeopleType(t *testing.T) {
	long := Code{Number: "48213", PIN: "739204"}
	at := func(address string) Code { return Code{Number: "48213", PIN: "739204", Address: address} }
	linked := func(address string) Code {
		return Code{Number: "48213", Link: "AAECAwQFBgcICQoLDA0ODw", Address: address}
	}
	for in, want := range map[string]Code{
		"48213-739204":                                       long,
		"48213739204":                                        long,
		" 48213 - 739204\r\n":                                long,
		"48 213 739 204":                                     long,
		"48\u00a0213\u2009739\u3000204":                      long, // no-break, thin, ideographic space
		"48213\u2010739204":                                  long, // hyphen
		"48213\u2011739204":                                  long, // non-breaking hyphen
		"48213\u2012739204":                                  long, // figure dash
		"48213\u2013739204":                                  long, // en dash
		"48213\u2014739204":                                  long, // em dash
		"48213\u2015739204":                                  long, // horizontal bar
		"48213\u2212739204":                                  long, // minus sign
		"48213\ufe63739204":                                  long, // small hyphen-minus
		"48213\uff0d739204":                                  long, // fullwidth hyphen-minus
		"00000-000000":                                       {Number: "00000", PIN: "000000"},
		"123456789-000000":                                   {Number: "123456789", PIN: "000000"},
		"123456789000000":                                    {Number: "123456789", PIN: "000000"},
		"48213-739204@192.168.1.20":                          at("192.168.1.20:5005"),
		"48213739204 @ 192.168.1.20":                         at("192.168.1.20:5005"),
		"48213-739204@10.0.0.1:443":                          at("10.0.0.1:443"),
		"48213-739204@10.0.0.1:00443":                        at("10.0.0.1:443"),
		"48213-739204@10.0.0.1:65535":                        at("10.0.0.1:65535"),
		"48213-739204@fd00::1":                               at("[fd00::1]:5005"),
		"48213-739204@[FD00:0::1]":                           at("[fd00::1]:5005"),
		"48213-739204@[fd00::1]:443":                         at("[fd00::1]:443"),
		"48213-739204@::ffff:10.0.0.1":                       at("10.0.0.1:5005"),
		"48213-739204@127.0.0.1":                             at("127.0.0.1:5005"),
		"48213-739204" + strings.Repeat(" ", maxCode-12):     long,
		"lotse://join/48213#AAECAwQFBgcICQoLDA0ODw":          linked(""),
		" LOTSE://Join/48213#AAECAwQFBgcI\r\nCQoLDA0ODw ":    linked(""), // broken by a mail program
		"lotse://join/48213@10.0.0.1#AAECAwQFBgcICQoLDA0ODw": linked("10.0.0.1:5005"),
	} {
		if got, err := ParseCode(in); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", in, canonical(got), err, canonical(want))
		}
	}
}

func TestParseCodeRefusesTheRest(t *testing.T) {
	for _, in := range []string{
		"", " ", "-", "@", "-@", "48213", "739204", "4821373920", "4821-739204",
		"48213-73920", "48213-7392045", "1234567890-739204", "1234567890739204",
		"48213-739204-", "-48213-739204", "48213--739204", "48-213-739204", "48213-739-204",
		"48213_739204", "48213-73920a", "48213-\u0661\u0662\u0663\u0664\u0665\u0666", "\uff14\uff18\uff12\uff11\uff13-739204",
		"+8213-739204", "48213-7392.4", "48213-\x00739204", "48213-\xff739204", "48213-739204\u200b",
		"48213-739204@", "48213-739204@10.0.0", "48213-739204@relay.example", "48213-739204@localhost:5005",
		"48213-739204@10.0.0.1:", "48213-739204@10.0.0.1:0", "48213-739204@10.0.0.1:65536",
		"48213-739204@10.0.0.1:+5005", "48213-739204@10.0.0.1:http", "48213-739204@:5005", "48213-739204@[::1",
		"48213-739204@[[::1]]", "48213-739204@]::1[", "48213-739204@[10.0.0.1", "48213-739204@10.0.0.1/24",
		"48213-739204@fe80::1%eth0", "48213-739204@0.0.0.0", "48213-739204@::", "48213-739204@224.0.0.1",
		"48213-739204@ff02::1", "48213-739204@10.0.0.1@10.0.0.2", "48213-739204@010.0.0.1",
		"48213-739204" + strings.Repeat(" ", maxCode-11), // 129 bytes
		strings.Repeat("4", 1<<20),
		"lotse://join/", "lotse://join/48213", "lotse://join/48213#", "lotse://join/4821#AAECAwQFBgcICQoLDA0ODw",
		"lotse://join/48213#AAECAwQFBgcICQoLDA0OD", "lotse://join/48213#AAECAwQFBgcICQoLDA0ODwA", "lotse://join/48213#AAECAwQFBgcICQoLDA0ODx",
		"lotse://join/48213#AAECAwQFBgcICQoLDA0OD=", "lotse://join/48213#AAECAwQFBgcICQoLDA0O+/", "lotse://join/48213-739204#AAECAwQFBgcICQoLDA0ODw",
		"lotse://join/48213@relay.example#AAECAwQFBgcICQoLDA0ODw", "lotse://other/48213#AAECAwQFBgcICQoLDA0ODw",
		"https://join/48213#AAECAwQFBgcICQoLDA0ODw", "lotse:join/48213#AAECAwQFBgcICQoLDA0ODw", "48213#AAECAwQFBgcICQoLDA0ODw",
		"lotse://join/48213#AAECAwQFBgcICQoLDA0ODw#", "lotse://join/48213?x#AAECAwQFBgcICQoLDA0ODw",
	} {
		got, err := ParseCode(in)
		if !errors.Is(err, ErrBadCode) || got != (Code{}) {
			t.Errorf("%.140q: got %s, %v, want nothing, %v", in, canonical(got), err, ErrBadCode)
		}
	}
}

func TestCodeDoesNotPrintItsPIN(t *testing.T) {
	c := Code{Number: "48213", PIN: secret.Text("739204")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, c); strings.Contains(got, "739204") || strings.Contains(got, "373339323034") {
			t.Errorf("%s: got %s, want it without the PIN", verb, got)
		}
	}
}

func TestErrorsOfParseCodeDoNotRepeatTheInput(t *testing.T) {
	_, err := ParseCode("48213-739204@nowhere")
	if got := err.Error(); got != ErrBadCode.Error() {
		t.Errorf("got %q, want %q", got, ErrBadCode)
	}
}

// canonical writes a code as it is read out; Code itself has no such method
// because a PIN must not be printed.
func canonical(c Code) string {
	if c.Link != "" {
		return LinkText(c.Number, c.Address, c.Link).Reveal()
	}
	s := c.Number + "-" + c.PIN.Reveal()
	if c.Address != "" {
		s += "@" + c.Address
	}
	return s
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{
		"48213-739204", "48213739204", "48 213 \u2013 739 204", "48213-739204@192.168.1.20",
		"48213-739204@[fd00::1]:443", "48213-739204@fe80::1%eth0", "48213-739204@::ffff:10.0.0.1",
		"lotse://join/48213#AAECAwQFBgcICQoLDA0ODw", "lotse://join/48213@[fd00::1]:443#AAECAwQFBgcICQoLDA0ODw",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			if !errors.Is(err, ErrBadCode) || c != (Code{}) {
				t.Fatalf("%q: got %s, %v, want nothing, %v", s, canonical(c), err, ErrBadCode)
			}
			return
		}
		if n := len(c.Number); n < MinNumberDigits || n > MaxNumberDigits || (len(c.PIN) != PINDigits) == (len(c.Link) != linkLetters) {
			t.Fatalf("%q: got %s, want 5 to 9 digits, and a PIN or a link", s, canonical(c))
		}
		if again, err := ParseCode(canonical(c)); err != nil || again != c {
			t.Fatalf("%q: got %s, %v, want %s", s, canonical(again), err, canonical(c))
		}
	})
}
