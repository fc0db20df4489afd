// Package codec turns the states of a screen into small updates and back. It
// is pure Go, keeps no clock and trusts nothing that it decodes.
package codec

import "errors"

// Version is the format's version; it is the first byte of every update.
const Version = 1

// MaxUpdate is the largest update in bytes that is written or read.
const MaxUpdate = 8 << 20

// ErrFormat says that an update is not one of ours, or was cut or altered.
var ErrFormat = errors.New("codec: malformed update")

// ErrGap says that an update continues a picture that this decoder does not
// have; only an update made with Options.Key can follow.
var ErrGap = errors.New("codec: update does not follow the last one")
