package checkup

import (
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode"

	"lotse/apps/ui/words"
	"lotse/packaging/profile"
)

// longestError is how many characters of an error a report shows: there may be
// a stranger's text in one.
const longestError = 400

// Copy returns a report of what was found, for the clipboard. It names
// servers, proxies and errors, and holds no password.
func (p *Page) Copy(w *words.Words) string {
	p.copied, p.focus = p.now(), CopyPart
	s := p.do.State()
	lines := []string{
		w.Text(words.CheckReport), s.At.UTC().Format(time.RFC3339),
		fmt.Sprintf("build %d, %s/%s", profile.Build(), runtime.GOOS, runtime.GOARCH), "",
	}
	_, what, next := sum(w, s)
	lines = append(lines, strings.TrimSpace(what+" "+next))
	for _, l := range p.View(w).Lines {
		lines = append(lines, strings.Join(parts(l), " "))
	}
	lines = append(lines, "")
	for _, f := range s.Findings {
		line := fmt.Sprintf("%s: %d ms, ", f.Way, millis(f.Took))
		if f.Err == nil {
			line += fmt.Sprintf("ok, clock %+d s", int(f.Skew.Round(time.Second)/time.Second))
		} else {
			line += plain(f.Err.Error())
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n") + "\n"
}

// parts are what a line says.
func parts(l Line) []string {
	var out []string
	if l.Name != "" {
		out = append(out, l.Name+":")
	}
	for _, s := range []string{l.Says, l.Attention, l.Next} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// plain is a line that shows itself and nothing else, of a bounded length.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
	if letters := []rune(s); len(letters) > longestError {
		return string(letters[:longestError-1]) + "…"
	}
	return s
}
