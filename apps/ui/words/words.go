// Package words holds every sentence a person reads, in German and English.
// A sentence about trouble says what happened and what to do next.
//
// It knows no window and no session: it turns a key or a reason into text.
package words

import (
	"fmt"
	"maps"
	"strings"

	"lotse/participant/session"
)

// Lang is a language of the windows.
type Lang uint8

// The languages there are.
const (
	English Lang = iota
	German
)

// Other returns the language that the switch in the window leads to.
func (l Lang) Other() Lang {
	if l == German {
		return English
	}
	return German
}

// FromLocale picks the language for a locale such as "de_AT.UTF-8" or
// "de-CH". Whatever is not German reads English.
func FromLocale(locale string) Lang {
	if strings.HasPrefix(strings.ToLower(locale), "de") {
		return German
	}
	return English
}

// System returns the language that this computer's user has set.
func System() Lang { return FromLocale(systemLocale()) }

// Preferred returns the language that a profile names, "de" or "en", or that of
// this computer's user where it names none.
func Preferred(name string) Lang {
	if name == "" {
		return System()
	}
	return FromLocale(name)
}

// Name is how a profile names the language.
func (l Lang) Name() string {
	if l == German {
		return "de"
	}
	return "en"
}

// Side says who reads: the same event is another sentence on either side.
type Side uint8

// The sides.
const (
	Customer  Side = iota // in front of the shared computer
	Moderator             // who helps
	Parting               // who helps, about somebody who has left for good
)

// text is one sentence in both languages.
type text struct{ en, de string }

func (t text) in(l Lang) string {
	if l == German {
		return t.de
	}
	return t.en
}

// Sentence says what happened and what to do next.
type Sentence struct {
	What string
	Next string
}

// String returns both parts as one line.
func (s Sentence) String() string { return strings.TrimSpace(s.What + " " + s.Next) }

// sentence is a Sentence in both languages.
type sentence struct{ what, next text }

// Words is the book of sentences in one language.
type Words struct {
	lang    Lang
	texts   map[Key]text
	reasons [3]map[session.Reason]sentence
}

// In returns the book for a language.
func In(lang Lang) *Words {
	return &Words{
		lang:    lang,
		texts:   texts(),
		reasons: [3]map[session.Reason]sentence{reasons(), moderatorReasons(), goneReasons()},
	}
}

// Lang returns the book's language.
func (w *Words) Lang() Lang { return w.lang }

// Text returns the sentence for a key; args fill its places.
func (w *Words) Text(key Key, args ...any) string {
	t, ok := w.texts[key]
	if !ok {
		return string(key)
	}
	if len(args) == 0 {
		return t.in(w.lang)
	}
	return fmt.Sprintf(t.in(w.lang), args...)
}

// Reason returns what a reason means to the side that reads it. ReasonNone
// needs no sentence and gets none.
func (w *Words) Reason(side Side, r session.Reason) Sentence {
	if r == session.ReasonNone {
		return Sentence{}
	}
	for ; ; side-- { // each side's book holds what reads differently from the one before
		if s, ok := w.reasons[side][r]; ok {
			return Sentence{What: s.what.in(w.lang), Next: s.next.in(w.lang)}
		}
		if side == Customer {
			return w.Reason(Customer, session.ReasonInternal)
		}
	}
}

// Text returns one sentence of a language, for a caller that needs no book.
func Text(lang Lang, key Key, args ...any) string { return In(lang).Text(key, args...) }

// texts joins the tables of all windows.
func texts() map[Key]text {
	all := make(map[Key]text)
	for _, table := range []map[Key]text{
		commonTexts(), rightTexts(), startTexts(), questionTexts(), barTexts(), consentTexts(), raiseTexts(), endTexts(),
		roomTexts(), memberTexts(), viewerTexts(), keyTexts(), checkTexts(), inviteTexts(),
		selfTexts(),
	} {
		maps.Copy(all, table)
	}
	return all
}

// Relay names a server, and where it is if that is known.
func (w *Words) Relay(addr, region string) string {
	if region == "" {
		return addr
	}
	return w.Text(RelayRegion, addr, region)
}

// Person names somebody: the name, then the organisation, and only one of
// them where both are the same.
func (w *Words) Person(name, organisation string) string {
	switch {
	case name == "" || strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(organisation)):
		return organisation
	case organisation == "":
		return name
	}
	return w.Text(QuestionFrom, name, organisation)
}
