package message

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"lotse/crypto/canon"
	"lotse/participant/session"
)

// MaxWhy is the longest reason that goes with a question, in bytes.
const MaxWhy = 400

// maxReason is the longest session.Reason, in bytes.
const maxReason = 32

// Ask is the master's question for rights. Countdown and outcome are not in
// it: they are the asked side's own.
//
// CBOR map: 1 number · 2 rights · 3 reason in the asker's words.
type Ask struct {
	ID     uint32         `cbor:"1,keyasint"`
	Grants session.Grants `cbor:"2,keyasint"`
	Why    string         `cbor:"3,keyasint"`
}

// Kind returns KindAsk.
func (Ask) Kind() Kind { return KindAsk }

func (m Ask) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Ask) check() error {
	if m.ID == 0 || m.Grants == 0 || m.Grants&^session.All != 0 {
		return fmt.Errorf("%w: question %d for %v", ErrMalformed, m.ID, m.Grants)
	}
	return plainText(m.Why, MaxWhy)
}

// Withdraw takes a question back.
//
// CBOR map: 1 number.
type Withdraw struct {
	ID uint32 `cbor:"1,keyasint"`
}

// Kind returns KindWithdraw.
func (Withdraw) Kind() Kind { return KindWithdraw }

func (m Withdraw) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Withdraw) check() error { return checkQuestion(m.ID) }

// Status is how things stand on the sender's side. It is sent whole at every
// change and after every new epoch, so nothing is lost with a connection.
//
// CBOR map: 1 rights · 2 number of the open question or 0 · 3 seconds until
// its countdown ends · 4 trouble (session.Reason) · 5 number of the question
// that was settled last · 6 why it was not granted, or time_over once what was
// given for a while is over (session.Reason).
type Status struct {
	Grants   session.Grants `cbor:"1,keyasint"`
	Question uint32         `cbor:"2,keyasint"`
	Seconds  uint16         `cbor:"3,keyasint"`
	Trouble  session.Reason `cbor:"4,keyasint"`
	Answered uint32         `cbor:"5,keyasint"`
	Answer   session.Reason `cbor:"6,keyasint"`
}

// Kind returns KindStatus.
func (Status) Kind() Kind { return KindStatus }

func (m Status) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Status) check() error {
	if err := checkReason(m.Trouble); err != nil {
		return err
	}
	return checkReason(m.Answer)
}

// GiveBack hands rights back that the sender holds.
//
// CBOR map: 1 rights.
type GiveBack struct {
	Grants session.Grants `cbor:"1,keyasint"`
}

// Kind returns KindGiveBack.
func (GiveBack) Kind() Kind { return KindGiveBack }

func (m GiveBack) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (GiveBack) check() error { return nil }

// Bye ends the session between two members and says why.
//
// CBOR map: 1 reason (session.Reason).
type Bye struct {
	Reason session.Reason `cbor:"1,keyasint"`
}

// Kind returns KindBye.
func (Bye) Kind() Kind { return KindBye }

func (m Bye) appendBody(dst []byte) []byte { return append(dst, canon.Marshal(m)...) }

func (m Bye) check() error { return checkReason(m.Reason) }

// checkQuestion refuses the number that no question has.
func checkQuestion(id uint32) error {
	if id == 0 {
		return fmt.Errorf("%w: question 0", ErrMalformed)
	}
	return nil
}

// checkReason accepts any short word of small letters, so that a newer peer
// may have reasons that we have no sentence for.
func checkReason(r session.Reason) error {
	if len(r) > maxReason {
		return fmt.Errorf("%w: reason of %d bytes", ErrMalformed, len(r))
	}
	for _, c := range []byte(r) {
		if c != '_' && (c < 'a' || c > 'z') {
			return fmt.Errorf("%w: reason %q", ErrMalformed, r)
		}
	}
	return nil
}

// plainText accepts what can be shown on one line without surprises: no
// control characters and nothing that changes the direction of text.
func plainText(s string, limit int) error {
	if len(s) > limit || !utf8.ValidString(s) {
		return fmt.Errorf("%w: text of %d bytes", ErrMalformed, len(s))
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("%w: text with %U", ErrMalformed, r)
		}
	}
	return nil
}
