package master

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"lotse/crypto/epoch"
	"lotse/crypto/handshake"
	"lotse/crypto/secret"
	"lotse/participant/session"
	"lotse/relay/wire"
)

// LinkUse is what became of a personal link.
type LinkUse uint8

// What becomes of links.
const (
	LinkUnused LinkUse = iota
	LinkUsed
	LinkWithdrawn
)

// Link is a personal link of the room. It works for one person, once, and ends
// with the room.
type Link struct {
	// ID names the link towards Room.Withdraw.
	ID uint32
	// Name is whom the moderator made it for; empty for anybody.
	Name string
	Use  LinkUse
	// By is what the person who used it calls itself.
	By string
	// At is when it was made.
	At time.Time
}

// maxListed is how many links are remembered, the open ones among them: those
// that are over go, oldest first.
const maxListed = 2 * wire.MaxLinks

// invitation is a link with what only we know of it.
type invitation struct {
	Link

	secret   secret.Text // empty once it works no more
	id       []byte
	verifier [32]byte
}

var (
	errManyLinks = errors.New("too many open links")
	errLinkSpent = errors.New("a link that works no more")
)

// Invite makes a personal link for somebody, whose name may be empty. State
// shows its text until HideLink.
func (m *Room) Invite(name string) {
	m.do(func(ctx context.Context, r *run) {
		if err := r.invite(ctx, name); err != nil {
			r.cfg.Log.Warn("no link", "error", err)
		}
	})
}

// Withdraw lets a link open nothing any more.
func (m *Room) Withdraw(id uint32) {
	m.do(func(ctx context.Context, r *run) { r.withdraw(ctx, id) })
}

// HideLink ends that State shows the newest link's text. It is not shown again.
func (m *Room) HideLink() {
	m.do(func(_ context.Context, r *run) {
		r.shownLink = nil
		r.publish()
	})
}

func (r *run) invite(ctx context.Context, name string) error {
	if r.opened.Session == "" {
		return errors.New("no room is open")
	}
	if len(r.openLinks()) >= wire.MaxLinks {
		return errManyLinks
	}
	text, err := handshake.NewLink(nil)
	if err != nil {
		return err
	}
	seen, err := handshake.LinkOf(text)
	if err != nil {
		return err
	}
	r.linkID++
	l := &invitation{
		Link:   Link{ID: r.linkID, Name: callable(name), At: r.cfg.Now()},
		secret: text, id: seen.ID, verifier: seen.Verifier,
	}
	r.links = append(r.links, l)
	r.forgetLinks()
	r.shownLink = l
	r.tellLinks(ctx)
	r.publish()
	return nil
}

// callable makes a name of what was typed, or none.
func callable(typed string) string {
	name := strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, typed))
	if epoch.CheckName(name) != nil {
		return ""
	}
	return name
}

// forgetLinks keeps the list from growing without end.
func (r *run) forgetLinks() {
	for i := 0; len(r.links) > maxListed && i < len(r.links); {
		if r.links[i].Use == LinkUnused {
			i++
			continue
		}
		r.links = append(r.links[:i], r.links[i+1:]...)
	}
}

func (r *run) withdraw(ctx context.Context, id uint32) {
	for _, l := range r.links {
		if l.ID == id && l.Use == LinkUnused {
			r.endLink(ctx, l, LinkWithdrawn, "")
		}
	}
}

// endLink lets a link work no more, here and at the relay.
func (r *run) endLink(ctx context.Context, l *invitation, use LinkUse, by string) {
	l.Use, l.By, l.secret = use, by, ""
	if r.shownLink == l {
		r.shownLink = nil
	}
	r.tellLinks(ctx)
	r.publish()
}

func (r *run) openLinks() [][32]byte {
	var out [][32]byte
	for _, l := range r.links {
		if l.Use == LinkUnused {
			out = append(out, l.verifier)
		}
	}
	return out
}

// tellLinks tells the relay which links are open. One that the room is not open
// at yet is told when it is.
func (r *run) tellLinks(ctx context.Context) {
	if r.client == nil || r.linksAt != r.client {
		return
	}
	if err := r.client.Links(ctx, r.openLinks()); err != nil {
		r.cfg.Log.Debug("links", "error", err)
	}
}

// sharedWith is what somebody at the door has to know: the PIN, with the
// attempts at it, or the secret of the link that E1 names, which nobody guesses
// and whose misses cost nothing.
func (r *run) sharedWith(j *joiner, e1 []byte) (handshake.Secret, *handshake.Attempts, error) {
	id, err := handshake.PeekLinkID(e1)
	if err != nil {
		return handshake.Secret{}, nil, err
	}
	if len(id) == 0 {
		return handshake.Secret{Kind: handshake.KindPIN, PIN: r.pin}, r.attempts, nil
	}
	for _, l := range r.links {
		if bytes.Equal(l.id, id) && l.Use == LinkUnused {
			j.link = l
			return handshake.Secret{Kind: handshake.KindLink, PIN: l.secret}, new(handshake.Attempts), nil
		}
	}
	return handshake.Secret{}, nil, errLinkSpent
}

// missed is what somebody hears who did not prove what had to be known, and
// what it costs.
func (r *run) missed(j *joiner) handshake.Refusal {
	if j.link != nil {
		return handshake.Refusal{Reason: string(session.ReasonLinkSpent)}
	}
	left := r.attempts.Left()
	if left > 0 {
		return handshake.Refusal{Reason: string(session.ReasonWrongPIN), Left: uint8(left)}
	}
	r.renewPIN()
	return handshake.Refusal{Reason: string(session.ReasonPINRenewed)}
}

// linkState is what a window is told of the links.
func (r *run) linkState(s *State) {
	for _, l := range r.links {
		s.Links = append(s.Links, l.Link)
	}
	if l := r.shownLink; l != nil {
		s.NewLink, s.NewLinkText = l.ID, session.LinkText(s.Number, s.Address, l.secret)
	}
}
