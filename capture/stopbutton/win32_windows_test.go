package stopbutton

import (
	"image"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func user(name string, args ...uintptr) uintptr {
	r, _, _ := windows.NewLazySystemDLL("user32.dll").NewProc(name).Call(args...)
	return r
}

// click presses the left button of the mouse there and returns when. Each event
// carries the place: under Wine a pointer that was only put there may still be
// told to have moved elsewhere.
func click(t *testing.T, at image.Point) time.Time {
	t.Helper()
	const move, down, up, absolute = 1, 2, 4, 0x8000 // MOUSEEVENTF_MOVE, LEFTDOWN, LEFTUP, ABSOLUTE
	scale := func(v int, metric uintptr) int32 {     // to 65536ths of the primary monitor
		size := int(user("GetSystemMetrics", metric))
		return int32(((v << 16) + size/2) / size)
	}
	began := time.Now()
	for _, flags := range []uint32{down, up} {
		in := struct {
			kind               uint32
			_                  uint32
			x, y               int32
			data, flags, stamp uint32
			extra              uintptr
		}{x: scale(at.X, 0), y: scale(at.Y, 1), flags: move | absolute | flags}
		if user("SendInput", 1, uintptr(unsafe.Pointer(&in)), unsafe.Sizeof(in)) != 1 {
			t.Fatal("SendInput failed")
		}
	}
	return began
}

func TestAClickOnItIsToldAtOnceByWindows(t *testing.T) {
	b, clicks := opened(t, Options{Area: image.Rect(0, 0, 640, 480)})
	clicked(t, clicks, func() time.Time { return click(t, image.Pt(500, 60)) })
	clicked(t, clicks, func() time.Time { return click(t, image.Pt(500, 60)) })
	click(t, image.Pt(20, 300)) // beside it
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if len(clicks) != 0 {
		t.Error("told of a click beside it")
	}
}

func TestIsRedOnWindowsScreen(t *testing.T) {
	_, _ = opened(t, Options{Area: image.Rect(0, 0, 640, 480)})
	at := place(image.Rect(0, 0, 640, 480)).Min.Add(image.Pt(2, 2))
	screen := user("GetDC", 0)
	defer user("ReleaseDC", 0, screen)
	pixel := windows.NewLazySystemDLL("gdi32.dll").NewProc("GetPixel")
	deadline := time.After(tooLate)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	const want = 0x2E10C8 // COLORREF has blue first
	for {
		got, _, _ := pixel.Call(screen, uintptr(at.X), uintptr(at.Y))
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("got %#x, want %#x", got, want)
		}
	}
}
