package epoch

// windowSize is how far a record may lag behind the newest, in records. At
// 1000 records a second that is a second, more than a path reorders.
const windowSize = 1024

const wordBits = 64

// window remembers which of the last windowSize counters were seen (the
// bitmap of RFC 6479): a ring of bits, addressed by counter. The callers keep
// next, one more than the highest counter seen.
type window [windowSize / wordBits]uint64

// has reports whether ctr was seen or is too old to know.
func (w *window) has(ctr, next uint64) bool {
	if ctr >= next {
		return false
	}
	if next-ctr > windowSize {
		return true
	}
	word, bit := place(ctr)
	return w[word]&bit != 0
}

// add marks ctr and forgets the counters that fall out of the window.
func (w *window) add(ctr, next uint64) {
	switch {
	case ctr < next:
	case ctr-next >= windowSize:
		*w = window{}
	default:
		for c := next; c < ctr; c++ {
			word, bit := place(c)
			w[word] &^= bit
		}
	}
	word, bit := place(ctr)
	w[word] |= bit
}

func place(ctr uint64) (word, bit uint64) {
	i := ctr % windowSize
	return i / wordBits, 1 << (i % wordBits)
}
