package screen

import (
	"image"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// BenchmarkCapture measures one look at the primary monitor, with
// kbinani/screenshot and with each source of ours, in CPU time of this
// process. Polled sources compare whole pictures, so that what is drawn makes
// no difference worth a scene.
func BenchmarkCapture(b *testing.B) {
	all, err := Displays()
	if err != nil {
		b.Fatal(err)
	}
	page := newSheet(b, "page", image.Rect(100, 100, 740, 580), 0x336699)
	for _, c := range []struct {
		name   string
		target Target
		o      Options
	}{
		{"kbinani", Target{ID: 1}, Options{Portable: true}},
		{"gdi", Target{ID: all[0].ID}, Options{}},
		{"gdi-window-640x480", Target{Kind: Window, ID: uint32(page.handle)}, Options{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := Open(c.target, c.o)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			p, ok := s.(*polled)
			if w, is := s.(*gdiWindowSource); is {
				p, ok = w.polled, true
			}
			if !ok {
				b.Skipf("%s tells changes by itself", s.Name())
			}
			n, before := 0, used(b)
			for ; b.Loop(); n++ {
				if _, err := p.look(time.Now()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((used(b)-before).Seconds()*1000/float64(n), "client-ms/frame")
		})
	}
}

// used is this process's CPU time.
func used(b *testing.B) time.Duration {
	b.Helper()
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user); err != nil {
		b.Fatal(err)
	}
	ticks := func(t windows.Filetime) time.Duration {
		const tick = 100 * time.Nanosecond
		return time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime)) * tick
	}
	return ticks(kernel) + ticks(user)
}
