package native

import (
	"strings"

	"lotse/apps/participant/presenter"
	"lotse/apps/ui/checkup"
	"lotse/apps/ui/plain"
)

// check is whether the servers can be reached.
func check(f *plain.Form, v presenter.View) {
	c := v.Check
	f.Band, f.Focus = v.Title, idCheckBack
	line(f, plain.Heading, c.Heading, 0)
	if c.Running {
		f.Focus = idCheckCallOff
		f.Page |= 1 << 8 // the focus moves when it has ended
		line(f, plain.Line, c.About, 0)
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Meter, Value: -1, Fill: plain.Primary}})
		line(f, plain.Line, v.Live.Text, 0)
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Gap}}, plain.Row{button(idCheckCallOff, c.CallOff, plain.Deny)})
		return
	}
	line(f, plain.Bold, c.Sum, lightFill(c.Light))
	line(f, plain.Line, c.Next, 0)
	for _, l := range c.Lines {
		f.Rows = append(f.Rows, plain.Row{{Kind: plain.Gap}})
		line(f, plain.Bold, l.Name, 0)
		line(f, plain.Line, l.Says, lightFill(l.Light))
		line(f, plain.Line, l.Attention, plain.Amber)
		line(f, plain.Small, l.Next, 0)
	}
	if c.Details+c.Copy != "" {
		f.Rows = append(f.Rows, plain.Row{link(idCheckDetails, c.Details), link(idCheckCopy, c.Copy), {Kind: plain.Gap}})
	}
	line(f, plain.Box, strings.Join(c.Ways, "\r\n"), 0)
	f.Rows = append(f.Rows, plain.Row{button(idCheckBack, c.Back, plain.Deny), button(idCheckAgain, c.Again, plain.Primary)})
}

// lightFill is the colour of a line.
func lightFill(l checkup.Light) plain.Colour {
	switch l {
	case checkup.Green:
		return plain.Allow
	case checkup.Amber:
		return plain.Amber
	case checkup.Red:
		return plain.Stop
	case checkup.Grey:
	}
	return 0
}
