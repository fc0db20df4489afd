package wire

import (
	"errors"
	"fmt"
)

// MaxList is the longest signed server list in a message in bytes: with the
// greeting before it, it stays within Stage1Budget.
const MaxList = 12 << 10

// AskList asks for the newest server list that the relay has for a profile. It
// is said before the licence or the session number, if at all.
type AskList struct {
	// Profile is the profile's ID.
	Profile string `cbor:"1,keyasint"`
}

// Kind returns KindAskList.
func (AskList) Kind() Kind { return KindAskList }

func (a AskList) check() error {
	if a.Profile == "" {
		return errors.New("no profile's name")
	}
	return checkProfile(a.Profile)
}

// List is the answer to AskList. Whether it holds is not the relay's to say:
// it is signed.
type List struct {
	// Note is the signed list; empty is none.
	Note []byte `cbor:"1,keyasint"`
}

// Kind returns KindList.
func (List) Kind() Kind { return KindList }

func (l List) check() error {
	if l.Note == nil || len(l.Note) > MaxList {
		return fmt.Errorf("list of %d bytes", len(l.Note))
	}
	return nil
}
