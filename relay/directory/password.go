package directory

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"lotse/crypto/secret"
)

// Argon2id as OWASP's Password Storage Cheat Sheet asks for (2023): 46 MiB,
// one pass, one lane.
const (
	argonMemory  = 47104 // KiB
	argonTime    = 1
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

const (
	// minPassword is the shortest password in characters that is taken
	// (NIST SP 800-63B-4 asks for 8 beside a second factor, 15 without).
	minPassword = 12
	// maxPassword bounds the work of hashing, in bytes.
	maxPassword = 512
)

// ErrPassword says that a password is wrong or can't be one.
var ErrPassword = errors.New("directory: password")

// HashPassword returns what is kept of a password: the PHC string of Argon2id.
func HashPassword(password secret.Text) (secret.Text, error) {
	p := password.Reveal()
	if n := utf8.RuneCountInString(p); n < minPassword || len(p) > maxPassword || !utf8.ValidString(p) {
		return "", fmt.Errorf("%w: it has to have at least %d characters", ErrPassword, minPassword)
	}
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("directory: %w", err)
	}
	b64 := base64.RawStdEncoding
	return secret.Text(fmt.Sprintf("%s%s$%s", phc(), b64.EncodeToString(salt), b64.EncodeToString(argon(p, salt)))), nil
}

// CheckPassword returns ErrPassword unless the password is the one whose hash
// was kept. Without a hash it takes as long, so that the time does not tell
// who exists.
func CheckPassword(hash, password secret.Text) error {
	salt, want := make([]byte, argonSalt), make([]byte, argonKey)
	known := parsePHC(hash.Reveal(), salt, want)
	p := password.Reveal()
	if len(p) > maxPassword {
		p, known = "", false
	}
	if subtle.ConstantTimeCompare(argon(p, salt), want) != 1 || !known {
		return ErrPassword
	}
	return nil
}

func argon(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
}

// phc is how the string of every hash begins.
func phc() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonTime, argonThreads)
}

func parsePHC(hash string, salt, key []byte) bool {
	rest, ok := strings.CutPrefix(hash, phc())
	first, second, both := strings.Cut(rest, "$")
	if !ok || !both {
		return false
	}
	s, err1 := base64.RawStdEncoding.DecodeString(first)
	k, err2 := base64.RawStdEncoding.DecodeString(second)
	if err1 != nil || err2 != nil || len(s) != len(salt) || len(k) != len(key) {
		return false
	}
	copy(salt, s)
	copy(key, k)
	return true
}
