package clipboard

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"lotse/capture/internal/x11"
	"lotse/capture/internal/x11/x11test"
)

// opened returns our clipboard on a server that nobody else uses.
func opened(t *testing.T) Clipboard {
	t.Helper()
	x11test.Need(t, "xclip")
	x11test.Start(t, "320x240x24")
	return again(t)
}

func again(t *testing.T) Clipboard {
	t.Helper()
	c, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// xclipIn copies as a person does, with a program that is not ours. It returns
// when the server knows; xclip itself is back a little earlier.
func xclipIn(t *testing.T, target string, data []byte) {
	t.Helper()
	args := []string{"-selection", "clipboard", "-in"}
	if target != "" {
		args = append(args, "-t", target)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "xclip", args...)
	cmd.Stdin = bytes.NewReader(data)
	watch, err := x11.Dial("", "XFIXES")
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	x := &x11System{conn: watch}
	if err := x.begin(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("xclip: %v", err)
	}
	if event, err := watch.WaitForEvent(); event == nil {
		t.Fatalf("xclip took nothing: %v", err)
	}
}

// xclipOut pastes.
func xclipOut(t *testing.T, target string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "xclip", "-selection", "clipboard", "-out", "-t", target).Output()
	if err != nil {
		t.Fatalf("xclip: %v", err)
	}
	return out
}

func TestTextThatAnotherProgramCopiedIsReported(t *testing.T) {
	c := opened(t)
	for name, text := range texts() {
		xclipIn(t, "", []byte(text))
		if got := next(t, c); got.Text != text {
			t.Errorf("%s: got %d bytes %.40q, want %d bytes %.40q", name, len(got.Text), got.Text, len(text), text)
		}
	}
}

func TestTextThatWasSetIsPasted(t *testing.T) {
	c := opened(t)
	for name, text := range texts() {
		set(t, c, Content{Text: text})
		for _, target := range []string{"UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT"} {
			if got := string(xclipOut(t, target)); got != text {
				t.Errorf("%s as %s: got %d bytes %.40q, want %d bytes %.40q", name, target, len(got), got, len(text), text)
			}
		}
	}
}

// noisePNG is one that does not shrink.
func noisePNG(tb testing.TB, w, h int) []byte {
	tb.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(m.Pix)
	return coded(tb, m)
}

func TestPicturesGoBothWays(t *testing.T) {
	c := opened(t)
	for _, picture := range [][]byte{somePNG(t, 3, 2), noisePNG(t, 700, 500)} {
		xclipIn(t, "image/png", picture)
		if got, want := pixels(t, next(t, c).Image), pixels(t, picture); !bytes.Equal(got, want) {
			t.Errorf("in: got %d bytes of pixels, want %d others", len(got), len(want))
		}
		set(t, c, Content{Image: picture})
		if got, want := pixels(t, xclipOut(t, "image/png")), pixels(t, picture); !bytes.Equal(got, want) {
			t.Errorf("out: got %d bytes of pixels, want %d others", len(got), len(want))
		}
	}
}

func TestWhatWasSetIsOfferedAsWhatItIs(t *testing.T) {
	c := opened(t)
	for _, row := range []struct {
		content Content
		want    string
	}{
		{Content{Text: "Grüße"}, "UTF8_STRING text/plain;charset=utf-8 text/plain TEXT STRING x-kde-passwordManagerHint TIMESTAMP TARGETS"},
		{Content{Text: "€"}, "UTF8_STRING text/plain;charset=utf-8 text/plain TEXT x-kde-passwordManagerHint TIMESTAMP TARGETS"},
		{Content{Image: somePNG(t, 1, 1)}, "image/png x-kde-passwordManagerHint TIMESTAMP TARGETS"},
	} {
		set(t, c, row.content)
		targets := strings.Fields(string(xclipOut(t, "TARGETS")))
		// xclip lists them in the order in which they came; ours has TARGETS first.
		if got := strings.Join(append(targets[1:], targets[0]), " "); got != row.want {
			t.Errorf("got %s, want %s", got, row.want)
		}
		if got := string(xclipOut(t, "x-kde-passwordManagerHint")); got != "secret" {
			t.Errorf("got hint %q, want secret", got)
		}
	}
	set(t, c, Content{Text: "Grüße"})
	if got, want := string(xclipOut(t, "STRING")), "Gr\xfc\xdfe"; got != want {
		t.Errorf("got STRING %q, want %q", got, want)
	}
}

// A second session on the same computer must not pass on what came from the
// first.
func TestWhatOneSessionSetAnotherDoesNotReport(t *testing.T) {
	a := opened(t)
	b := again(t)
	set(t, a, Content{Text: "from afar"})
	if got := next(t, b); !same(got, Content{Concealed: true}) {
		t.Errorf("got %+v, want that something is concealed", got)
	}
}

func TestSecretsOfPasswordManagersAreNotReported(t *testing.T) {
	c := opened(t)
	xclipIn(t, "x-kde-passwordManagerHint", []byte("secret"))
	if got := next(t, c); !same(got, Content{Concealed: true}) {
		t.Errorf("got %+v, want that something is concealed", got)
	}
}

func TestOurOwnContentIsNotReported(t *testing.T) {
	c := opened(t)
	set(t, c, Content{Text: "ours"})
	nothing(t, c)
	// A clipboard manager takes over what it saw.
	xclipIn(t, "", xclipOut(t, "UTF8_STRING"))
	nothing(t, c)
	xclipIn(t, "", []byte("theirs"))
	if got := next(t, c); got.Text != "theirs" {
		t.Errorf("got %q, want theirs", got.Text)
	}
	xclipIn(t, "", []byte("ours"))
	if got := next(t, c); got.Text != "ours" {
		t.Errorf("got %q: what somebody copied later is news", got.Text)
	}
}

func TestOnlyTheNewestIsReported(t *testing.T) {
	c := opened(t)
	for _, text := range []string{"one", "two", "three"} {
		xclipIn(t, "", []byte(text))
	}
	if got := next(t, c); got.Text != "three" {
		t.Errorf("got %q, want three", got.Text)
	}
	nothing(t, c)
}

func TestWhatWasThereBeforeIsNotReported(t *testing.T) {
	opened(t)
	xclipIn(t, "", []byte("old"))
	nothing(t, again(t))
}

func TestSettingEndsWhatWasNews(t *testing.T) {
	c := opened(t)
	xclipIn(t, "", []byte("theirs"))
	set(t, c, Content{Text: "ours"})
	nothing(t, c)
}

func TestTooLargeIsSaidAndNotRead(t *testing.T) {
	c := opened(t)
	for target, data := range map[string][]byte{
		"":          bytes.Repeat([]byte("x"), MaxText+1),
		"image/png": make([]byte, MaxImage+1),
	} {
		xclipIn(t, target, data)
		if got := next(t, c); !same(got, Content{TooLarge: true}) {
			t.Errorf("%q: got %d bytes, want that it is too large", target, len(got.Text)+len(got.Image))
		}
	}
	xclipIn(t, "", data(MaxText))
	if got := next(t, c); got.Text != string(data(MaxText)) {
		t.Errorf("got %d bytes, want %d", len(got.Text), MaxText)
	}
}

func data(n int) []byte { return bytes.Repeat([]byte("x"), n) }

func TestCloseLeavesNothing(t *testing.T) {
	x11test.Need(t, "xclip")
	x11test.Start(t, "320x240x24")
	c, err := Open(Options{ClearOnClose: true})
	if err != nil {
		t.Fatal(err)
	}
	set(t, c, Content{Text: "gone soon"})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "xclip", "-selection", "clipboard", "-out").Output(); err == nil {
		t.Errorf("got %q after Close, want an error", out)
	}
	if got, err := c.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Next after Close: got %+v, %v, want ErrClosed", got, err)
	}
	if err := c.Set(Content{Text: "late"}); !errors.Is(err, ErrClosed) {
		t.Errorf("Set after Close: got %v, want ErrClosed", err)
	}
}

func TestWithoutAServerOpenSaysSo(t *testing.T) {
	t.Setenv("DISPLAY", "")
	if c, err := Open(Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("got %v, %v, want ErrUnsupported", c, err)
	}
}

func TestTheEndOfTheServerEndsNext(t *testing.T) {
	server := x11test.Start(t, "320x240x24")
	c := again(t)
	server.Kill()
	if got, err := c.Next(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %+v, %v, want ErrClosed", got, err)
	}
}

// program is another program that owns the selection and answers as it likes.
type program struct {
	*x11.Conn
	t      *testing.T
	window xproto.Window
	names  atoms
	asked  chan xproto.SelectionRequestEvent
	taken  chan struct{} // a piece was taken away
}

func newProgram(t *testing.T) *program {
	t.Helper()
	conn, err := x11.Dial("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	p := &program{Conn: conn, t: t, asked: make(chan xproto.SelectionRequestEvent, 16), taken: make(chan struct{}, 64)}
	if p.names, err = intern(conn); err != nil {
		t.Fatal(err)
	}
	if p.window, err = (&x11System{conn: conn}).newWindow(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			event, failure := conn.WaitForEvent()
			if event == nil && failure == nil {
				close(p.taken)
				return
			}
			switch e := event.(type) {
			case xproto.SelectionRequestEvent:
				p.asked <- e
			case xproto.PropertyNotifyEvent:
				if e.State == xproto.PropertyDelete {
					p.taken <- struct{}{}
				}
			}
		}
	}()
	return p
}

func (p *program) take() {
	p.t.Helper()
	if err := xproto.SetSelectionOwnerChecked(p.Conn.Conn, p.window, p.names.clipboard, xproto.TimeCurrentTime).Check(); err != nil {
		p.t.Fatal(err)
	}
}

// put leaves something on the asker's window and answers.
func (p *program) put(e xproto.SelectionRequestEvent, as xproto.Atom, format byte, data []byte) {
	p.t.Helper()
	x := &x11System{conn: p.Conn}
	x.change(e.Requestor, e.Property, kind{as: as, format: format}, data)
	answer := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: e.Property}
	xproto.SendEvent(p.Conn.Conn, false, e.Requestor, xproto.EventMaskNoEvent, string(answer.Bytes()))
}

// targets answers the first question.
func (p *program) targets(all ...xproto.Atom) {
	p.t.Helper()
	var list []byte
	for _, a := range all {
		list = append(list, long(uint32(a))...)
	}
	p.put(<-p.asked, xproto.AtomAtom, 32, list)
}

// Between the question what there is and the one for the text, a password
// manager may take the clipboard.
func TestAnswersOfAnEarlierOwnerAreNotReported(t *testing.T) {
	c := opened(t)
	p := newProgram(t)
	p.take()
	go func() {
		p.targets(p.names.utf8)
		asked := <-p.asked
		xclipIn(t, "x-kde-passwordManagerHint", []byte("secret"))
		p.put(asked, p.names.utf8, 8, []byte("from before"))
	}()
	if got := next(t, c); !same(got, Content{Concealed: true}) {
		t.Errorf("got %+v, want that something is concealed", got)
	}
}

func TestAnOwnerWithoutAnAnswerIsGivenUp(t *testing.T) {
	c := opened(t)
	p := newProgram(t)
	p.take()
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		<-p.asked
		xclipIn(t, "", []byte("alive"))
	}()
	if got := next(t, c); got.Text != "alive" {
		t.Errorf("got %+v, want what another program copied", got)
	}
	<-begun
}

// A program may announce little and never stop.
func TestEndlessPiecesAreGivenUp(t *testing.T) {
	c := opened(t)
	p := newProgram(t)
	p.take()
	var sent atomic.Int64
	go func() {
		p.targets(p.names.utf8)
		e := <-p.asked
		xproto.ChangeWindowAttributes(p.Conn.Conn, e.Requestor, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
		p.put(e, p.names.incr, 32, long(1))
		for range p.taken {
			sent.Add(64 << 10)
			xproto.ChangeProperty(p.Conn.Conn, xproto.PropModeReplace, e.Requestor, e.Property, p.names.utf8, 8, 64<<10, data(64<<10))
		}
	}()
	if got := next(t, c); !same(got, Content{TooLarge: true}) {
		t.Errorf("got %d bytes of %d, want that it is too large", len(got.Text), sent.Load())
	}
	if sent.Load() > 2*MaxText {
		t.Errorf("took %d bytes, want to stop at %d", sent.Load(), MaxText)
	}
}

func TestATransferEndsWithItsWindow(t *testing.T) {
	c := opened(t)
	set(t, c, Content{Text: string(data(MaxText))})
	x := sys(t, c)
	for range 2 * maxMoves {
		p := newProgram(t)
		xproto.ConvertSelection(p.Conn.Conn, p.window, p.names.clipboard, p.names.utf8, p.names.scratch, xproto.TimeCurrentTime)
		if _, err := xproto.GetInputFocus(p.Conn.Conn).Reply(); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(xclipOut(t, "UTF8_STRING")); len(got) != MaxText {
		t.Errorf("got %d bytes, want %d", len(got), MaxText)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(x.moves); got > maxMoves {
		t.Errorf("got %d transfers, want at most %d", got, maxMoves)
	}
}

func sys(t *testing.T, c Clipboard) *x11System {
	t.Helper()
	whole, ok := c.(*clipboard)
	if !ok {
		t.Fatalf("got a %T", c)
	}
	x, ok := whole.sys.(*x11System)
	if !ok {
		t.Fatalf("got a %T", whole.sys)
	}
	return x
}
