package master

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"lotse/capture/input"
	"lotse/packaging/profile"
	"lotse/participant/message"
	"lotse/participant/session"
	"lotse/participant/watch"
	"lotse/relay/dial"
)

// Room is a moderator's room: its number, who is at the door and who is in.
type Room struct {
	cfg      Config
	relays   *profile.Book // those of this run of the program
	logins   *dial.Logins  // what its proxies have refused
	commands chan command
	inputs   chan pressed
	spilled  atomic.Bool // input was dropped, so keys may still be held
	running  atomic.Bool

	// mu guards the field below, which the window's goroutine reads.
	mu      sync.Mutex
	screens map[uint8]*watch.Screen
}

// pressed is input for a member.
type pressed struct {
	member  uint8
	message message.Message
}

// inputDepth is how much input may wait for the session's goroutine: more
// than a person makes in a second.
const inputDepth = 256

// command is what the moderator does, carried out by Run's goroutine.
type command func(ctx context.Context, r *run)

// commandDepth is how many commands may wait. A person is never this fast;
// more are dropped.
const commandDepth = 64

// New returns a room. It starts nothing.
func New(cfg Config) (*Room, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Room{
		cfg: cfg, relays: profile.NewBook(cfg.Profile, cfg.Now), logins: new(dial.Logins), commands: make(chan command, commandDepth),
		screens: make(map[uint8]*watch.Screen), inputs: make(chan pressed, inputDepth),
	}, nil
}

// Run opens the room and keeps it until it ends, which the last State
// explains. The error is for logs: people read State.Reason.
func (m *Room) Run(ctx context.Context) error {
	if !m.running.CompareAndSwap(false, true) {
		return errors.New("master: the room is already open")
	}
	defer m.running.Store(false)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := newRun(m)
	if err != nil {
		return fmt.Errorf("master: %w", err)
	}
	defer r.close()
	if err := r.all(ctx); err != nil {
		m.cfg.Log.Info("room over", "reason", string(r.reason), "error", err)
		return fmt.Errorf("master: %w", err)
	}
	return nil
}

// Admit lets somebody in who waits at the door.
func (m *Room) Admit(conn uint32) {
	m.do(func(ctx context.Context, r *run) { r.admit(ctx, conn) })
}

// Refuse sends somebody away who waits at the door.
func (m *Room) Refuse(conn uint32) {
	m.do(func(ctx context.Context, r *run) { r.refuse(ctx, conn) })
}

// Ask asks a member for rights, with a reason in the moderator's words.
func (m *Room) Ask(member uint8, g session.Grants, why string) {
	m.do(func(ctx context.Context, r *run) { r.ask(ctx, member, g, why) })
}

// GiveBack hands rights back that a member gave us.
func (m *Room) GiveBack(member uint8, g session.Grants) {
	m.do(func(ctx context.Context, r *run) { r.giveBack(ctx, member, g) })
}

// Wish says how a member's screen is wanted: grey, or fewer pictures a second.
func (m *Room) Wish(member uint8, w Wish) {
	m.do(func(ctx context.Context, r *run) { r.wish(ctx, member, w) })
}

// Look asks a member who shows the whole computer for another monitor, or for
// all of them with 0.
func (m *Room) Look(member uint8, display uint32) {
	m.do(func(ctx context.Context, r *run) { r.look(ctx, member, display) })
}

// Turn says which member's screen the moderator works on now, 0 for nobody's:
// nobody else shares the clipboard meanwhile.
func (m *Room) Turn(member uint8) {
	m.do(func(ctx context.Context, r *run) { r.clip.turn(ctx, member) })
}

// Remove sends a member out of the room.
func (m *Room) Remove(member uint8) {
	m.do(func(ctx context.Context, r *run) { r.remove(ctx, member, session.ReasonRemoved) })
}

// RenewPIN draws a new PIN; the old one opens nothing from then on.
func (m *Room) RenewPIN() {
	m.do(func(_ context.Context, r *run) { r.renewPIN() })
}

// Lock lets nobody else in, or somebody again.
func (m *Room) Lock(on bool) {
	m.do(func(ctx context.Context, r *run) { r.lock(ctx, on) })
}

// End ends the session for everybody.
func (m *Room) End() {
	m.do(func(ctx context.Context, r *run) { r.end(ctx, session.ReasonEndedByMaster) })
}

func (m *Room) do(c command) {
	select {
	case m.commands <- c:
	default:
		m.cfg.Log.Warn("command dropped: too many wait")
	}
}

// Screen returns the picture of a member, nil for one who is not there.
func (m *Room) Screen(member uint8) *watch.Screen {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.screens[member]
}

func (m *Room) setScreen(member uint8, s *watch.Screen) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s == nil {
		delete(m.screens, member)
		return
	}
	m.screens[member] = s
}

// Key presses or releases a physical key on a member's computer.
func (m *Room) Key(member uint8, u input.Usage, down bool) {
	m.press(member, message.Key{Usage: u, Down: down})
}

// Letter presses the key of a letter on a member's computer, or u where it has
// none; Key with u lets go of it.
func (m *Room) Letter(member uint8, u input.Usage, letter rune) {
	m.press(member, message.Letter{Usage: u, Letter: letter})
}

// Text enters characters on a member's computer. Line ends become line feeds,
// other control characters are left out: those are keys.
func (m *Room) Text(member uint8, s string) {
	s = typeable(s)
	for len(s) > 0 {
		n := cutText(s)
		m.press(member, message.Text{Text: s[:n]})
		s = s[n:]
	}
}

// Move puts the pointer at a pixel of a member's shared screen.
func (m *Room) Move(member uint8, at image.Point) {
	m.press(member, message.Move{At: at})
}

// Mark draws over a member's shared screen, in its pixels.
func (m *Room) Mark(member uint8, mark message.Mark) { m.press(member, mark) }

// Wipe takes a mark away again, or all of them with 0.
func (m *Room) Wipe(member uint8, id uint16) { m.press(member, message.Wipe{ID: id}) }

// Button presses or releases a mouse button on a member's computer.
func (m *Room) Button(member uint8, b input.Button, down bool) {
	m.press(member, message.Button{Button: b, Down: down})
}

// Wheel turns the wheel on a member's computer, in 1/120 notch.
func (m *Room) Wheel(member uint8, dx, dy int) {
	m.press(member, message.Wheel{DX: clamp16(dx), DY: clamp16(dy)})
}

// Locks says which lock keys are on here, for them to be the same on a
// member's computer while we type there.
func (m *Room) Locks(member uint8, on input.LockState) { m.press(member, message.Locks{On: on}) }

// Release lets go of everything that we hold on a member's computer.
func (m *Room) Release(member uint8) { m.press(member, message.Release{}) }

// press queues input. When the queue is full the line is stuck: input that
// would arrive much later does harm, so it is dropped, and everything is let
// go of as soon as there is room again.
func (m *Room) press(member uint8, msg message.Message) {
	select {
	case m.inputs <- pressed{member, msg}:
	default:
		m.spilled.Store(true)
	}
}

func typeable(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case unicode.IsControl(c) && c != '\n' && c != '\t':
			return -1
		default:
			return c
		}
	}, s)
}

// cutText returns how many bytes of s go into one message: as many characters
// as a keyboard takes at once, which are at most message.MaxText bytes.
func cutText(s string) int {
	runes := 0
	for i := range s {
		if runes == input.MaxText {
			return i
		}
		runes++
	}
	return len(s)
}

func clamp16(n int) int16 { return int16(min(max(n, -32768), 32767)) }
