package dial

import (
	"crypto/md5" //nolint:gosec // RFC 7616 has it, and older proxies nothing else
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// digest proves to know the password by a hash of it and of what the proxy
// asked (RFC 7616), with qop=auth alone.
type digest struct {
	user, password, addr string
	said                 bool
}

// newDigest returns nil for a question that we can't answer.
func newDigest(rest, user, password, addr string) login {
	d := &digest{user, password, addr, false}
	if _, err := d.reply(rest); err != nil {
		return nil
	}
	return d
}

func (d *digest) proven() bool { return d.said }

func (*digest) close() {}

func (d *digest) answer(rest string) (string, error) {
	if d.said && !strings.EqualFold(parameters(rest)["stale"], "true") {
		return "", errNotLet
	}
	s, err := d.reply(rest)
	d.said = d.said || err == nil
	return s, err
}

// reply answers one question.
func (d *digest) reply(rest string) (string, error) {
	p := parameters(rest)
	name := p["algorithm"]
	var sum func() hash.Hash
	switch strings.ToUpper(name) {
	case "SHA-256":
		sum = sha256.New
	case "MD5", "":
		sum = md5.New
	default:
		return "", fmt.Errorf("dial: Digest with %.16q", name)
	}
	hashed := func(parts ...string) string {
		h := sum()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	if p["nonce"] == "" || unquotable(d.user+p["realm"]+p["nonce"]+p["opaque"]) {
		return "", errors.New("dial: a question of Digest without a nonce")
	}
	a1, a2 := hashed(d.user, p["realm"], d.password), hashed("CONNECT", d.addr)
	out := fmt.Sprintf(`username="%s", realm="%s", nonce="%s", uri="%s"`, d.user, p["realm"], p["nonce"], d.addr)
	if p["qop"] == "" { // RFC 2069, of 1997
		out += fmt.Sprintf(`, response="%s"`, hashed(a1, p["nonce"], a2))
	} else {
		if !offersAuth(p["qop"]) {
			return "", fmt.Errorf("dial: Digest with qop %.16q", p["qop"])
		}
		const count = "00000001" // each question is answered once
		mine := rand.Text()
		out += fmt.Sprintf(`, qop=auth, nc=%s, cnonce="%s", response="%s"`, count, mine, hashed(a1, p["nonce"], count, mine, "auth", a2))
	}
	if name != "" {
		out += ", algorithm=" + strings.ToUpper(name)
	}
	if p["opaque"] != "" {
		out += fmt.Sprintf(`, opaque="%s"`, p["opaque"])
	}
	return out, nil
}

// unquotable reports whether s can't stand between quotation marks as it is.
func unquotable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f })
}

func offersAuth(qop string) bool {
	for q := range strings.SplitSeq(qop, ",") {
		if strings.EqualFold(strings.TrimSpace(q), "auth") {
			return true
		}
	}
	return false
}

// maxParameters is how many parameters of a question are looked at.
const maxParameters = 16

// parameters reads name=value and name="value", separated by commas (RFC 9110
// section 11.2). It stops at what it does not understand.
func parameters(s string) map[string]string {
	out := make(map[string]string)
	for range maxParameters {
		name, rest, found := strings.Cut(strings.TrimLeft(s, " \t,"), "=")
		if !found {
			break
		}
		var value string
		rest = strings.TrimLeft(rest, " \t")
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			if value, rest, found = strings.Cut(quoted, `"`); !found {
				break
			}
		} else {
			value, rest, _ = strings.Cut(rest, ",")
			value = strings.TrimRight(value, " \t")
		}
		if name = strings.ToLower(strings.TrimSpace(name)); out[name] == "" {
			out[name] = value
		}
		s = rest
	}
	return out
}
