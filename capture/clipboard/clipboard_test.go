package clipboard

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"reflect"
	"strings"
	"testing"
	"time"
)

// texts are what people copy, and 900 KB of it.
func texts() map[string]string {
	return map[string]string{
		"plain":   "Guten Tag",
		"umlauts": "Größe ändern: äöüÄÖÜß, façade, Århus",
		"lines":   "one\ntwo\n\nthree\n",
		"emoji":   "👋🏽 👩‍💻 €uro 日本語",
		"long":    strings.Repeat("Größe 👋 und mehr\n", 900<<10/22),
	}
}

func next(t *testing.T, c Clipboard) Content {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	got, err := c.Next(ctx)
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	return got
}

func set(t *testing.T, c Clipboard, content Content) {
	t.Helper()
	if err := c.Set(content); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

// nothing fails when there is news.
func nothing(t *testing.T, c Clipboard) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if got, err := c.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v, want nothing", got, err)
	}
}

func same(a, b Content) bool { return reflect.DeepEqual(a, b) }

// somePicture has every channel and a few alphas.
func somePicture(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{byte(40 * x), byte(90 * y), byte(x ^ y), byte(255 - 16*x)})
		}
	}
	return m
}

func somePNG(tb testing.TB, w, h int) []byte {
	tb.Helper()
	return coded(tb, somePicture(w, h))
}

func coded(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// pixels decodes without what is to be tested.
func pixels(tb testing.TB, data []byte) []byte {
	tb.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		tb.Fatalf("%d bytes: %v", len(data), err)
	}
	n, ok := m.(*image.NRGBA)
	if !ok {
		tb.Fatalf("got a %T", m)
	}
	return n.Pix
}

// shelf is a system that has what a test put there.
type shelf struct {
	has  []found
	gets []offer
}

func (s *shelf) next(context.Context) (found, error) {
	if len(s.has) == 0 {
		return found{}, ErrClosed
	}
	f := s.has[0]
	s.has = s.has[1:]
	return f, nil
}

func (s *shelf) set(o offer) error {
	s.gets = append(s.gets, o)
	return nil
}

func (*shelf) close(bool) error { return nil }

func TestNextPassesOnWhatMayBePassedOn(t *testing.T) {
	picture := somePNG(t, 2, 2)
	note := withText(t, picture, "where I live")
	for name, row := range map[string]struct {
		has  found
		want Content
	}{
		"text":             {found{text: "a"}, Content{Text: "a"}},
		"zero at the end":  {found{text: "a\x00b"}, Content{Text: "a"}},
		"broken text":      {found{text: "a\xffb"}, Content{Text: "a\uFFFDb"}},
		"largest text":     {found{text: strings.Repeat("a", MaxText)}, Content{Text: strings.Repeat("a", MaxText)}},
		"too large text":   {found{text: strings.Repeat("a", MaxText+1)}, Content{TooLarge: true}},
		"secret":           {found{text: "a", concealed: true}, Content{Concealed: true}},
		"picture":          {found{png: picture}, Content{Image: picture}},
		"bitmap":           {found{dib: encodeDIB(somePicture(2, 2))}, Content{Image: picture}},
		"with a note":      {found{png: note}, Content{Image: picture}},
		"too wide picture": {found{png: header(t, MaxSide+1, 1)}, Content{TooLarge: true}},
		"not read":         {found{tooLarge: true}, Content{TooLarge: true}},
	} {
		c := &clipboard{sys: &shelf{has: []found{row.has}}}
		if got, err := c.Next(t.Context()); err != nil || !same(got, row.want) {
			t.Errorf("%s: got %.80v, %v, want %.80v", name, got, err, row.want)
		}
	}
}

func TestNextSkipsWhatNobodyCanRead(t *testing.T) {
	picture := somePNG(t, 2, 2)
	c := &clipboard{sys: &shelf{has: []found{{}, {text: "\x00"}, {png: picture[:40]}, {png: []byte{}}, {dib: []byte{1}}, {text: "b"}}}}
	if got := next(t, c); !same(got, Content{Text: "b"}) {
		t.Errorf("got %+v, want b", got)
	}
}

// withText adds what cameras and programs write into pictures.
func withText(t *testing.T, picture []byte, text string) []byte {
	t.Helper()
	const ihdr = 8 + 25
	chunk := pngChunk("tEXt", "Comment\x00"+text)
	return append(append(bytes.Clone(picture[:ihdr]), chunk...), picture[ihdr:]...)
}

func TestSetRefusesWhatIsNotWhatItSays(t *testing.T) {
	picture := somePNG(t, 2, 2)
	for name, row := range map[string]struct {
		content Content
		want    error
	}{
		"nothing":     {Content{}, ErrInvalid},
		"both":        {Content{Text: "a", Image: picture}, ErrInvalid},
		"zero":        {Content{Text: "a\x00"}, ErrInvalid},
		"no UTF-8":    {Content{Text: "\xff"}, ErrInvalid},
		"long text":   {Content{Text: strings.Repeat("a", MaxText+1)}, ErrTooLarge},
		"large image": {Content{Image: make([]byte, MaxImage+1)}, ErrTooLarge},
		"no PNG":      {Content{Image: []byte("GIF89a")}, ErrInvalid},
		"half a PNG":  {Content{Image: picture[:len(picture)-20]}, ErrInvalid},
		"wide":        {Content{Image: header(t, MaxSide+1, 1)}, ErrTooLarge},
		"high":        {Content{Image: header(t, 1, MaxSide+1)}, ErrTooLarge},
		"bomb":        {Content{Image: header(t, 1<<20, 1<<20)}, ErrTooLarge},
		"overflow":    {Content{Image: header(t, 1<<30, 1<<30)}, ErrInvalid},
	} {
		s := &shelf{}
		if err := (&clipboard{sys: s}).Set(row.content); !errors.Is(err, row.want) || len(s.gets) != 0 {
			t.Errorf("%s: got %v and %d contents set, want %v and none", name, err, len(s.gets), row.want)
		}
	}
}

func TestSetGivesOnlyWhatWasWrittenAnew(t *testing.T) {
	s := &shelf{}
	picture := somePNG(t, 5, 4)
	set(t, &clipboard{sys: s}, Content{Image: append(withText(t, picture, "<script>"), "tail"...)})
	if got := s.gets[0].png; !bytes.Equal(got, picture) {
		t.Errorf("got %d bytes, want the %d of the picture alone", len(got), len(picture))
	}
}

func TestEchoesAreNotReported(t *testing.T) {
	s := &shelf{}
	c := &clipboard{sys: s}
	set(t, c, Content{Text: "a"})
	s.has = []found{{text: "a"}, {text: "a"}, {text: "b"}, {text: "a"}}
	if got := []string{next(t, c).Text, next(t, c).Text}; !reflect.DeepEqual(got, []string{"b", "a"}) {
		t.Errorf("got %q, want b a", got)
	}
}

func TestWhatWasPreparedIsSetAsItIs(t *testing.T) {
	s, picture := &shelf{}, somePNG(t, 5, 4)
	ready, err := Prepare(append(withText(t, picture, "<script>"), "tail"...))
	if err != nil || !bytes.Equal(ready.Image, picture) {
		t.Fatalf("got %d bytes, %v, want the %d of the picture alone", len(ready.Image), err, len(picture))
	}
	c := &clipboard{sys: s}
	set(t, c, ready)
	if got := s.gets[0].png; &got[0] != &ready.Image[0] {
		t.Error("the picture was written once more")
	}
	s.has = []found{{png: picture}, {text: "b"}}
	if got := next(t, c); !same(got, Content{Text: "b"}) {
		t.Errorf("got %+v, want b: the picture is ours", got)
	}
	for name, row := range map[string]struct {
		image []byte
		want  error
	}{
		"nothing": {nil, ErrInvalid}, "half": {picture[:len(picture)-20], ErrInvalid},
		"bomb": {header(t, 1<<20, 1<<20), ErrTooLarge},
	} {
		if got, err := Prepare(row.image); !errors.Is(err, row.want) || !same(got, Content{}) {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, row.want)
		}
	}
}
