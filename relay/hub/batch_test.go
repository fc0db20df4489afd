package hub

import (
	"testing"
	"time"
)

func TestReaderIsWrittenToByThePieceUntilItIsFast(t *testing.T) {
	p, now := pace{most: batchBytes}, time.Unix(100, 0)
	for i, c := range []struct {
		name  string
		pause time.Duration // before the write
		part  float64       // of what was allowed
		took  time.Duration
		want  int
	}{
		{"a fast piece", 0, 1, fastTime, 2 * batchBytes},
		{"twice a piece", 0, 1, fastTime, 4 * batchBytes},
		{"too little to tell", 0, 0.1, fastTime, 4 * batchBytes},
		{"half of it", 0, 0.5, fastTime, 8 * batchBytes},
		{"no more than the most", 0, 1, fastTime, mostBytes},
		{"a little late", 0, 1, fastTime + 1, batchBytes},
		{"fast again", 0, 1, 0, 2 * batchBytes},
		{"a short pause", staleTime, 1, 0, 4 * batchBytes},
		{"a long one: back to a piece, then doubled", staleTime + 1, 1, 0, 2 * batchBytes},
	} {
		now = now.Add(c.pause)
		n := int(c.part * float64(p.allows(now)))
		now = now.Add(c.took)
		p.took(n, c.took, now)
		if p.most != c.want {
			t.Errorf("%d, %s: got %d, want %d", i, c.name, p.most, c.want)
		}
	}
}

// A batch that has grown does not come back to a slow reader.
func TestSlowReadersHoldShortBuffers(t *testing.T) {
	p := newBatches()
	long := p.get(mostBytes)
	if got, want := cap(long.held), mostBytes+sealBytes; got != want {
		t.Errorf("long: got %d, want %d", got, want)
	}
	short := p.get(batchBytes)
	if got, want := cap(short.held), batchBytes+sealBytes; got != want {
		t.Errorf("short: got %d, want %d", got, want)
	}
	short.held = make([]byte, 2*mostBytes)
	p.put(short)
	p.put(long)
	p.put(&batch{held: make([]byte, 2*mostBytes+1)})
	for range 10 {
		if got := cap(p.get(batchBytes).held); got > batchBytes+sealBytes {
			t.Errorf("short: got %d, want at most %d", got, batchBytes+sealBytes)
		}
		if got := cap(p.get(mostBytes).held); got > 2*mostBytes {
			t.Errorf("long: got %d, want at most %d", got, 2*mostBytes)
		}
	}
}
