package input

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
)

// released writes down what is let go of.
type released struct{ events []string }

func (r *released) Key(u Usage, down bool) error {
	r.events = append(r.events, fmt.Sprintf("key %#x %t", u, down))
	return nil
}

func (r *released) Button(b Button, down bool) error {
	r.events = append(r.events, fmt.Sprintf("button %d %t", b, down))
	return nil
}
func (*released) Text(string) error      { return nil }
func (*released) Move(image.Point) error { return nil }
func (*released) Wheel(int, int) error   { return nil }
func (*released) Name() string           { return "released" }
func (*released) Close() error           { return nil }

// heard is what a watchdog does that hears these bytes and then nothing.
func heard(t *testing.T, b []byte) []string {
	t.Helper()
	r := &released{}
	if err := ReleaseOnEOF(bytes.NewReader(b), func() (Injector, error) { return r, nil }); err != nil {
		t.Fatal(err)
	}
	return r.events
}

func TestWatchdogLetsGoOfWhatIsHeld(t *testing.T) {
	down := []byte{1, 0, 0xe0, 1, 0, 4, 3, 0, 1}
	up := []byte{2, 0, 4}
	for _, row := range []struct {
		name string
		b    []byte
		want []string
	}{
		{"nothing", nil, nil},
		{"held", down, []string{"button 1 false", "key 0x4 false", "key 0xe0 false"}},
		{"one let go", slices.Concat(down, up), []string{"button 1 false", "key 0xe0 false"}},
		{"twice down", slices.Concat(down[:3], down[:3]), []string{"key 0xe0 false"}},
		{"done", slices.Concat(down, []byte{5, 0, 0}), nil},
		{"cut off", slices.Concat(down[:3], []byte{1, 0}), []string{"key 0xe0 false"}},
		{"no such mark", slices.Concat(down[:3], []byte{9, 0, 0}, down), []string{"key 0xe0 false"}},
	} {
		if got := heard(t, row.b); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestWatchdogBelievesABoundedNumberOfKeys(t *testing.T) {
	var b []byte
	for i := range 2 * maxMarks {
		b = append(b, markKeyDown, byte(i>>8), byte(i))
	}
	if got := len(heard(t, b)); got != maxMarks {
		t.Fatalf("got %d, want %d", got, maxMarks)
	}
}

// pipe is the way to a watchdog; it may be broken.
type pipe struct {
	bytes.Buffer
	err error
}

func (p *pipe) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	return p.Buffer.Write(b)
}
func (*pipe) Close() error { return nil }

func TestWatchdogIsToldBeforeAPressAndAfterARelease(t *testing.T) {
	p, r := &pipe{}, &released{}
	w := &watched{Injector: r, dog: &watchdog{in: p}}
	if err := errors.Join(w.Key(0xe0, true), w.Button(Left, true), w.Key(0xe0, false)); err != nil {
		t.Fatal(err)
	}
	if got, want := p.Bytes(), []byte{1, 0, 0xe0, 3, 0, 1, 2, 0, 0xe0}; !bytes.Equal(got, want) {
		t.Errorf("told % x, want % x", got, want)
	}
	p.err = errors.New("broken pipe")
	if err := w.Key(4, true); !errors.Is(err, ErrWatchdog) {
		t.Errorf("press without a watchdog: got %v, want ErrWatchdog", err)
	}
	if err := w.Button(Left, false); err != nil {
		t.Errorf("release without a watchdog: got %v", err)
	}
	if got, want := strings.Join(r.events, ", "), "key 0xe0 true, button 1 true, key 0xe0 false, button 1 false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
