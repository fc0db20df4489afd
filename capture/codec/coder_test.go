package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
)

// decisions returns n decisions of which each context has its own habit.
func decisions(n int, rnd *rand.Rand) (context []int, yes []bool) {
	for range n {
		c := rnd.IntN(8)
		context = append(context, c)
		yes = append(yes, rnd.IntN(1<<(2*c)+1) == 0)
	}
	return context, yes
}

func eight() (p [8]prob) {
	for i := range p {
		p[i] = even()
	}
	return p
}

func codeAll(context []int, yes []bool) []byte {
	var c coder
	c.encode(nil)
	p := eight()
	for i := range context {
		c.bit(&p[context[i]], yes[i])
	}
	c.finish()
	return c.out
}

// decodeAll returns how many decisions came back before one was wrong, and
// how the end was.
func decodeAll(in []byte, context []int, yes []bool) (right int, err error) {
	var c coder
	c.decode(in)
	p := eight()
	for i := range context {
		if c.bit(&p[context[i]], false) != yes[i] {
			return i, c.close()
		}
	}
	return len(context), c.close()
}

func TestCoderReturnsWhatWentIn(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for n := range 300 {
		context, yes := decisions(n*n/7, rnd)
		coded := codeAll(context, yes)
		if right, err := decodeAll(coded, context, yes); right != len(yes) || err != nil {
			t.Fatalf("%d decisions: got %d right, %v", len(yes), right, err)
		}
	}
}

func TestCoderEndsWhereItSays(t *testing.T) {
	context, yes := decisions(5000, rand.New(rand.NewPCG(5, 6)))
	coded := codeAll(context, yes)
	for n := range coded {
		if right, err := decodeAll(coded[:n], context, yes); right == len(yes) && err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(coded))
		}
	}
	if _, err := decodeAll(append(bytes.Clone(coded), 0), context, yes); !errors.Is(err, ErrFormat) {
		t.Errorf("one byte more: got %v, want ErrFormat", err)
	}
}

func TestCertainDecisionsCostNothing(t *testing.T) {
	yes := make([]bool, 100_000)
	coded := codeAll(make([]int, len(yes)), yes)
	if got, want := len(coded), 40; got > want {
		t.Errorf("got %d bytes, want at most %d", got, want)
	}
}

func TestBigEndianNamesTheUpperBytes(t *testing.T) {
	v := uint64(0x0102030405060708)
	if got, want := bigEndian(v, 8), binary.BigEndian.AppendUint64(nil, v); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}
