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

// worse is how far a line may fall short of a step's rate.
const worse = 0.85

// calm is how long the line must not have limited anything before the next
// better step is tried, and retry how long a step is left alone after the line
// turned out too slow for it; that doubles each time, up to a minute.
const (
	calm     = 1500 * time.Millisecond
	retry    = 5 * time.Second
	maxRetry = time.Minute
)

// climber stands on the ladder. It goes down when the line limits what is
// sent, to the step that the measured rate allows, and tries the next better
// one when nothing was limited for a while: what is not sent can't be measured.
type climber struct {
	step    int
	limited time.Time // when the line last limited something
	moved   time.Time
	barred  time.Time // no better step before
	penalty time.Duration
}

func newClimber() climber { return climber{step: unknownStep, penalty: retry} }

// climb returns the step for a line of rate bits a second, 0 for unknown.
// limited says that the last update was cut to what the line takes.
func (c *climber) climb(rate float64, limited bool, now time.Time) int {
	switch {
	case limited:
		c.limited = now
		c.settle(rate, now)
	case c.step > 0 && now.Sub(c.limited) >= calm && now.Sub(c.moved) >= calm && !now.Before(c.barred):
		c.step--
		c.moved = now
	}
	return c.step
}

// settle takes the step that a line of rate allows, one up at a time.
func (c *climber) settle(rate float64, now time.Time) {
	all := ladder()
	before := c.step
	for rate > 0 && c.step < len(all)-1 && rate < worse*all[c.step].least {
		c.step++
	}
	switch {
	case c.step != before:
		c.penalty = min(2*c.penalty, maxRetry)
		if now.Sub(c.moved) >= maxRetry { // it was not tried lately
			c.penalty = retry
		}
		c.moved, c.barred = now, now.Add(c.penalty)
	case rate > 0 && c.step > 0 && rate > 2*all[c.step-1].least:
		c.step--
		c.moved = now
	}
}
