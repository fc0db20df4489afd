package words

import (
	"strings"

	"lotse/participant/session"
)

// rightKeys are the short name and the sentence of one right.
type rightKeys struct{ chip, ask Key }

func keysOf(g session.Grants) (rightKeys, bool) {
	k, ok := map[session.Grants]rightKeys{
		session.See:          {RightSee, AskSee},
		session.Point:        {RightPoint, AskPoint},
		session.Control:      {RightControl, AskControl},
		session.FilesIn:      {RightFilesIn, AskFilesIn},
		session.FilesOut:     {RightFilesOut, AskFilesOut},
		session.ClipboardIn:  {RightClipIn, AskClipIn},
		session.ClipboardOut: {RightClipOut, AskClipOut},
		session.Record:       {RightRecord, AskRecord},
		session.Chat:         {RightChat, AskChat},
	}[g]
	return k, ok
}

// Right returns the short name of one right.
func (w *Words) Right(g session.Grants) string {
	if k, ok := keysOf(g); ok {
		return w.Text(k.chip)
	}
	return g.String()
}

// Ask returns what one right means, as the end of "Somebody would like to".
func (w *Words) Ask(g session.Grants) string {
	if k, ok := keysOf(g); ok {
		return w.Text(k.ask)
	}
	return g.String()
}

// Rights returns the short names of all rights in g in one line.
func (w *Words) Rights(g session.Grants) string {
	if g == 0 {
		return w.Text(RightNone)
	}
	var names []string
	for _, right := range g.Each() {
		names = append(names, w.Right(right))
	}
	return strings.Join(names, w.Text(RightsJoin))
}
