// Package secret holds values that must not be printed. Whatever formats,
// logs or encodes one of them gets "[redacted]" instead of the content.
//
// It cannot wipe memory: Go may have copied a value before anybody asks.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Bytes is a key or another secret byte string that prints as "[redacted]".
type Bytes []byte

// String returns "[redacted]".
func (Bytes) String() string { return redacted }

// GoString returns "[redacted]".
func (Bytes) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Bytes) Format(f fmt.State, _ rune) { writeRedacted(f) }

// LogValue returns "[redacted]".
func (Bytes) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]": a secret never travels by accident.
func (Bytes) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Bytes) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalCBOR returns "[redacted]" as a CBOR text string. A secret that must
// travel needs a type of its own that says so.
func (Bytes) MarshalCBOR() ([]byte, error) { return cborRedacted(), nil }

// Reveal returns the content. Every call of it is a place to look at.
func (b Bytes) Reveal() []byte { return b }

// Text is a PIN or a password that prints as "[redacted]".
type Text string

// String returns "[redacted]".
func (Text) String() string { return redacted }

// GoString returns "[redacted]".
func (Text) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Text) Format(f fmt.State, _ rune) { writeRedacted(f) }

// LogValue returns "[redacted]".
func (Text) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]": a secret never travels by accident.
func (Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalCBOR returns "[redacted]" as a CBOR text string.
func (Text) MarshalCBOR() ([]byte, error) { return cborRedacted(), nil }

// Reveal returns the content. Every call of it is a place to look at.
func (t Text) Reveal() string { return string(t) }

// cborRedacted is a CBOR text string (major type 3) of fewer than 24 bytes.
func cborRedacted() []byte { return append([]byte{3<<5 | byte(len(redacted))}, redacted...) }

func writeRedacted(f fmt.State) {
	if _, err := io.WriteString(f, redacted); err != nil {
		return // the writer's trouble is the writer's caller's to see
	}
}
