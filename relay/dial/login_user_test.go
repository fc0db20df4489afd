package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"lotse/relay/relaytest"
	"lotse/relay/wire"
)

// stuck is a login that takes until the test ends it, as Windows does where a
// domain does not answer.
type stuck struct{ begun, free, closed chan struct{} }

func (s *stuck) answer(string) (string, error) {
	close(s.begun)
	<-s.free
	return "", errors.New("too late")
}

func (*stuck) proven() bool { return false }
func (s *stuck) close()     { close(s.closed) }

// behindProxy gets to r through p alone, as whoever is logged in.
func behindProxy(r *relaytest.Relay, p *relaytest.Porter, user func(scheme, host string) login) Config {
	servers := r.Servers()
	servers[0].Addr = "127.0.0.1:1" // where nobody listens
	return Config{
		Servers: servers, Allow: func(string) error { return nil }, Role: wire.RoleParticipant, Build: 5, user: user,
		Proxy: func(context.Context, string) (*url.URL, error) { return &url.URL{Scheme: "http", Host: p.Addr()}, nil },
	}
}

// Nobody waits for Windows when their time is over. What it holds is given back
// once it is done, and not before.
func TestNobodyWaitsForALoginThatIsStuck(t *testing.T) {
	r := relaytest.New(t)
	p := (&relaytest.Porter{Schemes: []string{"Negotiate"}, To: r.Addr()}).Listen(t)
	s := &stuck{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-s.begun
		cancel()
	}()
	c, err := Connect(ctx, behindProxy(r, p, func(string, string) login { return s })) // which waits for all that it has begun
	var refused *ProxyError
	if c != nil || err == nil || errors.As(err, &refused) {
		t.Errorf("got %v, %v, want that it was called off", c, err)
	}
	select {
	case <-s.closed:
		t.Error("taken away while it was in use")
	default:
	}
	close(s.free)
	<-s.closed
}

// A network that breaks while a proxy is asked has refused nobody; a proxy that
// hangs up has.
func TestBrokenNetworkIsNoRefusal(t *testing.T) {
	for _, c := range []struct {
		err     error
		refused bool
	}{
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ENETDOWN)}, false},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNABORTED)}, false},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", errReset)}, true},
		{io.ErrUnexpectedEOF, true},
		{errors.New("malformed HTTP response"), true},
	} {
		logins := new(Logins)
		begin := func() (*entry, error) {
			e := &entry{visit: &visit{logins: logins}, proxy: &url.URL{Scheme: "http", Host: "proxy.example:3128", User: url.UserPassword("anna", "horse")}}
			return e, e.begin(t.Context(), []challenge{{schemeNTLM, ""}})
		}
		e, err := begin()
		if err != nil {
			t.Fatal(err)
		}
		e.who.login = leftLogin(true)
		e.end(e.hungUp(t.Context(), 2, c.err))
		e, err = begin()
		if (err != nil) != c.refused {
			t.Errorf("%v: got %v, want refused %v", c.err, err, c.refused)
		}
		e.end(err)
	}
}

// As whoever is logged in: where the first scheme can't, the next one does.
func TestWhoIsLoggedInIsProvenByTheNextScheme(t *testing.T) {
	r := relaytest.New(t)
	p := (&relaytest.Porter{User: "anna", Password: "right", Schemes: []string{"Negotiate", "NTLM"}, To: r.Addr()}).Listen(t)
	c, err := Connect(t.Context(), behindProxy(r, p, func(scheme, host string) login {
		if host != "127.0.0.1" {
			t.Errorf("got %q, want the proxy's name", host)
		}
		if scheme == schemeNegotiate {
			return leftLogin(false)
		}
		return &ntlmLogin{user: "anna", password: "right"}
	}))
	if err != nil {
		t.Fatalf("%v, the proxy heard %q", err, p.Told())
	}
	c.Close()
}
