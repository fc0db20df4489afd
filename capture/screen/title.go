package screen

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lotse/capture"
)

// plain makes a line for people out of what a program calls its window: valid
// UTF-8 without control, formatting and line characters, at most MaxTitle bytes.
func plain(title []byte) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(string(title), "\ufffd") {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			r = ' '
		}
		if b.Len()+utf8.RuneLen(r) > capture.MaxTitle {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
