package participant

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"lotse/capture/screen"
	"lotse/crypto/canon"
	"lotse/crypto/epoch"
	"lotse/participant/session"
)

// handedVersion is that of handed. Both runs are the same file, so that there
// is no other to talk to.
const handedVersion = 1

// The limits of a session that is handed over, in bytes. The ledger is most of
// it: its 4096 lines take 90 bytes each.
const (
	maxHanded  = 512 << 10
	maxLicence = 16 << 10
	maxSpoken  = 64 // of what is read out: number, words, address
	resumeSize = 64
)

// errHanded says that what another run of the program hands over is no session.
var errHanded = errors.New("participant: no session was handed over")

// handed is a session on its way to another run of this program, with the keys
// that prove that it is the same member. It travels between two processes of
// one computer, is never written down, and is wiped on both sides.
//
// CBOR map: 1 version · 2 number · 3 address of a relay on this network ·
// 4 words · 5 member · 6 master's key (32) · 7 hash of the master's profile
// (32) · 8 licence · 9 seed of our signing key (32) · 10 resume keys (1 or 2 of
// 64) · 11 newest roster · 12 its signature (64) · 13 what is shown · 14 the
// session · 15 how many messages of input have arrived.
type handed struct {
	Version uint8        `cbor:"1,keyasint"`
	Number  string       `cbor:"2,keyasint"`
	Address string       `cbor:"3,keyasint"`
	Words   string       `cbor:"4,keyasint"`
	Self    uint8        `cbor:"5,keyasint"`
	Master  [32]byte     `cbor:"6,keyasint"`
	Profile [32]byte     `cbor:"7,keyasint"`
	Licence []byte       `cbor:"8,keyasint"`
	Seed    []byte       `cbor:"9,keyasint"`
	Resume  [][]byte     `cbor:"10,keyasint"`
	Roster  []byte       `cbor:"11,keyasint"`
	Signed  []byte       `cbor:"12,keyasint"`
	Target  handedTarget `cbor:"13,keyasint"`
	Session handedRights `cbor:"14,keyasint"`
	Inputs  uint64       `cbor:"15,keyasint,omitempty"`
}

// handedTarget is what the person chose to show.
//
// CBOR map: 1 kind · 2 number · 3 to 6 rectangle.
type handedTarget struct {
	Kind uint8  `cbor:"1,keyasint"`
	ID   uint32 `cbor:"2,keyasint"`
	X0   int32  `cbor:"3,keyasint"`
	Y0   int32  `cbor:"4,keyasint"`
	X1   int32  `cbor:"5,keyasint"`
	Y1   int32  `cbor:"6,keyasint"`
}

// handedRights is a session.Saved without the peer, whom the licence names.
// Times are nanoseconds of the Unix epoch, 0 for none.
//
// CBOR map: 1 lost at · 2 rights · 3 their ends (16) · 4 newest question ·
// 5 ledger.
type handedRights struct {
	At      int64          `cbor:"1,keyasint"`
	Grants  session.Grants `cbor:"2,keyasint"`
	Until   [16]int64      `cbor:"3,keyasint"`
	LastAsk uint32         `cbor:"4,keyasint"`
	Ledger  []handedEntry  `cbor:"5,keyasint"`
}

// handedEntry is a line of the ledger.
//
// CBOR map: 1 at · 2 what · 3 rights after it · 4 question · 5 nobody spoke ·
// 6 reason · 7 about · 8 for, in nanoseconds.
type handedEntry struct {
	At       int64          `cbor:"1,keyasint"`
	What     string         `cbor:"2,keyasint"`
	Grants   session.Grants `cbor:"3,keyasint"`
	Question uint32         `cbor:"4,keyasint"`
	Silent   bool           `cbor:"5,keyasint"`
	Reason   session.Reason `cbor:"6,keyasint"`
	About    session.Grants `cbor:"7,keyasint"`
	For      int64          `cbor:"8,keyasint"`
}

// Format writes "[redacted]" for every verb.
func (handed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// wipe forgets the keys, as far as Go lets anybody forget.
func (h handed) wipe() {
	clear(h.Seed)
	for _, k := range h.Resume {
		clear(k)
	}
}

// encode writes h behind its length, a u32.
func (h handed) encode() []byte {
	body := canon.Marshal(h)
	defer clear(body)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// readHanded reads one session and nothing that follows it.
func readHanded(r io.Reader) (handed, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return handed{}, fmt.Errorf("%w: %w", errHanded, err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxHanded {
		return handed{}, fmt.Errorf("%w: %d bytes", errHanded, n)
	}
	body := make([]byte, n)
	defer clear(body)
	if _, err := io.ReadFull(r, body); err != nil {
		return handed{}, fmt.Errorf("%w: %w", errHanded, err)
	}
	return parseHanded(body)
}

func parseHanded(body []byte) (handed, error) {
	var h handed
	if err := canon.Unmarshal(body, &h); err != nil {
		return handed{}, errHanded // the error of CBOR may quote what it read
	}
	if err := h.check(); err != nil {
		return handed{}, err
	}
	return h, nil
}

func (h handed) check() error {
	switch {
	case h.Version != handedVersion:
		return fmt.Errorf("%w: version %d", errHanded, h.Version)
	case h.Self < 2:
		return fmt.Errorf("%w: member %d", errHanded, h.Self)
	case len(h.Number) > maxSpoken || len(h.Address) > maxSpoken || len(h.Words) > maxSpoken:
		return fmt.Errorf("%w: number, address or words too long", errHanded)
	case len(h.Licence) > maxLicence || len(h.Roster) > epoch.MaxRoster || len(h.Signed) != ed25519.SignatureSize:
		return fmt.Errorf("%w: licence of %d, roster of %d, signature of %d bytes", errHanded, len(h.Licence), len(h.Roster), len(h.Signed))
	case len(h.Seed) != ed25519.SeedSize:
		return fmt.Errorf("%w: seed of %d bytes", errHanded, len(h.Seed))
	case len(h.Resume) < 1 || len(h.Resume) > 2:
		return fmt.Errorf("%w: %d resume keys", errHanded, len(h.Resume))
	case h.Target.Kind > uint8(screen.Window):
		return fmt.Errorf("%w: target %d", errHanded, h.Target.Kind)
	}
	for _, k := range h.Resume {
		if len(k) != resumeSize {
			return fmt.Errorf("%w: resume key of %d bytes", errHanded, len(k))
		}
	}
	return nil
}

func handTarget(t screen.Target) handedTarget {
	return handedTarget{
		Kind: uint8(t.Kind), ID: t.ID,
		X0: int32(t.Rect.Min.X), Y0: int32(t.Rect.Min.Y), X1: int32(t.Rect.Max.X), Y1: int32(t.Rect.Max.Y),
	}
}

func (t handedTarget) target() screen.Target {
	r := image.Rectangle{Min: image.Pt(int(t.X0), int(t.Y0)), Max: image.Pt(int(t.X1), int(t.Y1))}
	return screen.Target{Kind: screen.Kind(t.Kind), ID: t.ID, Rect: r}
}

func handRights(v session.Saved) handedRights {
	h := handedRights{At: nanos(v.At), Grants: v.Grants, LastAsk: v.LastAsk, Ledger: make([]handedEntry, len(v.Ledger))}
	for i, t := range v.Until {
		h.Until[i] = nanos(t)
	}
	for i, e := range v.Ledger {
		h.Ledger[i] = handedEntry{nanos(e.At), e.What, e.Grants, e.Question, e.Silent, e.Reason, e.About, int64(e.For)}
	}
	return h
}

func (h handedRights) saved(peer session.Person) session.Saved {
	v := session.Saved{At: instant(h.At), Grants: h.Grants, LastAsk: h.LastAsk, Peer: peer}
	for i, n := range h.Until {
		v.Until[i] = instant(n)
	}
	for _, e := range h.Ledger {
		v.Ledger = append(v.Ledger, session.Entry{
			At: instant(e.At), What: e.What, Grants: e.Grants, Question: e.Question,
			Silent: e.Silent, Reason: e.Reason, About: e.About, For: time.Duration(e.For),
		})
	}
	return v
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
