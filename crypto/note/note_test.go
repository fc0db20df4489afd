package note

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"lotse/crypto/secret"
)

func keyPair(tb testing.TB, name string, seed byte) (secret.Text, string) {
	tb.Helper()
	s, v, err := KeyFromSeed(name, bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		tb.Fatal(err)
	}
	return s, v
}

func sign(tb testing.TB, kind string, body []byte, signers ...secret.Text) []byte {
	tb.Helper()
	doc, err := Sign(kind, body, signers...)
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func TestDocumentHasTheseBytes(t *testing.T) {
	s, v := keyPair(t, "example.org/licences", 1)
	got := string(sign(t, "licence", []byte("body"), s))
	want := "lotse licence\nYm9keQ==\n\n— example.org/licences pQtC6IMNrNotBDZlkdJqQBitdpBwakSXSatmSFfmfxbtKX2HGvKh/igdC1WAf/f05TDV+c8LiOL6rPvhmU2GiHu8TgM=\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := "example.org/licences+a50b42e8+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"; v != want {
		t.Errorf("verifier: got %q, want %q", v, want)
	}
}

func TestSameBodyComesBack(t *testing.T) {
	s, v := keyPair(t, "a", 1)
	for _, body := range [][]byte{{}, []byte("x"), {0, '\n', '\n', 0xff}, bytes.Repeat([]byte{0xab}, MaxBody)} {
		got, signer, err := Open("list-2", sign(t, "list-2", body, s), []string{v})
		if err != nil || signer != "a" || !bytes.Equal(got, body) {
			t.Errorf("body of %d bytes: got %d bytes, %q, %v", len(body), len(got), signer, err)
		}
	}
}

func TestWrongDocumentsAreRefused(t *testing.T) {
	s, v := keyPair(t, "a", 1)
	_, other := keyPair(t, "a", 2)
	_, renamed := keyPair(t, "b", 1)
	doc := sign(t, "licence", []byte("body"), s)
	raw := func(text string) []byte {
		k, err := note.NewSigner(s.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		out, err := note.Sign(&note.Note{Text: text}, k)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		name string
		kind string
		doc  []byte
		by   string
		want error
	}{
		{"other kind", "operator", doc, v, ErrKind},
		{"prefix of the kind", "licenc", doc, v, ErrKind},
		{"other key", "licence", doc, other, ErrSigner},
		{"other name", "licence", doc, renamed, ErrSigner},
		{"empty", "licence", nil, v, ErrSigner},
		{"too long", "licence", make([]byte, maxNote+1), v, ErrMalformed},
		{"no prefix", "licence", raw("licence\nYm9keQ==\n"), v, ErrMalformed},
		{"one line", "licence", raw("lotse licence\n"), v, ErrMalformed},
		{"three lines", "licence", raw("lotse licence\nYm9keQ==\nYm9keQ==\n"), v, ErrMalformed},
		{"base64 with trailing bits", "licence", raw("lotse licence\nYm9keR==\n"), v, ErrMalformed},
		{"base64 without padding", "licence", raw("lotse licence\nYm9keQ\n"), v, ErrMalformed},
		{"base64 with a return", "licence", raw("lotse licence\nYm9k\reQ==\n"), v, ErrSigner},
		{"body too long", "licence", raw("lotse licence\n" + base64.StdEncoding.EncodeToString(make([]byte, MaxBody+1)) + "\n"), v, ErrMalformed},
	} {
		if body, _, err := Open(c.kind, c.doc, []string{c.by}); !errors.Is(err, c.want) {
			t.Errorf("%s: got %q, %v, want %v", c.name, body, err, c.want)
		}
	}
	if _, _, err := Open("licence", doc, nil); !errors.Is(err, ErrSigner) {
		t.Errorf("no verifier: got %v, want %v", err, ErrSigner)
	}
	if _, _, err := Open("licence", doc, []string{v, "nonsense"}); err == nil {
		t.Error("a broken verifier key was passed over")
	}
}

func TestEveryChangedByteIsRefused(t *testing.T) {
	s, v := keyPair(t, "a", 1)
	doc := sign(t, "licence", []byte("body"), s)
	// The last base64 digit of a signature has two idle bits, the only ones
	// in a document that nothing reads.
	idle := len(doc) - len("=\n") - 1
	for i := range doc {
		bad := bytes.Clone(doc)
		bad[i] ^= 1
		if body, _, err := Open("licence", bad, []string{v}); err == nil && i != idle {
			t.Errorf("byte %d: got %q", i, body)
		}
		if body, _, err := Open("licence", doc[:i], []string{v}); err == nil {
			t.Errorf("cut to %d bytes: got %q", i, body)
		}
	}
	if _, _, err := Open("licence", append(bytes.Clone(doc), 'x'), []string{v}); err == nil {
		t.Error("one byte more was accepted")
	}
}

func TestSeveralSignersAreNamedInOrder(t *testing.T) {
	sa, va := keyPair(t, "a", 1)
	sb, vb := keyPair(t, "b", 2)
	sc, vc := keyPair(t, "c", 3)
	doc := sign(t, "list", []byte("body"), sa, sb)
	_, got, err := OpenAll("list", doc, []string{vc, vb, va})
	if err != nil || strings.Join(got, " ") != "b a" {
		t.Errorf("got %v, %v, want [b a]", got, err)
	}
	if _, signer, err := Open("list", doc, []string{vc, va}); err != nil || signer != "a" {
		t.Errorf("got %q, %v, want a", signer, err)
	}
	if _, _, err := Open("list", doc, []string{vc}); !errors.Is(err, ErrSigner) {
		t.Errorf("got %v, want %v", err, ErrSigner)
	}
	// a signature of c over another document does not help
	mixed := append(bytes.Clone(doc), sign(t, "list", []byte("other"), sc)[bytes.Index(sign(t, "list", []byte("other"), sc), []byte("—")):]...)
	if _, _, err := OpenAll("list", mixed, []string{va, vc}); !errors.Is(err, ErrSigner) {
		t.Errorf("spliced signature: got %v, want %v", err, ErrSigner)
	}
}

func TestSignRefusesWhatOpenWould(t *testing.T) {
	s, _ := keyPair(t, "a", 1)
	for _, kind := range []string{"", "Licence", "a b", "a\nb", "ä", strings.Repeat("a", maxKind+1)} {
		if _, err := Sign(kind, nil, s); !errors.Is(err, ErrMalformed) {
			t.Errorf("kind %q: got %v, want %v", kind, err, ErrMalformed)
		}
	}
	if _, err := Sign("a", make([]byte, MaxBody+1), s); !errors.Is(err, ErrMalformed) {
		t.Errorf("long body: got %v, want %v", err, ErrMalformed)
	}
	if _, err := Sign("a", nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("no signer: got %v, want %v", err, ErrMalformed)
	}
	if _, err := Sign("a", nil, "PRIVATE+KEY+broken"); err == nil || strings.Contains(err.Error(), "broken") {
		t.Errorf("broken key: got %v, want an error that does not quote it", err)
	}
}

func TestGeneratedKeysSign(t *testing.T) {
	s, v, err := GenerateKey("example.org")
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := Open("a", sign(t, "a", []byte("x"), s), []string{v}); err != nil || string(got) != "x" {
		t.Errorf("got %q, %v, want x", got, err)
	}
	_, again, err := GenerateKey("example.org")
	if err != nil || again == v {
		t.Errorf("second key: got %q, %v, want another than %q", again, err, v)
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb"} {
		if _, v, err := GenerateKey(name); err == nil {
			t.Errorf("name %q: got %q", name, v)
		}
	}
	if _, _, err := KeyFromSeed("a", make([]byte, 31)); err == nil {
		t.Error("a seed of 31 bytes was accepted")
	}
}

func FuzzOpen(f *testing.F) {
	s, v := keyPair(f, "a", 1)
	f.Add(sign(f, "licence", []byte("body"), s))
	f.Add([]byte("lotse licence\nYm9keQ==\n\n— a AAAA\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		body, signer, err := Open("licence", doc, []string{v})
		if err == nil && (string(body) != "body" || signer != "a") {
			t.Fatalf("got %q by %q", body, signer)
		}
	})
}

func FuzzParseText(f *testing.F) {
	f.Add("lotse licence\nYm9keQ==\n")
	f.Fuzz(func(t *testing.T, s string) {
		body, err := parseText("licence", s)
		if err == nil && text("licence", body) != s {
			t.Fatalf("%q has a second spelling", s)
		}
	})
}
