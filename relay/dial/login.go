package dial

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/Azure/go-ntlmssp"
)

// The ways to tell a proxy who asks that we know of.
const (
	schemeNegotiate = "Negotiate" // RFC 4559: Kerberos, or NTLM where there is none
	schemeNTLM      = "NTLM"      // MS-NTHT
	schemeDigest    = "Digest"    // RFC 7616
	schemeBasic     = "Basic"     // RFC 7617: the password itself
)

// challenge is one way that a proxy takes, with what stands behind its name.
type challenge struct{ scheme, rest string }

// challenges are the ways in a proxy's answer that we know of, the strongest
// first; whatever else is in there is a stranger's text.
func challenges(headers []string) []challenge {
	var out []challenge
	for _, known := range []string{schemeNegotiate, schemeNTLM, schemeDigest, schemeBasic} {
		for _, h := range headers {
			if first, rest, _ := strings.Cut(strings.TrimSpace(h), " "); strings.EqualFold(first, known) {
				out = append(out, challenge{known, strings.TrimSpace(rest)})
				break
			}
		}
	}
	return out
}

// login tells a proxy who asks, over as many rounds as its scheme takes.
type login interface {
	// answer returns what stands behind the scheme's name, given what stood there
	// in the proxy's last answer. It fails with errNotLet once the proxy has heard
	// all there is to say.
	answer(rest string) (string, error)
	close()
}

var (
	// errNotLet says that a proxy has heard who asks and still asks.
	errNotLet = errors.New("dial: the proxy does not take who we are")
	// errDialAgain says that a proxy hung up after its first question.
	errDialAgain = errors.New("dial: the proxy asks and hangs up")
)

// chosen is a login in one of the schemes, with the question that it was chosen
// for.
type chosen struct {
	challenge
	login
}

// answerTo picks the strongest scheme that is offered and that we can do: as the
// user in the proxy's URL, or without one as whoever is logged in to Windows. A
// password itself goes to a proxy only that wants nothing better, or in TLS.
func answerTo(offered []challenge, proxy *url.URL, addr string) *chosen {
	for _, c := range offered {
		var l login
		password, has := "", false
		if proxy.User != nil {
			password, has = proxy.User.Password()
		}
		switch {
		case !has && (c.scheme == schemeNegotiate || c.scheme == schemeNTLM):
			l = userLogin(c.scheme, proxy.Hostname())
		case !has:
		case c.scheme == schemeNegotiate, c.scheme == schemeNTLM:
			l = &ntlmLogin{user: proxy.User.Username(), password: password}
		case c.scheme == schemeDigest:
			l = newDigest(c.rest, proxy.User.Username(), password, addr)
		case c.scheme == schemeBasic && (len(offered) == 1 || proxy.Scheme == "https"):
			l = &basicLogin{user: proxy.User.Username(), password: password}
		}
		if l != nil {
			return &chosen{c, l}
		}
	}
	return nil
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

func (*basicLogin) close() {}

// ntlmLogin proves to know the password (MS-NLMP, NTLMv2) in three steps on one
// connection.
type ntlmLogin struct {
	user, password string
	step           int
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
		return base64.StdEncoding.EncodeToString(m), nil
	default:
		return "", errNotLet
	}
}

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

// logins keeps what the ways of one Connect learn about proxies: a name that
// one proxy has refused is not tried by the other ways too, because some lock
// a user out who was wrong a few times.
type logins struct {
	// mu guards the field below.
	mu    sync.Mutex
	known map[string]*known
}

// known is what was learned about a proxy. Whoever has turn may say who asks.
type known struct {
	turn    chan struct{}
	works   bool
	refused *ProxyError
}

func newLogins() *logins { return &logins{known: make(map[string]*known)} }

// entry is one way's go at a proxy, over as many connections as it takes.
type entry struct {
	logins *logins
	who    *chosen // nil as long as nobody asked
	turn   *known  // whose turn we have, nil for none
	// offered are the schemes by name; restarted says that a second connection
	// was asked for.
	offered   []string
	restarted bool
}

// restart begins to say who we are anew, for a second connection; there is no
// third.
func (e *entry) restart(offered []challenge, proxy *url.URL, addr string) bool {
	if e.restarted {
		return false
	}
	e.restarted = true
	e.who.close()
	e.who = answerTo(offered, proxy, addr)
	return e.who != nil
}

// begin chooses how to say who we are, and waits until nobody else is saying it
// to that proxy, or until it is known that this works. What the proxy has said
// to somebody before is the error.
func (e *entry) begin(ctx context.Context, offered []challenge, proxy *url.URL, addr string) error {
	e.offered = names(offered)
	if e.who = answerTo(offered, proxy, addr); e.who == nil {
		return nil
	}
	l, name := e.logins, hostPort(proxy)
	l.mu.Lock()
	k := l.known[name]
	if k == nil {
		k = &known{turn: make(chan struct{}, 1)}
		l.known[name] = k
	}
	works := k.works
	l.mu.Unlock()
	if works {
		return nil
	}
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("dial: proxy %s: %w", name, ctx.Err())
	}
	e.turn = k
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.refused != nil {
		return k.refused
	}
	return nil
}

// end gives the turn back, once. A proxy that has let somebody through, or has
// refused who asks, is remembered.
func (e *entry) end(err error) {
	if e.who != nil {
		e.who.close()
		e.who = nil
	}
	k := e.turn
	if k == nil {
		return
	}
	e.turn = nil
	e.logins.mu.Lock()
	defer e.logins.mu.Unlock()
	var refused *ProxyError
	switch {
	case err == nil:
		k.works = true
	case errors.As(err, &refused) && errors.Is(err, errNotLet):
		k.refused = refused
	}
	<-k.turn
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
