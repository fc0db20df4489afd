// Package checkup finds out whether the servers can be reached from here, by
// which ways, and says it in words that a person can act on, and in a report
// that their IT can. Both programs offer it.
//
// It has no toolkit, shows no licence and joins nothing; what it says holds no
// password.
package checkup

import (
	"context"
	"slices"
	"sync"
	"time"

	"lotse/packaging/profile"
	"lotse/relay/dial"
	"lotse/relay/wire"
)

// Phase is how far a check is.
type Phase uint8

// The phases.
const (
	Idle Phase = iota
	Running
	Done
	CalledOff
)

// State is what is known at a moment.
type State struct {
	Phase Phase
	// Tried of Ways ways were gone to their end.
	Tried, Ways int
	// Servers are the addresses of the servers, as they are listed.
	Servers []string
	// Findings are how the ways went; while it runs there are none yet.
	Findings []dial.Finding
	// At is when it ended.
	At time.Time
}

// Try goes every way to the servers and returns how each went.
type Try func(ctx context.Context, progress func(done, of int)) []dial.Finding

// Checkup goes the ways when somebody asks for it. All but Run may be called
// from any goroutine, and none of them waits.
type Checkup struct {
	servers []string
	try     Try
	now     func() time.Time
	wanted  chan struct{}

	// mu guards the fields below.
	mu    sync.Mutex
	state State
	turn  int                // which check state is about
	stop  context.CancelFunc // of the check that runs, nil for none
}

// New returns a checkup of a profile's servers, in the role of one of the
// programs. Run carries it out.
func New(p *profile.Profile, role wire.Role) *Checkup {
	servers := p.Servers()
	var names []string
	for _, s := range servers {
		names = append(names, s.Addr)
	}
	return newCheckup(names, time.Now, func(ctx context.Context, progress func(done, of int)) []dial.Finding {
		return dial.CheckEach(ctx, dial.Config{
			Servers: servers, Allow: p.Allowed, Role: role, Build: profile.Build(), LAN: p.LAN,
			Profile: p.ID, Serial: p.Serial,
		}, progress)
	})
}

func newCheckup(servers []string, now func() time.Time, try Try) *Checkup {
	return &Checkup{
		servers: servers, try: try, now: now, wanted: make(chan struct{}, 1), state: State{Servers: servers},
	}
}

// Begin goes the ways anew, unless it does so already.
func (c *Checkup) Begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Phase == Running {
		return
	}
	c.turn++
	c.state = State{Phase: Running, Servers: c.servers}
	select {
	case c.wanted <- struct{}{}:
	default: // Run has not begun the one that was called off
	}
}

// CallOff ends a check that runs.
func (c *Checkup) CallOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Phase != Running {
		return
	}
	c.state.Phase, c.state.At = CalledOff, c.now()
	if c.stop != nil {
		c.stop()
	}
}

// State returns what is known.
func (c *Checkup) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Servers, s.Findings = slices.Clone(s.Servers), slices.Clone(s.Findings)
	return s
}

// Run carries out checks until ctx ends.
func (c *Checkup) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wanted:
			c.check(ctx)
		}
	}
}

func (c *Checkup) check(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	turn, wanted := c.begun(stop)
	if !wanted {
		return
	}
	findings := c.try(ctx, func(done, of int) {
		c.tell(turn, func() { c.state.Tried, c.state.Ways = done, of })
	})
	c.tell(turn, func() {
		c.state.Findings, c.stop = findings, nil
		if c.state.Phase == Running && ctx.Err() == nil {
			c.state.Phase, c.state.At = Done, c.now()
		}
	})
}

// begun keeps how to stop, and says which check this is and whether it is
// still wanted.
func (c *Checkup) begun(stop context.CancelFunc) (turn int, wanted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = stop
	return c.turn, c.state.Phase == Running
}

// tell changes what is known, unless a later check has begun.
func (c *Checkup) tell(turn int, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turn == turn {
		f()
	}
}
