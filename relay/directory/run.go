package directory

import (
	"context"
	"time"

	"lotse/relay/hub"
	"lotse/relay/store"
)

const (
	// maxWaiting is how many entries wait for a database that is gone: a night
	// of a large relay, some megabytes.
	maxWaiting = 50_000
	// maxBatch is how many entries are written at once, or revocations read.
	maxBatch = 500
	// workTime is how long the database may take for one of these.
	workTime = 15 * time.Second
)

// Record takes something for the log. It never blocks.
func (d *Directory) Record(e hub.Event) {
	entry := store.Entry{
		At: e.At, What: e.What, Session: e.Number, Room: e.Room, Licence: e.Licence, Members: e.Members, Build: e.Build,
		Person: store.Person{Login: e.Operator, Name: e.Name},
	}
	if e.From.IsValid() {
		entry.Person.Address = e.From.String()
	}
	if entry.Person.Login == "" && e.Name != "" {
		entry.Person.Login = e.Licence
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) >= maxWaiting {
		d.lost++
		return
	}
	d.waiting = append(d.waiting, entry)
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// Run writes the log and looks for revocations until ctx ends; recheck is
// called after each new one. What waits then is written before Run returns.
func (d *Directory) Run(ctx context.Context, recheck func() int) error {
	tick := time.NewTicker(d.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			d.settle(d.write(context.WithoutCancel(ctx)))
			return ctx.Err()
		case <-d.news:
			d.settle(d.write(ctx))
		case <-tick.C:
			fresh, err := d.look(ctx)
			if err == nil {
				err = d.write(ctx)
			}
			d.settle(err)
			if fresh > 0 {
				d.cfg.Logger.Info("revocations", "new", fresh, "rooms_ended", recheck())
			}
		}
	}
}

// settle remembers whether the database answers, and says so when that
// changes.
func (d *Directory) settle(err error) {
	d.mu.Lock()
	before, waiting := d.trouble, len(d.waiting)
	d.trouble = err
	d.mu.Unlock()
	switch {
	case err != nil && before == nil:
		d.cfg.Logger.Error("the database does not take the log; sessions go on, entries wait", "error", err, "waiting", waiting)
	case err == nil && before != nil:
		d.cfg.Logger.Info("the database answers again")
	}
}

// look reads what was revoked since the last look and returns how much.
func (d *Directory) look(ctx context.Context) (fresh int, err error) {
	for {
		d.mu.Lock()
		serial := d.serial
		d.mu.Unlock()
		within, cancel := context.WithTimeout(ctx, workTime)
		news, err := d.cfg.Store.RevokedAfter(within, serial, maxBatch)
		cancel()
		if err != nil {
			return fresh, err
		}
		d.mu.Lock()
		for _, r := range news {
			d.revoked[key{r.Kind, r.Subject}] = r.At
			d.serial = r.Serial
		}
		d.mu.Unlock()
		if fresh += len(news); len(news) < maxBatch {
			return fresh, nil
		}
	}
}

// write brings what waits into the log, in order.
func (d *Directory) write(ctx context.Context) error {
	for {
		d.mu.Lock()
		batch := d.waiting[:min(len(d.waiting), maxBatch)]
		d.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		within, cancel := context.WithTimeout(ctx, workTime)
		_, err := d.cfg.Log.Append(within, batch...)
		cancel()
		if err != nil {
			return err
		}
		d.mu.Lock()
		if d.waiting = d.waiting[len(batch):]; len(d.waiting) == 0 {
			d.waiting = nil
		}
		d.mu.Unlock()
	}
}
