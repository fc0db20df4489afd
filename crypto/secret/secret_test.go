package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// holder is what a program would print by mistake.
type holder struct {
	Key  Bytes            `json:"Key"`
	PIN  Text             `json:"PIN"`
	Keys map[string]Bytes `json:"Keys"`
	Ptr  *Text            `json:"Ptr"`
}

func hold() holder {
	pin := Text("hunter2")
	return holder{Key: Bytes("hunter2"), PIN: "hunter2", Keys: map[string]Bytes{"a": Bytes("hunter2")}, Ptr: &pin}
}

// leaks returns every way in which the content could look.
func leaks() []string {
	return []string{"hunter2", "68756e74657232", "68756E74657232", "104 117", "0x68", "aHVudGVyMg"}
}

func refuse(t *testing.T, what, got string) {
	t.Helper()
	for _, l := range leaks() {
		if strings.Contains(got, l) {
			t.Errorf("%s: got %s", what, got)
		}
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	h := hold()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08b", "%c"} {
		for _, v := range []any{h, &h, h.Key, h.PIN, &h.Key, &h.PIN, []Bytes{h.Key}, []any{h.PIN}} {
			refuse(t, format, fmt.Sprintf(format, v))
		}
	}
	refuse(t, "error", fmt.Errorf("x: %w, %v", errors.New("y"), h.Key).Error())
	refuse(t, "println", fmt.Sprintln(h.Key, h.PIN))
	for _, v := range []string{h.Key.String(), h.Key.GoString(), h.PIN.String(), h.PIN.GoString()} {
		if v != redacted {
			t.Errorf("got %q, want %q", v, redacted)
		}
	}
}

func TestNothingEncodesASecret(t *testing.T) {
	h := hold()
	raw, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, "json", string(raw))
	if want := `{"Key":"[redacted]","PIN":"[redacted]","Keys":{"a":"[redacted]"},"Ptr":"[redacted]"}`; string(raw) != want {
		t.Errorf("json: got %s, want %s", raw, want)
	}
	for _, m := range []interface{ MarshalText() ([]byte, error) }{h.Key, h.PIN} {
		if got, err := m.MarshalText(); err != nil || string(got) != redacted {
			t.Errorf("text: got %q, %v, want %q", got, err, redacted)
		}
	}
	for _, m := range []interface{ MarshalCBOR() ([]byte, error) }{h.Key, h.PIN} {
		if got, err := m.MarshalCBOR(); err != nil || string(got) != "\x6a"+redacted {
			t.Errorf("cbor: got %q, %v, want %q", got, err, "\x6a"+redacted)
		}
	}
}

func TestNothingLogsASecret(t *testing.T) {
	var out bytes.Buffer
	h := hold()
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("x", "key", h.Key, "pin", h.PIN, "all", h, "ptr", &h)
	}
	refuse(t, "log", out.String())
	if !strings.Contains(out.String(), "key="+redacted) {
		t.Errorf("got %s", out.String())
	}
}

func TestRevealReturnsTheContent(t *testing.T) {
	h := hold()
	if string(h.Key.Reveal()) != "hunter2" || h.PIN.Reveal() != "hunter2" {
		t.Errorf("got %q and %q", h.Key.Reveal(), h.PIN.Reveal())
	}
}

// brokenState is a printer whose writer fails.
type brokenState struct{ fmt.State }

func (brokenState) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestBrokenWriterIsNoReasonToPanic(*testing.T) {
	Bytes("hunter2").Format(brokenState{}, 'v')
}
