//go:build e2e && linux

// Package e2e plays whole support sessions with the real programs in real
// windows: on Linux under Xvfb, on Windows under Wine. make e2e builds what it
// needs and runs it; pictures of a failure are in out/e2e.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
)

const (
	bin      = "../../out/bin"
	pictures = "../../out/e2e"
)

// set starts a session's programs; they end with the test, which leaves
// pictures when it failed.
func set(t *testing.T, scene stage.Scene) *stage.Support {
	t.Helper()
	scene.Bin, scene.Dir = bin, t.TempDir()
	t.Setenv("LOTSE_DEV_DIRECT", "never")                          // these look at what the relay sees
	s, err := stage.Set(context.WithoutCancel(t.Context()), scene) // pictures are taken after the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		if err := s.Pictures(pictures, t.Name()); err != nil {
			t.Log(err)
		}
		logs := []string{s.Relay.Log, s.Customer.Log}
		if s.Moderator != nil {
			logs = append(logs, s.Moderator.Log)
		}
		for _, log := range logs {
			if text, err := os.ReadFile(log); err == nil {
				t.Logf("%s:\n%s", filepath.Base(filepath.Dir(log)), text)
			}
		}
	})
	return s
}

// report logs figures, and keeps them beside the pictures for make e2e to print.
func report(t *testing.T, name, text string) {
	t.Helper()
	t.Log(text)
	must(t, os.MkdirAll(pictures, 0o755))
	must(t, os.WriteFile(filepath.Join(pictures, name), []byte(text), 0o600))
}

// must fails the test at once.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shows asserts that a change on the customer's screen is in the moderator's
// window within a second.
func shows(t *testing.T, s *stage.Support, change func(context.Context, color.RGBA) error) {
	t.Helper()
	area, err := s.Shared(t.Context())
	must(t, err)
	corner := image.Rect(area.Max.X-60, area.Min.Y+20, area.Max.X-10, area.Min.Y+70)
	c := color.RGBA{R: 0x90, G: 0x3c, B: 0x14, A: 0xff}
	must(t, change(t.Context(), c))
	changed := time.Now()
	const limit = time.Second
	must(t, stage.Until(t.Context(), 10*limit, "the change", func() (bool, error) {
		img, err := s.Moderator.Picture()
		if err != nil {
			return false, err
		}
		for _, b := range stage.Blobs(img, c, image.Pt(20, 20)) {
			if b.Overlaps(corner) {
				return true, nil
			}
		}
		return false, nil
	}))
	took := time.Since(changed)
	t.Logf("a change on the shared screen was drawn after %v", took.Round(10*time.Millisecond))
	if took > limit {
		t.Errorf("a change took %v, want at most %v", took, limit)
	}
}

// written returns what is in the customer's editor.
func written(t *testing.T, s *stage.Support, title string) string {
	t.Helper()
	var text string
	var last error
	err := stage.Until(t.Context(), 30*time.Second, "the editor's text", func() (bool, error) {
		must(t, s.Customer.Focus(t.Context(), title))
		if err := s.Customer.Key(t.Context(), "ctrl+a", "ctrl+c"); err != nil {
			return false, err
		}
		text, last = s.Customer.Clipboard(t.Context())
		return last == nil, nil
	})
	if err != nil {
		t.Log(s.Pictures(pictures, "no-text-"+strings.ReplaceAll(t.Name(), "/", "-")))
		t.Fatalf("%v; the clipboard: %v; in front: %q", err, last, front(t, s.Customer.Display))
	}
	return text
}

// stopped asserts that F11 took effect within 50 ms of the key's arrival, as
// the participant itself measured.
func stopped(t *testing.T, s *stage.Support) {
	t.Helper()
	line := regexp.MustCompile(`stopped_after_us=(\d+)`)
	var took int
	must(t, stage.Until(t.Context(), 10*time.Second, "the participant's word on the stop key", func() (bool, error) {
		log, err := os.ReadFile(s.Customer.Log)
		if err != nil {
			return false, err
		}
		m := line.FindSubmatch(log)
		if m == nil {
			return false, nil
		}
		took, err = strconv.Atoi(string(m[1]))
		return true, err
	}))
	t.Logf("injection was stopped %d µs after the key arrived", took)
	if const50 := 50_000; took > const50 {
		t.Errorf("stopped after %d µs, want at most %d", took, const50)
	}
}

// holdCtrl lets the moderator hold Ctrl at the customer's. The viewer sends a
// modifier with the first key that needs it: Ctrl+End, here.
func holdCtrl(t *testing.T, s *stage.Support) {
	t.Helper()
	_, err := s.Moderator.Do(t.Context(), "keydown", "ctrl", "key", "End")
	must(t, err)
	must(t, stage.Until(t.Context(), 10*time.Second, "Ctrl held at the customer's", func() (bool, error) {
		n, err := s.Customer.Held()
		return n > 0, err
	}))
}

// noise writes a picture that no other memory holds by chance, and returns
// needles for its pixels as screens and encoders keep them.
func noise(t *testing.T) (path string, needle stage.Needle) {
	t.Helper()
	const side = 96
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for y := range side {
		for x := range side {
			img.SetRGBA(x, y, color.RGBA{R: uint8(random.Uint32()), G: uint8(random.Uint32()), B: uint8(random.Uint32()), A: 255})
		}
	}
	path = filepath.Join(t.TempDir(), "noise.png")
	f, err := os.Create(path)
	must(t, err)
	must(t, png.Encode(f, img))
	must(t, f.Close())
	needle.Name = "pixels"
	row := make([]byte, 0, 3*16)
	for _, alpha := range []byte{0, 255} {
		var form []byte
		for x := range 16 {
			c := img.RGBAAt(40+x, 50)
			form = append(form, c.B, c.G, c.R, alpha)
			if alpha == 0 {
				row = append(row, c.R, c.G, c.B)
			}
		}
		needle.Forms = append(needle.Forms, form)
	}
	needle.Forms = append(needle.Forms, row)
	return path, needle
}

// typed is what the moderator types: a German keyboard's letters among them.
const typed = "Größe: Übermut tut selten gut, 4711 äöüß"

// agreed types the code in, and asks and answers up to control, as two people
// would; what the customer paints meanwhile is seen.
func agreed(t *testing.T, s *stage.Support, code string) {
	t.Helper()
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Ask(t.Context(), "Ask to see"))
	must(t, s.Customer.Reads(t.Context(), "See your whole screen", "If you do nothing: refused", "s left"))
	must(t, s.Allow(t.Context()))
	shows(t, s, s.Paint)
	must(t, s.Paint(t.Context(), stage.Sea()))
	must(t, s.Settle(t.Context()))
	must(t, s.Ask(t.Context(), "Ask for control"))
	must(t, s.Allow(t.Context()))
	must(t, s.Settle(t.Context()))
}

func TestSupportSession(t *testing.T) {
	picture, pixels := noise(t)
	tape := filepath.Join(t.TempDir(), "tape")
	s := set(t, stage.Scene{Text: "Customer's letter\n", Picture: picture, RelayEnv: []string{"LOTSE_RELAY_TAPE=" + tape}})
	must(t, s.German(t.Context()))
	code, err := s.Code(t.Context())
	must(t, err)
	_, pin, _ := strings.Cut(code, "-")
	secrets := []stage.Needle{stage.Words("PIN", pin), stage.Words("typed text", typed), pixels}
	before, err := stage.Count(s.Relay.PID(), secrets...)
	must(t, err)

	agreed(t, s, code)
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	must(t, s.Moderator.Type(t.Context(), typed))
	must(t, s.Settle(t.Context()))
	if got := written(t, s, "letter.txt"); !strings.Contains(got, typed) {
		t.Errorf("got %q in the editor, want %q in it", got, typed)
	}

	blind(t, s, tape, secrets, before)

	must(t, s.ClickThere(t.Context(), stage.Paper()))
	holdCtrl(t, s)
	must(t, s.Customer.Key(t.Context(), "F11"))
	stopped(t, s)
	at := written(t, s, "letter.txt")
	_, err = s.Moderator.Do(t.Context(), "keyup", "ctrl")
	must(t, err)
	must(t, s.Moderator.Type(t.Context(), "too late"))
	must(t, s.Customer.Reads(t.Context(), "F11"))
	must(t, s.Moderator.Reads(t.Context(), "F11"))
	if got := written(t, s, "letter.txt"); got != at {
		t.Errorf("after F11 the editor holds %q, want %q", got, at)
	}
	must(t, s.Pictures(pictures, "stopped"))
	noResidue(t, s)
	discreet(t, s, pin, secrets)
}

// blind asserts that neither the relay's memory nor anything that it saw holds
// a secret, and that the same search finds them where they have to be.
func blind(t *testing.T, s *stage.Support, tape string, secrets []stage.Needle, before []int) {
	t.Helper()
	after, err := stage.Count(s.Relay.PID(), secrets...)
	must(t, err)
	seen, err := stage.CountFile(tape, secrets...)
	must(t, err)
	own, err := stage.Count(s.Customer.PID(), secrets...)
	must(t, err)
	editor, err := stage.Count(s.Editor().PID(), secrets...)
	must(t, err)
	if info, err := os.Stat(tape); err != nil || info.Size() < 10_000 {
		t.Fatalf("the tape is no tape: %v, %v", info, err)
	}
	for i, secret := range secrets {
		if after[i] > before[i] {
			t.Errorf("%s: %d times in the relay's memory, %d before the session", secret.Name, after[i], before[i])
		}
		if seen[i] > 0 {
			t.Errorf("%s: %d times in what the relay saw", secret.Name, seen[i])
		}
		if own[i]+editor[i] == 0 {
			t.Errorf("%s: not found at the customer's, so the search finds nothing", secret.Name)
		}
		t.Logf("%s: relay %d (before %d), tape %d, participant %d, editor %d", secret.Name, after[i], before[i], seen[i], own[i], editor[i])
	}
	if own[0] == 0 || own[2] == 0 {
		t.Errorf("the participant's memory holds the PIN %d times and the pixels %d times, want both", own[0], own[2])
	}
}

// discreet asserts that no argument, environment or log of a program holds a
// secret, also not the stacks that it prints when it crashes, which it does
// here.
func discreet(t *testing.T, s *stage.Support, pin string, secrets []stage.Needle) {
	t.Helper()
	alone := regexp.MustCompile("(^|[^0-9a-f])" + pin + "([^0-9a-f]|$)") // no part of an address
	for name, p := range map[string]struct {
		*stage.Process
		log string
	}{"relay": {s.Relay.Process, s.Relay.Log}, "customer": {s.Customer.Process, s.Customer.Log}, "moderator": {s.Moderator.Process, s.Moderator.Log}} {
		proc := filepath.Join("/proc", strconv.Itoa(p.PID()))
		var said []byte
		for _, file := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(filepath.Join(proc, file))
			must(t, err)
			said = append(said, text...)
		}
		must(t, p.Signal(syscall.SIGQUIT))
		<-p.Done()
		log, err := os.ReadFile(p.log)
		must(t, err)
		if !bytes.Contains(log, []byte("goroutine ")) {
			t.Errorf("%s: no stacks, so nothing crashed", name)
		}
		said = append(said, log...)
		if alone.Match(said) {
			t.Errorf("%s: the PIN is in what it says", name)
		}
		for _, secret := range secrets[1:] {
			if slices.ContainsFunc(secret.Forms, func(form []byte) bool { return bytes.Contains(said, form) }) {
				t.Errorf("%s: %s in what it says", name, secret.Name)
			}
		}
	}
}

// noResidue asserts that neither program wrote a file that stays.
func noResidue(t *testing.T, s *stage.Support) {
	t.Helper()
	for _, seat := range []*stage.Seat{s.Customer, s.Moderator} {
		for _, dir := range []string{seat.Home, seat.Temp} {
			left, err := os.ReadDir(dir)
			must(t, err)
			if len(left) > 0 {
				t.Errorf("left behind in %s: %v", filepath.Base(dir), left)
			}
		}
	}
}

func TestWrongPINIsToldAndTheRightOneStillWorks(t *testing.T) {
	s := set(t, stage.Scene{})
	code, err := s.Code(t.Context())
	must(t, err)
	number, pin, _ := strings.Cut(code, "-")
	wrong := fmt.Sprintf("%s-%c%s", number, '0'+(pin[0]-'0'+1)%10, pin[1:])
	must(t, s.TypeCode(t.Context(), wrong))
	must(t, s.Customer.Reads(t.Context(), "PIN", "4"))
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Customer.Reads(t.Context(), "Nobody sees your screen"))
}

func TestSessionSurvivesARestartedRelay(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	must(t, s.Relay.Signal(9))
	<-s.Relay.Done()
	must(t, s.Customer.Reads(t.Context(), "connection"))
	must(t, s.Relay.Restart(t.Context()))
	must(t, s.Customer.Reads(t.Context(), "keyboard and mouse may be"))
	shows(t, s, s.Paint)
}

func TestKilledParticipantHoldsNoKey(t *testing.T) {
	s := set(t, stage.Scene{Text: "letter\n"})
	must(t, s.Connect(t.Context()))
	must(t, s.SeeAndSteer(t.Context()))
	must(t, s.ClickThere(t.Context(), stage.Paper()))
	holdCtrl(t, s)
	must(t, s.Customer.Kill())
	must(t, stage.Until(t.Context(), 10*time.Second, "Ctrl released", func() (bool, error) {
		held, err := s.Customer.Held()
		return held == 0, err
	}))
	_, err := s.Moderator.Do(t.Context(), "keyup", "ctrl")
	must(t, err)
}
