package input

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
)

// sample is what people write and what breaks most: umlauts, third levels,
// dead keys, four bytes of UTF-8.
const sample = "Grüße! ÄÖÜ äöü ß € @ 😀 {[]}\\ ~| ^´` ñ ž Ж 中 İı\t\"x\" 'y' <z> yz YZ\n"

func TestTextArrivesInXtermOnEveryLayout(t *testing.T) {
	for _, layout := range []string{"us", "de", "de nodeadkeys", "fr", "ch", "gb", "se", "br", "tr", "us intl", "us,de", "ru"} {
		t.Run(layout, func(t *testing.T) {
			d := newDesktop(t)
			name, variant, _ := strings.Cut(layout, " ")
			d.layout(t, strings.TrimSpace("-layout "+name+variantFlag(variant)))
			file := d.xterm(t)
			if err := d.guard(t).Text(sample); err != nil {
				t.Fatal(err)
			}
			arrives(t, file, sample)
		})
	}
}

func variantFlag(v string) string {
	if v == "" {
		return ""
	}
	return " -variant " + v
}

func TestTextArrivesInMousepad(t *testing.T) {
	for _, layout := range []string{"us", "de"} {
		t.Run(layout, func(t *testing.T) {
			d := newDesktop(t)
			d.layout(t, layout)
			file := filepath.Join(t.TempDir(), "note.txt")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			d.start(t, "mousepad", "--disable-server", file)
			g := d.guard(t)
			// The window is there before the editor in it takes keys: write
			// and save until a file has the first mark, then the text.
			await(t, "the editor", func() bool {
				if err := errors.Join(g.Text("#"), save(g)); err != nil {
					t.Fatal(err)
				}
				raw, _ := os.ReadFile(file) // not there yet is nothing yet
				return strings.HasPrefix(string(raw), "#")
			})
			if err := errors.Join(shortcut(g, 0x04), g.Text(sample), save(g)); err != nil { // Ctrl+A
				t.Fatal(err)
			}
			arrives(t, file, sample)
		})
	}
}

func save(g *Guard) error { return shortcut(g, 0x16) }

// shortcut presses Ctrl and a letter.
func shortcut(g *Guard, u Usage) error {
	return errors.Join(g.Key(0xE0, true), g.Key(u, true), g.Key(u, false), g.Key(0xE0, false))
}

func TestTextOfManyAlphabetsArrives(t *testing.T) {
	d := newDesktop(t)
	file := d.xterm(t)
	const many = 256
	var text strings.Builder
	for r := '一'; r < '一'+many-1; r++ {
		text.WriteRune(r)
	}
	text.WriteByte('\n')
	begin := time.Now()
	if err := d.guard(t).Text(text.String()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d different characters in %v", many, time.Since(begin))
	arrives(t, file, text.String())
}

func TestTextArrivesWithCapsLockOn(t *testing.T) {
	d := newDesktop(t)
	file := d.xterm(t)
	g := d.guard(t)
	const text = "aBc äÖ€ 1!\n"
	if err := errors.Join(g.Key(0x39, true), g.Key(0x39, false), g.Text(text)); err != nil {
		t.Fatal(err)
	}
	arrives(t, file, text)
	// Caps Lock is on as before: the key A makes a capital.
	if err := errors.Join(g.Key(0x04, true), g.Key(0x04, false)); err != nil {
		t.Fatal(err)
	}
	arrives(t, file, text+"A")
}

func TestLayoutMayChangeBetweenTexts(t *testing.T) {
	d := newDesktop(t)
	file := d.xterm(t)
	g := d.guard(t)
	// Turning a lock key takes the XKB extension, after which the X server
	// tells a connection of no new layout.
	if err := errors.Join(g.SetLocks(CapsLock), g.SetLocks(0)); err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, layout := range []string{"us", "de", "fr", "us"} {
		d.layout(t, layout)
		if err := g.Text("yz€ß\n"); err != nil {
			t.Fatal(err)
		}
		want += "yz€ß\n"
		arrives(t, file, want)
	}
}

func TestTextArrivesInTheSecondGroupOfALayout(t *testing.T) {
	d := newDesktop(t)
	d.layout(t, "-layout us,de -option grp:sclk_toggle")
	file := d.xterm(t)
	g := d.guard(t)
	if err := errors.Join(g.Key(0x47, true), g.Key(0x47, false), g.Text(sample)); err != nil { // Scroll Lock
		t.Fatal(err)
	}
	arrives(t, file, sample)
	// The second group is still set: the key Y writes z.
	if err := errors.Join(g.Key(0x1C, true), g.Key(0x1C, false)); err != nil {
		t.Fatal(err)
	}
	arrives(t, file, sample+"z")
}

func TestCloseGivesBorrowedKeysBack(t *testing.T) {
	d := newDesktop(t)
	before := d.keysyms(t)
	inj, err := dial(d.name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(inj.Text("😀"), inj.Text("中")); err != nil {
		t.Fatal(err)
	}
	if during := d.keysyms(t); during == before {
		t.Fatal("no key was borrowed")
	}
	if err := inj.Close(); err != nil {
		t.Fatal(err)
	}
	if after := d.keysyms(t); after != before {
		t.Fatalf("got %s, want %s", after, before)
	}
}

// keysyms describes the layout without columns that are empty.
func (d *desktop) keysyms(t *testing.T) string {
	t.Helper()
	setup := xproto.Setup(d.conn)
	r, err := xproto.GetKeyboardMapping(d.conn, setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)).Reply()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, s := range r.Keysyms {
		if s != 0 {
			fmt.Fprintf(&out, "%d.%d=%x ", i/int(r.KeysymsPerKeycode), i%int(r.KeysymsPerKeycode), s)
		}
	}
	return out.String()
}

func TestEveryKeyReachesTheServer(t *testing.T) {
	d := newDesktop(t)
	g := d.guard(t)
	for u, code := range evdevCodes() {
		if code == 0 {
			continue
		}
		if err := g.Key(Usage(u), true); err != nil {
			t.Fatal(err)
		}
		if got, want := d.pressed(t), []int{int(code) + evdevShift}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("usage %#x: got %v, want %v", u, got, want)
		}
		if err := g.Key(Usage(u), false); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.pressed(t); len(got) != 0 {
		t.Errorf("got %v, want nothing held", got)
	}
}

func TestRepeatedPressIsARepetition(t *testing.T) {
	d := newDesktop(t)
	file := d.xterm(t)
	g := d.guard(t)
	// Shift does not repeat, the letter does.
	err := errors.Join(g.Key(0xE1, true), g.Key(0xE1, true), g.Key(0x04, true), g.Key(0x04, true), g.Key(0x04, true))
	if err := errors.Join(err, g.Release(), g.Text("\n")); err != nil {
		t.Fatal(err)
	}
	arrives(t, file, "AAA\n")
}

func (d *desktop) pressed(t *testing.T) []int {
	t.Helper()
	r, err := xproto.QueryKeymap(d.conn).Reply()
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for i, b := range r.Keys {
		for bit := range 8 {
			if b>>bit&1 != 0 {
				out = append(out, i*8+bit)
			}
		}
	}
	return out
}

func TestStopLetsGoOnTheServer(t *testing.T) {
	d := newDesktop(t)
	g := d.guard(t)
	if err := errors.Join(g.Key(0xE0, true), g.Key(0x04, true), g.Button(Left, true)); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(d.pressed(t)), "[37 38]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	begin := time.Now()
	g.Stop()
	t.Logf("Stop with three held took %v", time.Since(begin))
	p, err := xproto.QueryPointer(d.conn, d.root).Reply()
	if err != nil {
		t.Fatal(err)
	}
	if got := d.pressed(t); len(got) != 0 || p.Mask != 0 {
		t.Fatalf("got keys %v, state %#x, want none", got, p.Mask)
	}
}

func TestStopLetsGoWhileAProgramHasTheServerToItself(t *testing.T) {
	d := newDesktop(t)
	g := d.guard(t)
	if err := g.Key(0xE0, true); err != nil {
		t.Fatal(err)
	}
	if err := xproto.GrabServerChecked(d.conn).Check(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.Stop()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		xproto.UngrabServer(d.conn)
		t.Fatal("Stop waited for the program")
	}
	if got := d.pressed(t); len(got) != 0 {
		t.Fatalf("got %v, want nothing held", got)
	}
}

func TestPointerGoesWhereItIsTold(t *testing.T) {
	d := newDesktop(t)
	g := d.guard(t)
	for _, p := range []image.Point{{0, 0}, {799, 599}, {123, 456}} {
		if err := g.Move(p); err != nil {
			t.Fatal(err)
		}
		r, err := xproto.QueryPointer(d.conn, d.root).Reply()
		if err != nil {
			t.Fatal(err)
		}
		if got := image.Pt(int(r.RootX), int(r.RootY)); got != p {
			t.Errorf("got %v, want %v", got, p)
		}
	}
}

func TestButtonsAndWheelReachAWindow(t *testing.T) {
	d := newDesktop(t)
	mask := uint32(xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease)
	win, err := xproto.NewWindowId(d.conn)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		xproto.CreateWindowChecked(d.conn, 0, win, d.root, 0, 0, 800, 600, 0, xproto.WindowClassInputOnly, 0,
			xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, mask}).Check(),
		xproto.MapWindowChecked(d.conn, win).Check(),
	)
	if err != nil {
		t.Fatal(err)
	}
	g := d.guard(t)
	err = errors.Join(g.Move(image.Pt(10, 10)), g.Wheel(0, 60), g.Wheel(0, 60), g.Wheel(-240, -120), g.Wheel(120, 119))
	for b := Left; b <= Forward; b++ {
		err = errors.Join(err, g.Button(b, true), g.Button(b, false))
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < 20 {
		switch e, _ := d.conn.WaitForEvent(); e := e.(type) {
		case xproto.ButtonPressEvent:
			got = append(got, fmt.Sprintf("+%d", e.Detail))
		case xproto.ButtonReleaseEvent:
			got = append(got, fmt.Sprintf("-%d", e.Detail))
		case nil:
			t.Fatalf("the server hung up after %v", got)
		}
	}
	want := "[+4 -4 +5 -5 +6 -6 +6 -6 +7 -7 +1 -1 +2 -2 +3 -3 +8 -8 +9 -9]"
	if fmt.Sprint(got) != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestNoServerIsUnsupported(t *testing.T) {
	if _, err := dial(":65000"); !errors.Is(err, ErrUnsupported) {
		t.Fatalf("got %v, want ErrUnsupported", err)
	}
}
