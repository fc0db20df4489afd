package dial

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Finding is how one way to a relay went.
type Finding struct {
	// Way is what was tried.
	Way Way
	// Took is how long it was until the relay had greeted us, or had not.
	Took time.Duration
	// Skew is how far the relay's clock is ahead of ours, to about a second.
	Skew time.Duration
	// Err is nil where the relay showed a pinned key and greeted us. Otherwise
	// it is one of Connect's errors; it names addresses and no secrets.
	Err error
}

// Check tries every way to every server of cfg, all side by side, and says how
// each went, in the order in which Connect would try them. Ways through a
// proxy are among them only where there is one. No licence is shown. A cfg that
// can't be used is the one finding.
func Check(ctx context.Context, cfg Config) []Finding {
	return CheckEach(ctx, cfg, func(int, int) {})
}

// CheckEach is Check that tells progress of each way that was gone to its end,
// one at a time. Ways that were still under way when ctx was cancelled are not
// among the findings.
func CheckEach(ctx context.Context, cfg Config, progress func(done, of int)) []Finding {
	cfg.Licence, cfg.Operator = nil, nil
	cfg, err := cfg.withDefaults()
	if err != nil {
		return []Finding{{Err: err}}
	}
	todo := attempts(cfg.Servers)
	findings := make([]Finding, len(todo))
	turns := make(chan struct{}, checksAtOnce)
	var all sync.WaitGroup
	var mu sync.Mutex // guards done
	done := 0
	progress(done, len(todo))
	for i := range todo {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			findings[i] = todo[i].check(ctx, cfg)
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, len(todo))
		})
	}
	all.Wait()
	return slices.DeleteFunc(findings, func(f Finding) bool {
		return errors.Is(f.Err, errNoProxy) || errors.Is(f.Err, errCalledOff)
	})
}

// errCalledOff says that a way was not gone to its end.
var errCalledOff = errors.New("dial: called off")

// checksAtOnce is how many ways are tried side by side: few enough that a
// relay's limit on strangers of one source (64) is not met.
const checksAtOnce = 16

func (a *attempt) check(ctx context.Context, cfg Config) Finding {
	begun := time.Now()
	c, err := a.try(ctx, cfg)
	f := Finding{Way: a.way, Took: time.Since(begun), Err: err}
	switch {
	case c != nil:
		f.Skew = c.Skew()
		c.Close()
	case errors.Is(ctx.Err(), context.Canceled):
		f.Err = errCalledOff
	}
	return f
}
