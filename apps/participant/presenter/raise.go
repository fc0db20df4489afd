package presenter

import (
	"lotse/apps/ui/words"
	"lotse/participant"
)

// RaiseYes leads on: from the offer to the question, and from the question to
// the system's own. The offer can be pressed from afar, the question can't:
// nothing is let in while it is open.
func (p *Presenter) RaiseYes() {
	switch p.state.Raise {
	case participant.RaiseOffered:
		p.do.AskRaise(true)
	case participant.RaiseAsked:
		p.do.Raise()
	case participant.Unraised, participant.Raising:
	}
}

// RaiseNo closes the question.
func (p *Presenter) RaiseNo() { p.do.AskRaise(false) }

func (p *Presenter) raise() RaiseView {
	w := p.words
	switch p.state.Raise {
	case participant.RaiseOffered:
		return RaiseView{Text: w.Text(words.RaiseOffer), Yes: w.Text(words.RaiseOpen)}
	case participant.RaiseAsked:
		return RaiseView{Text: w.Text(words.RaiseAsk), Yes: w.Text(words.RaiseYes), No: w.Text(words.RaiseNo)}
	case participant.Raising:
		return RaiseView{Text: w.Text(words.RaiseWait)}
	case participant.Unraised:
	}
	return RaiseView{}
}
