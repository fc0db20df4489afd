package hub

import (
	"fmt"

	"lotse/relay/wire"
)

// List is a signed server list that the relay hands out.
type List struct {
	// Serial counts the lists of a profile up.
	Serial uint64
	// Note is the list as it was signed.
	Note []byte
}

// maxLists is how many lists a relay hands out.
const maxLists = 64

func checkLists(lists map[string]List) error {
	if len(lists) > maxLists {
		return fmt.Errorf("hub: Config.Lists: %d, at most %d", len(lists), maxLists)
	}
	for id, l := range lists {
		if len(l.Note) > wire.MaxList {
			return fmt.Errorf("hub: Config.Lists: %q has %d bytes, at most %d", id, len(l.Note), wire.MaxList)
		}
	}
	return nil
}

// first reads the first message after the greeting. One request for a server
// list may come before it.
func (g *gate) first() (wire.Message, error) {
	msg, err := g.receive()
	if err != nil {
		return nil, err
	}
	ask, ok := msg.(wire.AskList)
	if !ok {
		return msg, nil
	}
	note := g.s.cfg.Lists[ask.Profile].Note
	if note == nil {
		note = []byte{}
	}
	if err := g.send(wire.List{Note: note}); err != nil {
		return nil, err
	}
	return g.receive()
}
