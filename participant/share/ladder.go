package share

import "time"

// rung is one step of quality.
type rung struct {
	// least is the rate in bits a second from which it is taken.
	least float64
	// quality is that of photographs, video the bits a second for a film, and
	// pictures how many a second there are at the most.
	quality, video, pictures int
}

// ladder returns the steps of quality, the best first. Text is exact on all of
// them; what is given up is how photographs look at first, and how smoothly
// things move.
func ladder() []rung {
	return []rung{
		{6_000_000, 75, 2_500_000, 30},
		{2_500_000, 70, 1_200_000, 30},
		{1_200_000, 60, 800_000, 30},
		{700_000, 45, 400_000, 20},
		{350_000, 35, 200_000, 12},
		{0, 25, 100_000, 6},
	}
}

// unknownStep is where the ladder begins while the line is unknown.
const unknownStep = 1

// better is by how much a line must exceed a step's rate, and for how long,
// before that step is taken; worse how far it may fall short.
const (
	better     = 1.3
	betterTime = 3 * time.Second
	worse      = 0.85
)

// climber stands on the ladder and does not hurry up it.
type climber struct {
	step  int
	since time.Time // when the line was good enough for more
	known bool
}

// climb returns the step for a line of rate bits a second, 0 for unknown.
func (c *climber) climb(rate float64, now time.Time) int {
	all := ladder()
	if rate == 0 {
		if !c.known {
			c.step = unknownStep
		}
		return c.step
	}
	if !c.known {
		c.known, c.step = true, unknownStep
	}
	for c.step < len(all)-1 && rate < worse*all[c.step].least {
		c.step++
		c.since = time.Time{}
	}
	switch {
	case c.step == 0 || rate < better*all[c.step-1].least:
		c.since = time.Time{}
	case c.since.IsZero():
		c.since = now
	case now.Sub(c.since) >= betterTime:
		c.step--
		c.since = now
	}
	return c.step
}
