package direct

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/sctp"
	"github.com/pion/stun/v4"

	"lotse/participant/message"
)

// The times of ICE. A pair of addresses is tried for about two seconds.
const (
	checkEvery = 50 * time.Millisecond
	maxChecks  = 40
	// seenWait is how long a computer's own address may take before one is used
	// that a relay has seen.
	seenWait = 100 * time.Millisecond
	stunTime = 3 * time.Second
	// keepalive holds a router's mapping open beside our own states.
	keepalive = 2 * time.Second
	iceDead   = 5 * time.Second
)

const (
	// minWindow is what SCTP always keeps under way, so that one lost packet in
	// a hundred does not stop it; pace keeps to the line.
	minWindow = 128 << 10
	// receiveBuffer bounds what a peer can make us hold.
	receiveBuffer = 1 << 20
	// mtu is the longest SCTP packet: with DTLS, UDP and IPv6 it fits into 1280
	// bytes, which every line carries.
	mtu = 1191
)

// errFingerprint says that somebody else answered.
var errFingerprint = errors.New("direct: another certificate than the seal said")

// line is the way to one peer in the making, and then the carrier.
type line struct {
	cfg    Config
	agent  *ice.Agent
	cert   tls.Certificate
	offers bool

	conn    *dtls.Conn
	assoc   *sctp.Association
	streams [channels]*sctp.Stream
	closing sync.Once
	written atomic.Uint64 // bytes
}

// newLine prepares one. It sends nothing yet.
func newLine(cfg Config, offers bool) (*line, error) {
	cert, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("direct: certificate: %w", err)
	}
	system, err := newPadded()
	if err != nil {
		return nil, err
	}
	allowed := func(ip net.IP) bool {
		addr, ok := netip.AddrFromSlice(ip)
		return ok && cfg.Policy.DirectAllowed(addr)
	}
	options := []ice.AgentOption{
		ice.WithLoggerFactory(quiet{}), ice.WithNet(system),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost, ice.CandidateTypeServerReflexive}),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithIPFilter(allowed), ice.WithRemoteIPFilter(allowed),
		ice.WithCheckInterval(checkEvery), ice.WithMaxBindingRequests(maxChecks), ice.WithKeepaliveInterval(keepalive),
		ice.WithDisconnectedTimeout(iceDead), ice.WithFailedTimeout(iceDead), ice.WithSTUNGatherTimeout(stunTime),
		ice.WithHostAcceptanceMinWait(0), ice.WithSrflxAcceptanceMinWait(seenWait), ice.WithPrflxAcceptanceMinWait(seenWait),
	}
	if cfg.Loopback {
		options = append(options, ice.WithIncludeLoopback())
	}
	if uri := stunOf(cfg); uri != nil {
		options = append(options, ice.WithUrls([]*stun.URI{uri}))
	}
	agent, err := ice.NewAgentWithOptions(options...)
	if err != nil {
		return nil, fmt.Errorf("direct: %w", err)
	}
	return &line{cfg: cfg, agent: agent, cert: cert, offers: offers}, nil
}

// stunOf returns the relay that tells us how others see us, if it may be asked.
func stunOf(cfg Config) *stun.URI {
	host, port, err := net.SplitHostPort(cfg.STUN)
	if err != nil || cfg.Policy.Allowed(cfg.STUN) != nil {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil
	}
	return &stun.URI{Scheme: stun.SchemeTypeSTUN, Host: host, Port: int(n), Proto: stun.ProtoTypeUDP}
}

// parameters are what the peer has to know of us.
func (l *line) parameters() message.Direct {
	user, password, err := l.agent.GetLocalUserCredentials()
	if err != nil {
		return message.Direct{}
	}
	hash := sha256.Sum256(l.cert.Certificate[0])
	return message.Direct{User: user, Password: password, Fingerprint: hash[:]}
}

// gather tells our addresses, one after the other.
func (l *line) gather(tell func(addr netip.AddrPort, seen bool)) error {
	err := l.agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			return
		}
		addr, err := netip.ParseAddr(c.Address())
		if err != nil || c.Port() <= 0 || c.Port() > 65535 {
			return
		}
		tell(netip.AddrPortFrom(addr.Unmap().WithZone(""), uint16(c.Port())), c.Type() == ice.CandidateTypeServerReflexive)
	})
	if err == nil {
		err = l.agent.GatherCandidates()
	}
	if err != nil {
		return fmt.Errorf("direct: gather: %w", err)
	}
	return nil
}

// add takes an address of the peer's, which the policy allows.
func (l *line) add(addr netip.AddrPort, seen bool) error {
	var c ice.Candidate
	var err error
	if seen {
		c, err = ice.NewCandidateServerReflexive(&ice.CandidateServerReflexiveConfig{
			Network: "udp", Address: addr.Addr().String(), Port: int(addr.Port()), Component: 1,
		})
	} else {
		c, err = ice.NewCandidateHost(&ice.CandidateHostConfig{
			Network: "udp", Address: addr.Addr().String(), Port: int(addr.Port()), Component: 1,
		})
	}
	if err != nil {
		return fmt.Errorf("direct: candidate: %w", err)
	}
	return l.agent.AddRemoteCandidate(c)
}

// connect goes to the peer. It returns when all channels stand.
func (l *line) connect(ctx context.Context, theirs message.Direct) (carrier, error) {
	way := l.agent.Accept
	if l.offers {
		way = l.agent.Dial
	}
	conn, err := way(ctx, theirs.User, theirs.Password)
	if err != nil {
		return nil, fmt.Errorf("direct: ICE: %w", err)
	}
	if err := l.secure(ctx, conn, theirs.Fingerprint); err != nil {
		return nil, err
	}
	l.assoc, err = sctp.ClientContext(
		ctx, sctp.WithNetConn(l.conn), sctp.WithLoggerFactory(quiet{}), sctp.WithMTU(mtu), sctp.WithMinCwnd(minWindow),
		sctp.WithMaxReceiveBufferSize(receiveBuffer), sctp.WithMaxMessageSize(maxPacket),
	)
	if err != nil {
		return nil, fmt.Errorf("direct: SCTP: %w", err)
	}
	for i := range l.streams {
		l.streams[i], err = l.assoc.OpenStream(uint16(i), sctp.PayloadTypeWebRTCBinary)
		if err != nil {
			return nil, fmt.Errorf("direct: channel: %w", err)
		}
		switch i {
		case stateChannel:
			l.streams[i].SetReliabilityParams(true, sctp.ReliabilityTypeRexmit, 0)
		case inputChannel:
			l.streams[i].SetReliabilityParams(true, sctp.ReliabilityTypeReliable, 0)
		}
	}
	return l, nil
}

// secure makes DTLS over what ICE has found. The one who answers begins.
func (l *line) secure(ctx context.Context, conn net.Conn, fingerprint []byte) error {
	shared := []dtls.Option{
		dtls.WithCertificates(l.cert), dtls.WithInsecureSkipVerify(true), // nobody is believed but the fingerprint
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error { return sameCertificate(raw, fingerprint) }),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithCipherSuites(dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
		dtls.WithLoggerFactory(quiet{}),
	}
	packets := dtlsnet.PacketConnFromConn(conn)
	var err error
	if l.offers {
		options := []dtls.ServerOption{
			dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithInsecureSkipVerifyHello(true), // ICE knows the address
		}
		for _, o := range shared {
			options = append(options, o)
		}
		l.conn, err = dtls.ServerWithOptions(packets, conn.RemoteAddr(), options...)
	} else {
		var options []dtls.ClientOption
		for _, o := range shared {
			options = append(options, o)
		}
		l.conn, err = dtls.ClientWithOptions(packets, conn.RemoteAddr(), options...)
	}
	if err == nil {
		err = l.conn.HandshakeContext(ctx)
	}
	if err != nil {
		return fmt.Errorf("direct: DTLS: %w", err)
	}
	return nil
}

// sameCertificate lets through the one whose hash came inside the seal.
func sameCertificate(raw [][]byte, fingerprint []byte) error {
	if len(raw) != 1 {
		return errFingerprint
	}
	hash := sha256.Sum256(raw[0])
	if subtle.ConstantTimeCompare(hash[:], fingerprint) != 1 {
		return errFingerprint
	}
	return nil
}

// Write queues a packet on a channel.
func (l *line) Write(channel int, b []byte) error {
	l.written.Add(uint64(len(b))) // before it is buffered: what has gone must not seem less for a moment
	if _, err := l.streams[channel].WriteSCTP(b, sctp.PayloadTypeWebRTCBinary); err != nil {
		return fmt.Errorf("direct: write: %w", err)
	}
	return nil
}

// Pulse returns how many bytes have come, and how many of ours SCTP has not to
// send again.
func (l *line) Pulse() (in, out uint64) {
	left := uint64(max(l.assoc.BufferedAmount(), 0))
	return l.assoc.BytesReceived(), l.written.Load() - left
}

// Read waits for the next packet of a channel.
func (l *line) Read(channel int, b []byte) (int, error) {
	n, kind, err := l.streams[channel].ReadSCTP(b)
	if err != nil {
		return 0, fmt.Errorf("direct: read: %w", err)
	}
	if kind != sctp.PayloadTypeWebRTCBinary {
		return 0, fmt.Errorf("%w: payload of type %v", errRubbish, kind)
	}
	return n, nil
}

// Other waits until the peer opens a channel that there is not.
func (l *line) Other() error {
	for {
		s, err := l.assoc.AcceptStream()
		if err != nil {
			return fmt.Errorf("direct: %w", err)
		}
		if id := int(s.StreamIdentifier()); id >= channels {
			return fmt.Errorf("%w: channel %d", errRubbish, id)
		}
	}
}

// Close ends it and tells the peer.
func (l *line) Close() { l.close() }

func (l *line) close() {
	l.closing.Do(func() {
		if l.assoc != nil {
			l.assoc.Abort("")
		}
		if l.conn != nil {
			_ = l.conn.Close() // the peer may be gone
		}
		_ = l.agent.Close() // nothing is left of it either way
	})
}

// quiet keeps pion's loggers still: they know addresses.
type quiet struct{}

func (quiet) NewLogger(string) logging.LeveledLogger { return quiet{} }
func (quiet) Trace(string)                           {}
func (quiet) Tracef(string, ...any)                  {}
func (quiet) Debug(string)                           {}
func (quiet) Debugf(string, ...any)                  {}
func (quiet) Info(string)                            {}
func (quiet) Infof(string, ...any)                   {}
func (quiet) Warn(string)                            {}
func (quiet) Warnf(string, ...any)                   {}
func (quiet) Error(string)                           {}
func (quiet) Errorf(string, ...any)                  {}
