package directory

import (
	"errors"
	"strings"
	"testing"

	"lotse/crypto/secret"
)

func TestPasswordIsCheckedAgainstItsHash(t *testing.T) {
	hash, err := HashPassword("Möwe über dem Hafen")
	if err != nil || !strings.HasPrefix(hash.Reveal(), "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Fatalf("got %v, %v, want an Argon2id hash", hash.Reveal(), err)
	}
	again, err := HashPassword("Möwe über dem Hafen")
	if err != nil || again.Reveal() == hash.Reveal() {
		t.Errorf("got the same hash twice, %v", err)
	}
	if err := CheckPassword(hash, "Möwe über dem Hafen"); err != nil {
		t.Errorf("got %v for the right one", err)
	}
	text := hash.Reveal()
	for name, c := range map[string][2]secret.Text{
		"wrong":         {hash, "Möwe über dem Haven"},
		"none":          {hash, ""},
		"no hash":       {"", "Möwe über dem Hafen"},
		"zeros":         {"", ""},
		"cut hash":      {secret.Text(text[:len(text)-2]), "Möwe über dem Hafen"},
		"cheaper hash":  {secret.Text(strings.Replace(text, "m=47104", "m=8", 1)), "Möwe über dem Hafen"},
		"far too long":  {hash, secret.Text(strings.Repeat("x", maxPassword+1))},
		"other program": {"$2b$12$abcdefghijklmnopqrstuu", "Möwe über dem Hafen"},
	} {
		if err := CheckPassword(c[0], c[1]); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: got %v, want %v", name, err, ErrPassword)
		}
	}
}

func TestPasswordThatIsTooShortOrNoTextIsRefused(t *testing.T) {
	for _, p := range []secret.Text{"", "elf Zeichen", secret.Text(strings.Repeat("x", maxPassword+1)), "twelve chars\xff"} {
		if _, err := HashPassword(p); !errors.Is(err, ErrPassword) {
			t.Errorf("got %v for %d bytes, want %v", err, len(p), ErrPassword)
		}
	}
}
