package relaytest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what such proxies ask for
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:gosec,staticcheck // NTLM has nothing else
)

// Porter is an HTTP proxy that wants to know who asks, and checks what it is
// told: NTLMv2, Digest and Basic.
type Porter struct {
	// User and Password are who is let through, until Change.
	User, Password string
	// To is where it dials; empty is wherever it is asked to.
	To string
	// Schemes are what it offers until Offer, each with what stands behind the
	// name.
	Schemes []string
	// HangsUp ends the connection after a question that answers no login, as old
	// proxies do.
	HangsUp bool
	// Holds keeps the last answer of a login back until it is closed; nil does not.
	Holds chan struct{}
	// Mute is a scheme whose first message gets no question, Abrupt ends the
	// connection then without an answer.
	Mute   string
	Abrupt bool
	// Page is how long the page is that comes with a no.
	Page int

	addr  string
	nonce string // of Digest

	// mu guards Password, Schemes and the field below.
	mu   sync.Mutex
	told []string
}

// Listen starts it. It ends with the test.
func (p *Porter) Listen(tb testing.TB) *Porter {
	tb.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p.addr, p.nonce = l.Addr().String(), hex.EncodeToString(draw(16))
	accept(tb, l, p.serve)
	return p
}

// Addr returns host:port of the proxy.
func (p *Porter) Addr() string { return p.addr }

// Told returns what stood in each request's Proxy-Authorization: the scheme,
// and for NTLM the number of the message; "" is nothing.
func (p *Porter) Told() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.told)
}

// Change lets User in with another password from now on.
func (p *Porter) Change(password string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Password = password
}

// Offer makes it offer other schemes from now on.
func (p *Porter) Offer(schemes ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Schemes = schemes
}

func (p *Porter) offers() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Schemes
}

func (p *Porter) password() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Password
}

func (p *Porter) serve(ctx context.Context, near net.Conn) {
	defer near.Close()
	r := bufio.NewReader(near)
	server := draw(8)
	for {
		req, err := http.ReadRequest(r)
		if err != nil || req.Method != http.MethodConnect {
			return
		}
		scheme, said, _ := strings.Cut(req.Header.Get("Proxy-Authorization"), " ")
		raw, _ := base64.StdEncoding.DecodeString(said) // where it is none, it is no message
		told := p.tell(scheme, raw)
		if told == p.Mute+" 1" && p.Abrupt {
			return
		}
		question := ""
		if strings.HasSuffix(told, " 1") && scheme != p.Mute {
			question = base64.StdEncoding.EncodeToString(ntlmQuestion(server))
		}
		if p.lets(ctx, told, said, raw, server, req.Host) {
			p.through(ctx, near, r, req.Host)
			return
		}
		if !p.ask(near, scheme, question) {
			return
		}
	}
}

// tell keeps and returns what we were told, for Told.
func (p *Porter) tell(scheme string, raw []byte) string {
	told := scheme
	if len(raw) > 12 && bytes.HasPrefix(raw, []byte("NTLMSSP\x00")) {
		told = fmt.Sprintf("%s %d", scheme, binary.LittleEndian.Uint32(raw[8:]))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, told)
	return told
}

// lets checks the last message of a login, once it is not held back any more.
func (p *Porter) lets(ctx context.Context, told, said string, raw, server []byte, host string) bool {
	last := strings.HasSuffix(told, " 3")
	if !last && told != "Digest" && told != "Basic" {
		return false
	}
	if p.Holds != nil {
		select {
		case <-p.Holds:
		case <-ctx.Done():
		}
	}
	switch {
	case last:
		return p.ntlm(raw, server)
	case told == "Digest":
		return p.digest(said, host)
	default:
		return string(raw) == p.User+":"+p.password()
	}
}

// ask answers 407, and reports whether the connection goes on.
func (p *Porter) ask(near io.Writer, scheme, question string) bool {
	var out strings.Builder
	out.WriteString("HTTP/1.1 407 Proxy Authentication Required\r\n")
	if question != "" {
		out.WriteString("Proxy-Authenticate: " + scheme + " " + question + "\r\n")
	} else {
		for _, s := range p.offers() {
			out.WriteString("Proxy-Authenticate: " + strings.ReplaceAll(s, "NONCE", p.nonce) + "\r\n")
		}
	}
	end := p.HangsUp && question == ""
	if end {
		out.WriteString("Connection: close\r\n")
	}
	fmt.Fprintf(&out, "Content-Length: %d\r\n\r\n%s", p.Page, strings.Repeat("x", p.Page))
	_, err := io.WriteString(near, out.String())
	return err == nil && !end
}

func (p *Porter) through(ctx context.Context, near net.Conn, r io.Reader, host string) {
	var d net.Dialer
	far, err := d.DialContext(ctx, "tcp", cmp.Or(p.To, host))
	if err != nil {
		_, _ = io.WriteString(near, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	defer far.Close()
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(far, r)
		_ = far.Close()
	})
	both.Go(func() {
		_, _ = io.Copy(near, far)
		_ = near.Close()
	})
	both.Wait()
}

// ntlmQuestion is a CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2) with target
// information that holds the domain alone.
func ntlmQuestion(server []byte) []byte {
	const flags = 0x00000001 | 0x00000004 | 0x00000200 | 0x00008000 | 0x00010000 | 0x00080000 | 0x00800000
	name := utf16le("OFFICE")
	info := binary.LittleEndian.AppendUint16(nil, 2) // MsvAvNbDomainName
	info = binary.LittleEndian.AppendUint16(info, uint16(len(name)))
	info = append(append(info, name...), 0, 0, 0, 0) // MsvAvEOL
	const head = 56
	m := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	field := func(n, at int) {
		m = binary.LittleEndian.AppendUint16(m, uint16(n))
		m = binary.LittleEndian.AppendUint16(m, uint16(n))
		m = binary.LittleEndian.AppendUint32(m, uint32(at))
	}
	field(len(name), head)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(append(m, server...), make([]byte, 8)...)
	field(len(info), head+len(name))
	m = append(m, 10, 0, 0, 0, 0, 0, 0, 15) // a version
	return append(append(m, name...), info...)
}

// ntlm checks an AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) by computing the
// NTLMv2 response anew (3.3.2).
func (p *Porter) ntlm(m, server []byte) bool {
	field := func(at int) []byte {
		if len(m) < at+8 {
			return nil
		}
		n, from := int(binary.LittleEndian.Uint16(m[at:])), int(binary.LittleEndian.Uint32(m[at+4:]))
		if from > len(m) || n > len(m)-from {
			return nil
		}
		return m[from : from+n]
	}
	response, domain, user := field(20), field(28), field(36)
	if len(response) < 16+28 || !strings.EqualFold(string(user), string(utf16le(p.User))) {
		return false
	}
	password := md4.New() //nolint:gosec // as above
	password.Write(utf16le(p.password()))
	key := mac(password.Sum(nil), append(utf16le(strings.ToUpper(p.User)), domain...))
	return hmac.Equal(response[:16], mac(key, append(slices.Clone(server), response[16:]...)))
}

// digest checks an answer of RFC 7616 by computing it anew.
func (p *Porter) digest(said, host string) bool {
	v := map[string]string{}
	for part := range strings.SplitSeq(said, ", ") {
		name, value, _ := strings.Cut(part, "=")
		v[name] = strings.Trim(value, `"`)
	}
	sum := md5.New
	if v["algorithm"] == "SHA-256" {
		sum = sha256.New
	}
	hashed := func(parts ...string) string { return hexSum(sum, strings.Join(parts, ":")) }
	a1, a2 := hashed(p.User, v["realm"], p.password()), hashed("CONNECT", host)
	want := hashed(a1, p.nonce, v["nc"], v["cnonce"], v["qop"], a2)
	return v["username"] == p.User && v["nonce"] == p.nonce && v["uri"] == host && v["qop"] == "auth" && v["cnonce"] != "" && v["response"] == want
}

func hexSum(of func() hash.Hash, s string) string {
	h := of()
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil))
}

func mac(key, text []byte) []byte {
	h := hmac.New(md5.New, key)
	h.Write(text)
	return h.Sum(nil)
}

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func draw(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// NTLMHelper speaks squid's protocol of NTLM helpers (squid's
// src/auth/ntlm/UserRequest.cc) and lets User in with Password.
func (p *Porter) NTLMHelper(in io.Reader, out io.Writer) error {
	server := draw(8)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		kind, said, _ := strings.Cut(lines.Text(), " ")
		raw, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(said)) // where it is none, it is no message
		answer := "NA not " + p.User
		switch {
		case kind == "YR":
			answer = "TT " + base64.StdEncoding.EncodeToString(ntlmQuestion(server))
		case kind == "KK" && p.ntlm(raw, server):
			answer = "AF " + p.User
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}
