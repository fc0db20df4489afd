package wire

import (
	"errors"
	"fmt"
	"time"
)

// Admit lets a joiner take part. Only the master says it.
type Admit struct {
	Conn uint32 `cbor:"1,keyasint"`
}

// Kind returns KindAdmit.
func (Admit) Kind() Kind { return KindAdmit }

func (a Admit) check() error { return checkJoiner(a.Conn) }

// Kick ends a joiner's or a member's connection. Only the master says it.
type Kick struct {
	Conn uint32 `cbor:"1,keyasint"`
	// Reason is handed to the one that is sent away.
	Reason Reason `cbor:"2,keyasint"`
}

// Kind returns KindKick.
func (Kick) Kind() Kind { return KindKick }

func (k Kick) check() error { return errors.Join(checkJoiner(k.Conn), k.Reason.check()) }

// Lock keeps further joiners out, or lets them come again. Only the master
// says it.
type Lock struct {
	On bool `cbor:"1,keyasint"`
}

// Kind returns KindLock.
func (Lock) Kind() Kind { return KindLock }

func (Lock) check() error { return nil }

// End closes the room for good and sends everybody away. Only the master says
// it.
type End struct{}

// Kind returns KindEnd.
func (End) Kind() Kind { return KindEnd }

func (End) check() error { return nil }

// Live says that a room that was kept in readiness is open from now on: the
// relay where it was has ended. Only the master says it.
type Live struct{}

// Kind returns KindLive.
func (Live) Kind() Kind { return KindLive }

func (Live) check() error { return nil }

// Source says roughly where a joiner comes from.
type Source string

// The classes of sources.
const (
	SourceLoopback Source = "loopback" // the relay's own machine
	SourcePrivate  Source = "private"  // a private network (RFC 1918, RFC 4193, link-local)
	SourceInternet Source = "internet" // anywhere else
)

// JoinNotify tells the master that somebody stands at the door.
type JoinNotify struct {
	// Conn is the joiner's connection.
	Conn uint32 `cbor:"1,keyasint"`
	// SID is the Ticket's.
	SID [16]byte `cbor:"2,keyasint"`
	// Nonce is the joiner's.
	Nonce [16]byte `cbor:"3,keyasint"`
	// Source is where it comes from.
	Source Source `cbor:"4,keyasint"`
	// Resume is what the joiner says: only the key agreement proves it.
	Resume bool `cbor:"5,keyasint"`
}

// Kind returns KindJoinNotify.
func (JoinNotify) Kind() Kind { return KindJoinNotify }

func (j JoinNotify) check() error {
	switch j.Source {
	case SourceLoopback, SourcePrivate, SourceInternet:
		return checkJoiner(j.Conn)
	default:
		return errors.New("unknown source class")
	}
}

// Gone says that a connection ended: to the master one of the others, to
// anybody else its own.
type Gone struct {
	Conn   uint32 `cbor:"1,keyasint"`
	Reason Reason `cbor:"2,keyasint"`
}

// Kind returns KindGone.
func (Gone) Kind() Kind { return KindGone }

func (g Gone) check() error {
	if g.Conn == 0 {
		return errors.New("connection 0")
	}
	return g.Reason.check()
}

// MasterAway says that the master's connection broke. The room waits.
type MasterAway struct{}

// Kind returns KindMasterAway.
func (MasterAway) Kind() Kind { return KindMasterAway }

func (MasterAway) check() error { return nil }

// MasterBack says that the master is there again.
type MasterBack struct{}

// Kind returns KindMasterBack.
func (MasterBack) Kind() Kind { return KindMasterBack }

func (MasterBack) check() error { return nil }

// Dropped says that frames for us were thrown away. On the picture lane
// nothing of that source follows until an update marked Refresh.
type Dropped struct {
	// Conn is where they came from.
	Conn uint32 `cbor:"1,keyasint"`
	// Lane is the lane that was full.
	Lane Lane `cbor:"2,keyasint"`
	// Updates is how many updates or records.
	Updates uint32 `cbor:"3,keyasint"`
	// Reason says why.
	Reason Reason `cbor:"4,keyasint"`
}

// Kind returns KindDropped.
func (Dropped) Kind() Kind { return KindDropped }

func (d Dropped) check() error {
	if d.Conn == 0 || d.Lane >= Lanes {
		return fmt.Errorf("connection %d, lane %d", d.Conn, d.Lane)
	}
	return d.Reason.check()
}

// Closing says that the relay shuts down and when to come back.
type Closing struct {
	// RetryAfter is in milliseconds.
	RetryAfter uint32 `cbor:"1,keyasint"`
	Reason     Reason `cbor:"2,keyasint"`
}

// Kind returns KindClosing.
func (Closing) Kind() Kind { return KindClosing }

func (c Closing) check() error { return errors.Join(Wait{c.RetryAfter}.check(), c.Reason.check()) }

// After returns how long to wait.
func (c Closing) After() time.Duration { return time.Duration(c.RetryAfter) * time.Millisecond }

// BulkWindow is how many payload bytes of bulk may be under way from one
// connection to another before credit comes back (relay.md §1).
const BulkWindow = 256 << 10

// Credit gives bytes of BulkWindow back: the relay has written them out.
type Credit struct {
	// Conn is the connection that they went to.
	Conn uint32 `cbor:"1,keyasint"`
	// Bytes is how many payload bytes.
	Bytes uint32 `cbor:"2,keyasint"`
}

// Kind returns KindCredit.
func (Credit) Kind() Kind { return KindCredit }

func (c Credit) check() error {
	if c.Conn == 0 || c.Bytes == 0 || c.Bytes > BulkWindow {
		return fmt.Errorf("%d bytes for connection %d", c.Bytes, c.Conn)
	}
	return nil
}

func checkJoiner(conn uint32) error {
	if conn <= MasterConn {
		return fmt.Errorf("connection %d is no joiner's", conn)
	}
	return nil
}
