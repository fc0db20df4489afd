//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Net is a network inside this process: each host has a network namespace of
// its own and reaches the others through a router that is slow, loses and cuts
// as it is told. It needs root.
type Net struct {
	mu    sync.Mutex
	hosts map[netip.Addr]*Host
	rand  *rand.Rand
	ended chan struct{}
	all   sync.WaitGroup
}

// Host is a computer in a Net.
type Host struct {
	net   *Net
	space *os.File // its namespace
	tun   *os.File
	out   chan flight // on its way to the host

	// Net.mu guards the fields below.
	addr     netip.Addr
	line     Line
	sentFree time.Time // when what the host sent last has left
	gotFree  time.Time // when what it gets last has arrived
}

// Line is the line of a host to everybody else, the same both ways.
type Line struct {
	// Delay is how long a packet takes to the router or from it.
	Delay time.Duration
	// Loss is how many of the packets are lost, 0 to 1, each way.
	Loss float64
	// Bits is how many a second fit, 0 for as many as there are.
	Bits float64
	// Cut lets nothing through.
	Cut bool
	// NoUDP lets no UDP through.
	NoUDP bool
	// Only is the one host that there is a way to and from; the zero address
	// is everybody.
	Only netip.Addr
}

// leads reports whether there is a way to a host.
func (l Line) leads(to netip.Addr) bool { return !l.Only.IsValid() || l.Only == to }

// queueTime is how long a packet may wait for its turn before it is dropped.
const queueTime = 200 * time.Millisecond

// flight is a packet on its way.
type flight struct {
	packet  []byte
	arrives time.Time
}

// maxPacket is the longest packet in bytes.
const maxPacket = 1500

// NewNet makes an empty network, or says why that can't be here. Close it after
// use.
func NewNet() (*Net, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("stage: namespaces need root")
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return nil, fmt.Errorf("stage: %w", err)
	}
	return &Net{
		hosts: make(map[netip.Addr]*Host), ended: make(chan struct{}),
		rand: rand.New(rand.NewPCG(1, 2)), // the same each time
	}, nil
}

// Host adds a computer with an address in 10.0.0.0/8.
func (n *Net) Host(ctx context.Context, addr netip.Addr, line Line) (*Host, error) {
	h := &Host{net: n, line: line, addr: addr, out: make(chan flight, 1<<12)}
	if err := inside(nil, func() error { return h.make(ctx) }); err != nil {
		return nil, fmt.Errorf("stage: host %v: %w", addr, err)
	}
	n.mu.Lock()
	n.hosts[addr] = h
	n.mu.Unlock()
	n.all.Go(h.read)
	n.all.Go(h.write)
	return h, nil
}

// inside runs f on a thread of its own in a namespace, a new one for nil. The
// thread ends with it.
func inside(space *os.File, f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never lets go: the thread is of no other use
		var err error
		if space == nil {
			err = unix.Unshare(unix.CLONE_NEWNET)
		} else {
			err = unix.Setns(int(space.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = f()
		}
		result <- err
	}()
	return <-result
}

// make makes the host's namespace; it runs in it.
func (h *Host) make(ctx context.Context) error {
	var err error
	if h.space, err = os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())); err != nil {
		return err
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("tun: %w", err)
	}
	request, err := unix.NewIfreq("tun0")
	if err != nil {
		return fmt.Errorf("tun: %w", err)
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return errors.Join(fmt.Errorf("tun: %w", err), unix.Close(fd))
	}
	h.tun = os.NewFile(uintptr(fd), "tun0")
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"addr", "add", h.addr.String() + "/8", "dev", "tun0"},
		{"link", "set", "tun0", "up", "mtu", "1500"},
	} {
		if err := ip(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

func ip(ctx context.Context, args ...string) error {
	if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %v: %w: %s", args, err, out)
	}
	return nil
}

// Move gives the host another address, as another network does: what it had
// open is dead without a word.
func (h *Host) Move(ctx context.Context, addr netip.Addr) error {
	old := h.addr
	err := inside(h.space, func() error {
		return errors.Join(ip(ctx, "addr", "del", old.String()+"/8", "dev", "tun0"), ip(ctx, "addr", "add", addr.String()+"/8", "dev", "tun0"))
	})
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	delete(h.net.hosts, old)
	h.addr = addr
	h.net.hosts[addr] = h
	return err
}

// Set changes the line.
func (h *Host) Set(change func(*Line)) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	change(&h.line)
}

// Addr returns the address.
func (h *Host) Addr() netip.Addr { return h.addr }

// Start starts a program on the host.
func (h *Host) Start(ctx context.Context, c Command) (p *Process, err error) {
	err = inside(h.space, func() error {
		p, err = Start(ctx, c)
		return err
	})
	return p, err
}

// Do runs f with the host's network. Goroutines that it starts have not.
func (h *Host) Do(f func() error) error { return inside(h.space, f) }

// Dial connects from the host to an address.
func (h *Host) Dial(ctx context.Context, network, addr string) (c net.Conn, err error) {
	err = h.Do(func() error {
		var d net.Dialer
		c, err = d.DialContext(ctx, network, addr)
		return err
	})
	return c, err
}

// Listen listens on a port of the host.
func (h *Host) Listen(ctx context.Context, port uint16) (l net.Listener, err error) {
	err = h.Do(func() error {
		var lc net.ListenConfig
		l, err = lc.Listen(ctx, "tcp", netip.AddrPortFrom(h.addr, port).String())
		return err
	})
	return l, err
}

// read takes what the host sends.
func (h *Host) read() {
	for {
		packet := make([]byte, maxPacket)
		n, err := h.tun.Read(packet)
		if err != nil {
			return
		}
		h.net.route(h, packet[:n])
	}
}

// route sends a packet on its way, or loses it.
func (n *Net) route(from *Host, packet []byte) {
	const header, udp = 20, 17
	if len(packet) < header || packet[0]>>4 != 4 {
		return
	}
	dst := netip.AddrFrom4([4]byte(packet[16:20]))
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	to := n.hosts[dst]
	if to == nil || to == from || !reaches(from, to, packet[9] == udp) {
		return
	}
	if n.rand.Float64() < from.line.Loss || n.rand.Float64() < to.line.Loss {
		return
	}
	left, ok := from.line.pass(&from.sentFree, now, len(packet))
	if !ok {
		return
	}
	arrived, ok := to.line.pass(&to.gotFree, left.Add(from.line.Delay), len(packet))
	if !ok {
		return
	}
	select {
	case to.out <- flight{packet, arrived.Add(to.line.Delay)}:
	default: // the queue is full
	}
}

// reaches reports whether the lines of two hosts let a packet through at all.
func reaches(from, to *Host, udp bool) bool {
	if from.line.Cut || to.line.Cut || udp && (from.line.NoUDP || to.line.NoUDP) {
		return false
	}
	return from.line.leads(to.addr) && to.line.leads(from.addr)
}

// pass returns when a packet is through a line that it comes to at a moment.
func (l Line) pass(free *time.Time, at time.Time, size int) (time.Time, bool) {
	if l.Bits == 0 {
		return at, true
	}
	if free.Before(at) {
		*free = at
	}
	if free.Sub(at) > queueTime {
		return at, false
	}
	*free = free.Add(time.Duration(float64(8*size) / l.Bits * float64(time.Second)))
	return *free, true
}

// write gives the host its packets when their time has come. They come in the
// order in which they were sent: each host's line has one delay, so those of a
// far host may hold up those of a near one a little.
func (h *Host) write() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-h.net.ended:
			return
		case f := <-h.out:
			if wait := time.Until(f.arrives); wait > 0 {
				timer.Reset(wait)
				select {
				case <-h.net.ended:
					return
				case <-timer.C:
				}
			}
			if _, err := h.tun.Write(f.packet); err != nil && !errors.Is(err, unix.EINVAL) {
				return
			}
		}
	}
}

// Close ends the network. The programs on its hosts have to be ended before.
func (n *Net) Close() error {
	close(n.ended)
	n.mu.Lock()
	var err error
	for _, h := range n.hosts {
		err = errors.Join(err, h.tun.Close(), h.space.Close())
	}
	n.mu.Unlock()
	n.all.Wait()
	return err
}
