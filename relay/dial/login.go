package dial

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/Azure/go-ntlmssp"
)

// The ways to tell a proxy who asks that we know of.
const (
	schemeNegotiate = "Negotiate" // RFC 4559: Kerberos, or NTLM where there is none
	schemeNTLM      = "NTLM"      // MS-NTHT
	schemeDigest    = "Digest"    // RFC 7616
	schemeBasic     = "Basic"     // RFC 7617: the password itself
)

// schemes are these, the strongest first.
func schemes() []string {
	return []string{schemeNegotiate, schemeNTLM, schemeDigest, schemeBasic}
}

// weaker reports whether scheme is weaker than another one; "" is none.
func weaker(scheme, than string) bool {
	return than != "" && slices.Index(schemes(), scheme) > slices.Index(schemes(), than)
}

// challenge is one way that a proxy takes, with what stands behind its name.
type challenge struct{ scheme, rest string }

// challenges are the ways in a proxy's answer that we know of, the strongest
// first; whatever else is in there is a stranger's text.
func challenges(headers []string) []challenge {
	var out []challenge
	for _, known := range schemes() {
		for _, h := range headers {
			if first, rest, _ := strings.Cut(strings.TrimSpace(h), " "); strings.EqualFold(first, known) {
				out = append(out, challenge{known, strings.TrimSpace(rest)})
				break
			}
		}
	}
	return out
}

// login tells a proxy who asks, over as many rounds as its scheme takes. One
// goroutine at a time calls it.
type login interface {
	// answer returns what stands behind the scheme's name, given what stood there
	// in the proxy's last answer. It fails with errNotLet once the proxy has heard
	// all there is to say.
	answer(rest string) (string, error)
	// proven reports whether what was said so far is enough to let us through, and
	// so to refuse us, or to guess the password from.
	proven() bool
	close()
}

var (
	// errNotLet says that a proxy has heard who asks and still asks.
	errNotLet = errors.New("dial: the proxy does not take who we are")
	// errWeaker says that a proxy takes nothing as strong as what it took before.
	errWeaker = errors.New("dial: the proxy takes nothing as strong as before")
	// errDialAgain says that a proxy hung up after its first question.
	errDialAgain = errors.New("dial: the proxy asks and hangs up")
)

// chosen is a login in one of the schemes, with the question that it was chosen
// for.
type chosen struct {
	challenge
	login
}

// say is answer that ends with ctx: Windows can take long where a domain does not
// answer. Nobody waits for it then; what it holds is given back once it is
// done.
func (c *chosen) say(ctx context.Context) (string, error) {
	type said struct {
		text string
		err  error
	}
	l, rest, proven, done := c.login, c.rest, c.proven(), make(chan said, 1)
	go func() {
		text, err := l.answer(rest)
		done <- said{text, err}
	}()
	select {
	case s := <-done:
		return s.text, s.err
	case <-ctx.Done():
		c.login = leftLogin(proven)
		go func() {
			<-done
			l.close()
		}()
		return "", ctx.Err()
	}
}

// leftLogin is one that nobody waits for; it is whether it had proven anything.
type leftLogin bool

func (leftLogin) answer(string) (string, error) { return "", errNotLet }
func (l leftLogin) proven() bool                { return bool(l) }
func (leftLogin) close()                        {}

// answerTo picks the strongest scheme that is offered and that we can do: as the
// user in the proxy's URL, or without one as whoever is logged in to Windows. A
// password itself goes to a proxy only that wants nothing better, or in TLS.
// Without TLS anybody in between can leave schemes out of what is offered, so
// none is taken that is weaker than the strongest in which it was proven before
// who we are, nor one that has failed.
func (e *entry) answerTo(offered []challenge, before string) *chosen {
	proxy, password, has := e.proxy, "", false
	if proxy.User != nil {
		password, has = proxy.User.Password()
	}
	for _, c := range offered {
		if slices.Contains(e.failed, c.scheme) || e.below(c, before) {
			continue
		}
		var l login
		switch {
		case !has && (c.scheme == schemeNegotiate || c.scheme == schemeNTLM):
			l = e.visit.user(c.scheme, proxy.Hostname())
		case !has:
		case c.scheme == schemeNegotiate, c.scheme == schemeNTLM:
			l = &ntlmLogin{user: proxy.User.Username(), password: password}
		case c.scheme == schemeDigest:
			l = newDigest(c.rest, proxy.User.Username(), password, e.addr)
		case c.scheme == schemeBasic && (len(offered) == 1 || proxy.Scheme == "https"):
			l = &basicLogin{user: proxy.User.Username(), password: password}
		}
		if l != nil {
			return &chosen{c, l}
		}
	}
	return nil
}

// below reports whether a scheme is too weak for a proxy that took one before.
func (e *entry) below(c challenge, before string) bool {
	return e.proxy.Scheme != "https" && weaker(c.scheme, before)
}

// basicLogin says name and password.
type basicLogin struct {
	user, password string
	said           bool
}

func (l *basicLogin) answer(string) (string, error) {
	if l.said {
		return "", errNotLet
	}
	l.said = true
	return base64.StdEncoding.EncodeToString([]byte(l.user + ":" + l.password)), nil
}

func (l *basicLogin) proven() bool { return l.said }

func (*basicLogin) close() {}

// ntlmLogin proves to know the password (MS-NLMP, NTLMv2) in three steps on one
// connection.
type ntlmLogin struct {
	user, password string
	step           int
	said           bool // the last one
}

func (l *ntlmLogin) answer(rest string) (string, error) {
	l.step++
	switch {
	case l.step == 1:
		m, err := ntlmssp.NewNegotiateMessage("", "")
		return base64.StdEncoding.EncodeToString(m), err
	case l.step == 2 && rest != "":
		question, err := base64.StdEncoding.DecodeString(rest)
		if err != nil || !readable(question) {
			return "", errNotLet
		}
		m, err := ntlmssp.NewAuthenticateMessage(question, l.user, l.password, nil)
		if err != nil {
			return "", errors.New("dial: the proxy's NTLM is not understood") // what it is may be anything
		}
		l.said = true
		return base64.StdEncoding.EncodeToString(m), nil
	default:
		return "", errNotLet
	}
}

func (l *ntlmLogin) proven() bool { return l.said }

func (*ntlmLogin) close() {}

// readable reports whether the two fields of a CHALLENGE_MESSAGE (MS-NLMP
// 2.2.1.2) that have a length and an offset are in it: go-ntlmssp adds the two
// in 32 bits. The pairs in TargetInfo are read from a reader, which ends.
func readable(question []byte) bool {
	const head, targetName, targetInfo = 48, 12, 40
	if len(question) < head {
		return false
	}
	for _, at := range []int{targetName, targetInfo} {
		n, from := uint64(binary.LittleEndian.Uint16(question[at:])), uint64(binary.LittleEndian.Uint32(question[at+4:]))
		if n > 0 && from+n > uint64(len(question)) {
			return false
		}
	}
	return true
}

// names are the names of schemes.
func names(offered []challenge) []string {
	var out []string
	for _, c := range offered {
		out = append(out, c.scheme)
	}
	slices.Sort(out)
	return out
}
