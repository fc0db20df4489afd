package handshake

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"lotse/crypto/secret"
)

// The vector was computed with Python's hmac alone, from RFC 5869.
func TestLinkIsDerivedAsWritten(t *testing.T) {
	const text = "AAECAwQFBgcICQoLDA0ODw" // 00 01 … 0f
	l, err := LinkOf(text)
	if err != nil {
		t.Fatal(err)
	}
	got := [2]string{hex.EncodeToString(l.ID), hex.EncodeToString(l.Verifier[:])}
	want := [2]string{"1be0702c71c1112514cfb121c2bf5ba3", "73bdbd33505eb04023cddf4f324e7b792ba37d776dbce2d49b1f4806efd6d096"}
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLinkTellsNothingOfItsSecret(t *testing.T) {
	seen := map[string]bool{}
	for range 8 {
		s, err := NewLink(nil)
		if err != nil {
			t.Fatal(err)
		}
		l, err := LinkOf(s)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(l.Verifier[:], l.ID) || seen[string(l.ID)] || seen[string(l.Verifier[:])] {
			t.Errorf("got %x and %x, want values of their own", l.ID, l.Verifier)
		}
		seen[string(l.ID)], seen[string(l.Verifier[:])] = true, true
		// The relay's half is no secret that the key agreement takes.
		if _, err := (Secret{Kind: KindLink, PIN: secret.Text(l.Verifier[:])}).prs(); !errors.Is(err, ErrConfig) {
			t.Errorf("got %v, want ErrConfig", err)
		}
	}
}

func TestBadLinkSecretsAreRefused(t *testing.T) {
	for _, s := range []secret.Text{"", "AAECAwQFBgcICQoLDA0OD", "AAECAwQFBgcICQoLDA0ODx", "AAECAwQFBgcICQoLDA0ODwA", "AAECAwQFBgcICQoLDA0OD!", secret.Text(strings.Repeat("A", 1000))} {
		if l, err := LinkOf(s); !errors.Is(err, ErrConfig) {
			t.Errorf("got %x, %v, want ErrConfig", l.ID, err)
		}
	}
}
