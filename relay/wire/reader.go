package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Stage1Budget is how many bytes a peer may send before stage 1 ends
// (protocol.md §1).
const Stage1Budget = 16 << 10

// readBuffer is small: what is longer than it is read straight into its own
// buffer, and an idle connection costs no more than this.
const readBuffer = 4 << 10

// ErrBudget says that a peer sent more than it may before stage 1 ended.
var ErrBudget = errors.New("wire: too much before stage 1 ended")

// Reader reads frames from a connection. It is for one goroutine.
type Reader struct {
	r      *bufio.Reader
	budget int // bytes left before stage 1 ends; negative once it has ended
}

// NewReader returns a Reader of r that stops at Stage1Budget bytes until
// EndStage1 is called.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, readBuffer), budget: Stage1Budget}
}

// EndStage1 lifts the budget: the peer has proven who it is.
func (r *Reader) EndStage1() { r.budget = -1 }

// Next returns the next frame. Its payload is the caller's to keep.
func (r *Reader) Next() (Frame, error) {
	raw, err := r.Raw()
	if err != nil {
		return Frame{}, err
	}
	return Parse(raw)
}

// Raw returns the bytes of the next frame, header included and checked; they
// are the caller's to keep. At the end of the connection between two frames
// the error is io.EOF itself.
func (r *Reader) Raw() ([]byte, error) {
	head, err := r.r.Peek(HeaderSize)
	if err != nil {
		if errors.Is(err, io.EOF) && len(head) > 0 {
			return nil, fmt.Errorf("%w: %w", ErrTruncated, io.ErrUnexpectedEOF)
		}
		return nil, err
	}
	h, err := parseHeader(head)
	if err != nil {
		return nil, err
	}
	size := HeaderSize + int(h.length)
	if err := r.spend(size); err != nil {
		return nil, err
	}
	raw := make([]byte, size)
	if _, err := io.ReadFull(r.r, raw); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: %w", ErrTruncated, err)
		}
		return nil, fmt.Errorf("wire: read a payload: %w", err)
	}
	return raw, nil
}

func (r *Reader) spend(n int) error {
	switch {
	case r.budget < 0:
		return nil
	case n > r.budget:
		return ErrBudget
	}
	r.budget -= n
	return nil
}
