package watch

import "time"

// Stats is what came in a second.
type Stats struct {
	// Bits and Updates are those of pictures.
	Bits, Updates int
}

// parts is in how many parts a second is counted.
const parts = 8

// part is the length of one.
const part = time.Second / parts

// meter counts what came in the last second, to an eighth of one.
type meter struct {
	bytes, updates [parts]int
	at             int64 // the number of the newest part
}

// turn forgets what is older than a second.
func (m *meter) turn(now time.Time) {
	at := now.UnixNano() / int64(part)
	for steps := 0; m.at < at && steps < parts; steps++ {
		m.at++
		m.bytes[m.at%parts], m.updates[m.at%parts] = 0, 0
	}
	if at > m.at { // more than a second: all are empty
		m.at = at
	}
}

func (m *meter) count(n int, now time.Time) {
	m.turn(now)
	m.bytes[m.at%parts] += n
	m.updates[m.at%parts]++
}

func (m *meter) last(now time.Time) Stats {
	m.turn(now)
	var out Stats
	for i := range m.bytes {
		out.Bits += 8 * m.bytes[i]
		out.Updates += m.updates[i]
	}
	return out
}
