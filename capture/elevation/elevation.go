// Package elevation knows whether keys and clicks that this program makes
// reach the window in front, and starts this program once more as
// administrator when they don't. Windows alone keeps them away: from a program
// with more rights (Microsoft, "Mandatory Integrity Control"), and from the
// desktop of its own on which it asks for permission and for passwords.
//
// It can't get more rights by itself: Windows asks the person, where nothing
// from afar can answer. The other run of the program has to be the file that
// this one was started from; what the two say to each other is not its matter.
package elevation

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrUnsupported says that this system keeps input away from no program.
var ErrUnsupported = errors.New("elevation: not on this system")

// ErrDeclined says that the person, or a policy, did not let this program run
// as administrator.
var ErrDeclined = errors.New("elevation: not permitted")

// ErrStranger says that the other end is another program than this one.
var ErrStranger = errors.New("elevation: another program")

// ErrArgument says that an argument names no pipe.
var ErrArgument = errors.New("elevation: no such argument")

// Front is what is in front of the person.
type Front uint8

// What can be in front.
const (
	Ordinary Front = iota // a window that input reaches
	Raised                // a window of a program with more rights than ours
	Secure                // Windows' own desktop: a question of UAC, the lock screen, Ctrl+Alt+Del
)

// Look returns what is in front now. It costs a few calls of the system.
func Look() (Front, error) { return look() }

// Offered reports whether Again could bring something: the system has rights
// that this program runs without.
func Offered() bool { return offered() }

// Again starts this program once more, as administrator, and returns the way
// to it. It blocks while Windows asks the person, which nothing calls off;
// after the answer it waits patience for the other one to come.
func Again(ctx context.Context, patience time.Duration) (io.ReadWriteCloser, error) {
	return again(ctx, patience)
}

// Join returns the way to the run of this program that started this one with
// argument.
func Join(argument string) (io.ReadWriteCloser, error) {
	name, err := pipeName(argument)
	if err != nil {
		return nil, err
	}
	return join(name)
}
