package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"lotse/participant/session"
)

// constants reads the string constants of one type out of a source file, so
// that a constant which is added later cannot be forgotten here.
func constants(t *testing.T, file, typ string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := v.Type.(*ast.Ident); !ok || id.Name != typ {
			return true
		}
		s, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
		return true
	})
	if len(out) == 0 {
		t.Fatalf("no constants of type %s in %s", typ, file)
	}
	return out
}

func TestEveryKeyHasBothLanguages(t *testing.T) {
	table := texts()
	keys := constants(t, "keys.go", "Key")
	for _, k := range keys {
		v, ok := table[Key(k)]
		if !ok || v.en == "" || v.de == "" {
			t.Errorf("%s: got %q, want German and English", k, v)
			continue
		}
		if en, de := verbs(v.en), verbs(v.de); en != de {
			t.Errorf("%s: got places %q in German, want %q as in English", k, de, en)
		}
	}
	if got, want := len(table), len(keys); got != want {
		t.Errorf("got %d texts, want one for each of %d keys", got, want)
	}
}

// verbs returns the places of a text in order, "%s%d".
func verbs(s string) string {
	var out strings.Builder
	for _, part := range strings.Split(strings.ReplaceAll(s, "%%", ""), "%")[1:] {
		if i := strings.IndexAny(part, "sd"); i >= 0 && !strings.HasPrefix(part, " ") {
			out.WriteString("%" + part[:i+1])
		}
	}
	return out.String()
}

func TestEveryReasonHasASentenceOnBothSides(t *testing.T) {
	for _, lang := range []Lang{English, German} {
		w := In(lang)
		for _, r := range constants(t, "../../../participant/session/reason.go", "Reason") {
			if r == "" {
				continue
			}
			for _, side := range []Side{Customer, Moderator, Parting} {
				got := w.Reason(side, session.Reason(r))
				if got.What == "" || got.Next == "" {
					t.Errorf("%s, side %d, language %d: got %q, want what happened and what to do", r, side, lang, got)
				}
				if r != "internal" && got == w.Reason(side, session.ReasonInternal) {
					t.Errorf("%s, side %d, language %d: has no sentence of its own", r, side, lang)
				}
			}
		}
	}
}

func TestUnknownReasonReadsAsOurMistake(t *testing.T) {
	w := In(German)
	if got, want := w.Reason(Customer, "never_heard"), w.Reason(Customer, session.ReasonInternal); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := w.Reason(Customer, session.ReasonNone), (Sentence{}); got != want {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestSomeSentencesReadAsMeant(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{Text(English, SecondsLeft, 23), "23 s left"},
		{Text(German, SecondsLeft, 23), "noch 23 s"},
		{Text(German, TimeLeft, 9, 5), "noch 9:05 Minuten"},
		{In(English).Reason(Moderator, session.ReasonStopKey).What, "The customer stopped everything with F11."},
		{In(German).Reason(Parting, session.ReasonStopKey).String(), "Der Kunde hat alles mit F11 gestoppt. Es wird nichts mehr gesehen oder gesteuert. Sprechen Sie miteinander, bevor es weitergeht."},
		{In(English).Reason(Parting, session.ReasonConnectionLost).String(), "The connection to the customer was gone for too long. Nothing is seen or controlled any more. With number and PIN the customer can join again."},
		{In(English).Reason(Customer, session.ReasonStopKey).What, "You pressed F11. Everything stopped at once."},
		{In(German).Reason(Customer, session.ReasonBadCode).String(), "Das ist keine Sitzungsnummer mit PIN. Tippen Sie sie so ein: 48213-739204."},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLocaleDecidesTheLanguage(t *testing.T) {
	for locale, want := range map[string]Lang{
		"de_DE.UTF-8": German, "de-CH": German, "DE": German, "de": German,
		"en_GB": English, "": English, "C": English, "fr_FR": English, "nl_NL": English,
	} {
		if got := FromLocale(locale); got != want {
			t.Errorf("%q: got %d, want %d", locale, got, want)
		}
	}
}

func TestEveryRightHasANameAndASentence(t *testing.T) {
	w := In(English)
	seen := map[string]bool{}
	for _, g := range session.All.Each() {
		name, ask := w.Right(g), w.Ask(g)
		if name == g.String() || ask == g.String() || seen[name] || seen[ask] {
			t.Errorf("%s: got %q and %q, want words of its own", g, name, ask)
		}
		seen[name], seen[ask] = true, true
	}
	if got, want := w.Rights(session.See|session.Control), "See screen, Control"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := In(German).Rights(0), "nichts"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPersonIsNamedOnce(t *testing.T) {
	w := In(English)
	for _, c := range []struct{ name, organisation, want string }{
		{"Hanna", "Stadtwerke", "Hanna, Stadtwerke"},
		{"Stadtwerke", "Stadtwerke", "Stadtwerke"},
		{"stadtwerke ", "Stadtwerke", "Stadtwerke"},
		{"Hanna", "", "Hanna"},
		{"", "Stadtwerke", "Stadtwerke"},
		{"", "", ""},
	} {
		if got := w.Person(c.name, c.organisation); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
