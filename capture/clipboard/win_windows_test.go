package clipboard

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// copyEnv makes this test program one that copies what it reads
// and ends, as any other program would.
const copyEnv = "LOTSE_TEST_COPY"

func TestMain(m *testing.M) {
	if os.Getenv(copyEnv) != "" {
		what, err := io.ReadAll(os.Stdin)
		if err := errors.Join(err, copyAsAnother(string(what))); err != nil {
			panic(err)
		}
		return
	}
	m.Run()
}

// copyAsAnother puts "format=hex;…" on the clipboard. A format is a number or
// a name.
func copyAsAnother(what string) error {
	sys, err := open()
	if err != nil {
		return err
	}
	s := sys.(*winSystem)
	var forms []form
	for part := range strings.SplitSeq(what, ";") {
		format, coded, _ := strings.Cut(part, "=")
		data, err := hex.DecodeString(coded)
		if err != nil {
			return err
		}
		forms = append(forms, form{s.api.named(format), data})
	}
	if err := s.thread.Do(func() error { return s.fill(forms) }); err != nil {
		return err
	}
	return s.close(false)
}

func (a *clipboardAPI) named(format string) uint32 {
	if n, err := strconv.Atoi(format); err == nil {
		return uint32(n)
	}
	return map[string]uint32{"png": a.png, "history": a.history, "cloud": a.cloud, "exclude": a.exclude, "ignore": a.ignore}[format]
}

func other(t *testing.T, parts ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), copyEnv+"=1")
	cmd.Stdin = strings.NewReader(strings.Join(parts, ";"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func as(format string, data []byte) string { return format + "=" + hex.EncodeToString(data) }

func opened(t *testing.T, o Options) Clipboard {
	t.Helper()
	c, err := Open(o)
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

// paste returns what any program finds there, by format.
func paste(t *testing.T) (map[uint32][]byte, *clipboardAPI) {
	t.Helper()
	sys, err := open()
	if err != nil {
		t.Fatal(err)
	}
	s := sys.(*winSystem)
	out := map[uint32][]byte{}
	err = s.thread.Do(func() error {
		closing, err := s.api.open(s.window)
		if err != nil {
			return err
		}
		defer closing()
		for _, f := range s.api.formats() {
			if data, _, err := s.api.data(f, 64<<20); err == nil {
				out[f] = data
			}
		}
		return nil
	})
	if err := errors.Join(err, s.close(false)); err != nil {
		t.Fatal(err)
	}
	return out, s.api
}

func TestTextThatAnotherProgramCopiedIsReported(t *testing.T) {
	c := opened(t, Options{})
	for name, text := range texts() {
		other(t, as("13", toWindows(text)))
		if got := next(t, c); got.Text != text {
			t.Errorf("%s: got %d bytes %.40q, want %d bytes %.40q", name, len(got.Text), got.Text, len(text), text)
		}
	}
}

func TestTextThatWasSetIsPasted(t *testing.T) {
	c := opened(t, Options{})
	for name, text := range texts() {
		set(t, c, Content{Text: text})
		has, api := paste(t)
		if got, _ := fromWindows(has[formatText]); got != text {
			t.Errorf("%s: got %d bytes %.40q, want %d bytes %.40q", name, len(got), got, len(text), text)
		}
		for what, f := range map[string]uint32{"history": api.history, "cloud": api.cloud} {
			if got := has[f]; len(got) < 4 || binary.LittleEndian.Uint32(got) != 0 {
				t.Errorf("%s: %s: got %x, want 0", name, what, got)
			}
		}
	}
	nothing(t, c)
}

func TestLinesEndAsOnWindows(t *testing.T) {
	for text, want := range map[string]string{"a\nb": "a\r\nb\x00", "a\r\nb": "a\r\nb\x00", "a\rb": "a\rb\x00"} {
		got := strings.ReplaceAll(string(toWindows(text)), "\x00", "")
		if want := strings.TrimSuffix(want, "\x00"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestPicturesThatAnotherProgramCopiedAreReported(t *testing.T) {
	c := opened(t, Options{})
	m := somePicture(9, 7)
	flat := somePicture(9, 7)
	opaque(flat.Pix)
	old := bitmap(9, 7, 32, dibPlain, 0, encodeDIB(flat)[dibHeaderV5:]...)
	for name, row := range map[string]struct {
		form string
		want []byte
	}{
		"PNG":    {as("png", coded(t, m)), m.Pix},
		"newest": {as("17", encodeDIB(m)), m.Pix},
		"old":    {as("8", old), flat.Pix},
	} {
		other(t, row.form)
		if got := straight(t, next(t, c).Image); !bytes.Equal(got, row.want) {
			t.Errorf("%s: got %x, want %x", name, got, row.want)
		}
	}
}

// straight returns four channels, also of a picture that was written with
// three because nothing shines through.
func straight(t *testing.T, data []byte) []byte {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%d bytes: %v", len(data), err)
	}
	if n, ok := m.(*image.NRGBA); ok {
		return n.Pix
	}
	n := image.NewNRGBA(m.Bounds())
	draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
	return n.Pix
}

func TestPicturesThatWereSetArePasted(t *testing.T) {
	c := opened(t, Options{})
	m := somePicture(9, 7)
	set(t, c, Content{Image: coded(t, m)})
	has, api := paste(t)
	if got := pixels(t, has[api.png][:len(coded(t, m))]); !bytes.Equal(got, m.Pix) {
		t.Errorf("PNG: got %x, want %x", got, m.Pix)
	}
	got, err := parseDIB(has[formatDIBV5])
	if err != nil || !reflect.DeepEqual(got, image.Image(m)) {
		t.Errorf("newest bitmap: got %v, %v, want %v", got, err, m)
	}
	if _, err := parseDIB(has[formatDIB]); err != nil {
		t.Errorf("old bitmap, which Windows makes: %v", err)
	}
	nothing(t, c)
}

func TestSecretsOfPasswordManagersAreNotReported(t *testing.T) {
	c := opened(t, Options{})
	text, no, yes := as("13", toWindows("pa55")), []byte{0, 0, 0, 0}, []byte{1, 0, 0, 0}
	for name, row := range map[string]struct {
		mark string
		want Content
	}{
		"no history":       {as("history", no), Content{Concealed: true}},
		"no cloud":         {as("cloud", no), Content{Concealed: true}},
		"no monitors":      {as("exclude", no), Content{Concealed: true}},
		"no viewers":       {as("ignore", no), Content{Concealed: true}},
		"history is fine":  {as("history", yes), Content{Text: "pa55"}},
		"a broken history": {as("history", yes[:1]), Content{Concealed: true}},
	} {
		other(t, text, row.mark)
		if got := next(t, c); !same(got, row.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
}

func TestWhatOneSessionSetAnotherDoesNotReport(t *testing.T) {
	a, b := opened(t, Options{}), opened(t, Options{})
	set(t, a, Content{Text: "from afar"})
	if got := next(t, b); !same(got, Content{Concealed: true}) {
		t.Errorf("got %+v, want that something is concealed", got)
	}
}

func TestTooLargeIsSaid(t *testing.T) {
	c := opened(t, Options{})
	other(t, as("13", toWindows(strings.Repeat("x", 3*MaxText))))
	if got := next(t, c); !same(got, Content{TooLarge: true}) {
		t.Errorf("got %d bytes, want that it is too large", len(got.Text))
	}
}

func TestCloseClearsOnlyWhatIsStillOurs(t *testing.T) {
	for name, row := range map[string]struct {
		o    Options
		then func()
		want string
	}{
		"told to":           {Options{ClearOnClose: true}, func() {}, ""},
		"not told to":       {Options{}, func() {}, "ours"},
		"somebody's by now": {Options{ClearOnClose: true}, func() { other(t, as("13", toWindows("theirs"))) }, "theirs"},
	} {
		c, err := Open(row.o)
		if err != nil {
			t.Fatal(err)
		}
		set(t, c, Content{Text: "ours"})
		row.then()
		if err := c.Close(); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
		has, _ := paste(t)
		if got, _ := fromWindows(has[formatText]); got != row.want {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
		if _, err := c.Next(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: Next after Close: got %v, want ErrClosed", name, err)
		}
		if err := c.Set(Content{Text: "late"}); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: Set after Close: got %v, want ErrClosed", name, err)
		}
	}
}

func TestAClipboardThatSomebodyKeepsIsBusy(t *testing.T) {
	c := opened(t, Options{})
	sys, err := open()
	if err != nil {
		t.Fatal(err)
	}
	s := sys.(*winSystem)
	var closing func()
	if err := s.thread.Do(func() (err error) { closing, err = s.api.open(s.window); return err }); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(Content{Text: "a"}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	if err := errors.Join(s.thread.Do(func() error { closing(); return nil }), s.close(false)); err != nil {
		t.Error(err)
	}
	set(t, c, Content{Text: "a"})
}
