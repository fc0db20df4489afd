package presenter

import (
	"slices"
	"time"

	"lotse/apps/ui/words"
	"lotse/participant"
	"lotse/participant/session"
)

const (
	// drillOffered is how long after joining trying F11 is offered: who is not
	// curious then is left alone.
	drillOffered = time.Minute
	// praised is how long a rehearsal that worked is spoken of: long enough to
	// read two sentences.
	praised = 12 * time.Second
)

// Rehearse is the next step of trying F11: begin, or leave it.
func (p *Presenter) Rehearse() { p.do.Rehearse(p.state.Rehearsal == participant.Unrehearsed) }

// drill offers to try F11 before anybody may control anything, where it is heard.
func (p *Presenter) drill(v *BarView) {
	w := p.words
	switch p.state.Rehearsal {
	case participant.Unrehearsed:
		if !p.takeOnly() && p.state.Warning != session.ReasonNoStopKey && p.now().Sub(p.joined) < drillOffered {
			v.Drill, v.DrillDo = w.Text(words.DrillOffer), w.Text(words.DrillTry)
		}
	case participant.Rehearsing:
		v.Drill, v.DrillDo = w.Text(words.DrillNow), w.Text(words.DrillStop)
	case participant.Rehearsed:
		if p.now().Sub(p.worked) < praised {
			v.DrillWorked = w.Text(words.DrillWorked)
		}
	case participant.Unrehearsable:
	}
}

// Main names the window that draws the presenter's pages; 0 is one whose
// number nobody knows.
func (p *Presenter) Main(id uint32) {
	p.owns(participant.Own{Main: id, Known: true, Private: p.own.Private})
}

// Private names those of the program's windows that are not to be seen from
// afar, because they let the person choose between what is shown.
func (p *Presenter) Private(ids ...uint32) {
	if own := p.own; !slices.Equal(own.Private, ids) {
		own.Private = ids
		p.owns(own)
	}
}

func (p *Presenter) owns(w participant.Own) {
	p.own = w
	p.do.Own(w)
}
