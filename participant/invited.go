package participant

import (
	"errors"
	"fmt"

	"lotse/crypto/handshake"
	"lotse/participant/session"
	"lotse/relay/wire"
)

// shared is what we and the master both know: the PIN, or a personal link's
// secret, whose id then says which link it is.
func (r *run) shared() (handshake.Secret, []byte, error) {
	if r.code.Link == "" {
		return handshake.Secret{Kind: handshake.KindPIN, PIN: r.code.PIN}, nil, nil
	}
	link, err := handshake.LinkOf(r.code.Link)
	if err != nil {
		return handshake.Secret{}, nil, fmt.Errorf("agree: %w", err)
	}
	return handshake.Secret{Kind: handshake.KindLink, PIN: r.code.Link}, link.ID, nil
}

// proveLink shows the relay that we hold a personal link, when we come with
// one for the first time: it leads past the queue.
func (r *run) proveLink(j *wire.Join) error {
	if r.code.Link == "" || j.Resume {
		return nil
	}
	link, err := handshake.LinkOf(r.code.Link)
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	r.client.ProveLink(j, link.Verifier)
	return nil
}

// spent says of a link, which holds no number that somebody could have
// mistyped, that it works no more.
func (r *run) spent(err error) error {
	if why, _ := ReasonOf(err); r.code.Link != "" && why == session.ReasonUnknownSession {
		return errors.Join(&joinError{reason: session.ReasonLinkSpent}, err)
	}
	return err
}
