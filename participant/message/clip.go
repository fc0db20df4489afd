package message

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxClip is the longest text of a clipboard in one message, in bytes.
const MaxClip = 48 << 10

// Clip is a text that somebody copied.
//
// Body: UTF-8, 1 to 49152 bytes, without zeros.
type Clip struct{ Text string }

// Kind returns KindClip.
func (Clip) Kind() Kind { return KindClip }

func (m Clip) appendBody(dst []byte) []byte { return append(dst, m.Text...) }

func parseClip(body []byte) (Message, error) {
	text := string(body)
	if text == "" || len(text) > MaxClip || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("%w: clipboard of %d bytes", ErrMalformed, len(text))
	}
	return Clip{Text: text}, nil
}
