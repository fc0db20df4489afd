package screen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"image"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
	"lotse/capture/internal/com"
)

// primary returns the primary monitor.
func primary(t *testing.T) capture.Display {
	t.Helper()
	all, err := Displays()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d capture.Display) bool { return d.Primary })
	if i < 0 {
		t.Fatalf("no primary display in %v", all)
	}
	return all[i]
}

// libraries skips where Direct3D is missing altogether.
func libraries(t *testing.T) *dxgiLibrary {
	t.Helper()
	l, err := loadDXGI()
	if err != nil {
		t.Skip(err)
	}
	return l
}

func TestDXGIFindsTheMonitorThatWindowsNames(t *testing.T) {
	l := libraries(t)
	d := primary(t)
	adapter, output, err := l.find(d)
	if err != nil {
		t.Skip(err)
	}
	if got := []int{output.Release(), adapter.Release()}; !slices.Equal(got, []int{0, 0}) {
		t.Errorf("output and adapter are still held %v times", got)
	}
	d.Bounds = d.Bounds.Add(image.Pt(1, 0))
	if _, _, err := l.find(d); !errors.Is(err, errMode) {
		t.Errorf("a monitor that moved: got %v, want %v", err, errMode)
	}
	d.Name = `\\.\NOWHERE`
	if _, _, err := l.find(d); !errors.Is(err, com.ErrNotFound) {
		t.Errorf("a monitor that is not there: got %v, want %v", err, com.ErrNotFound)
	}
}

// onCard makes a picture in the memory of the graphics card.
func onCard(t *testing.T, tx *textures, size image.Point, format uint32, pix []byte) *com.Object {
	t.Helper()
	desc := textureDesc{width: uint32(size.X), height: uint32(size.Y), mips: 1, layers: 1, format: format, samples: 1}
	var o *com.Object
	if err := tx.device.Call(deviceCreateTexture, uintptr(unsafe.Pointer(&desc)), 0, uintptr(unsafe.Pointer(&o))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Release() })
	tx.queue.Invoke(contextUpdateSubresource, uintptr(unsafe.Pointer(o)), 0, 0, uintptr(unsafe.Pointer(&pix[0])), uintptr(4*size.X), 0)
	return o
}

// TestTexturesCopyWhatIsNamedAndNothingElse takes pictures of a monitor that
// stands to the left of and above the primary one, of which a part is shared.
func TestTexturesCopyWhatIsNamedAndNothingElse(t *testing.T) {
	l := libraries(t)
	adapter, output, err := l.find(primary(t))
	if err != nil {
		t.Skip(err)
	}
	defer adapter.Release()
	defer output.Release()
	monitor := image.Rect(-64, -48, 0, 0)
	part := image.Rect(-60, -40, -21, -9)
	tx, err := l.newTextures(adapter, part)
	if err != nil {
		t.Skip(err)
	}
	defer tx.close()
	pix := make([]byte, 4*monitor.Dx()*monitor.Dy())
	for i := range pix {
		pix[i] = byte(i*7 + i>>8)
	}
	picture := onCard(t, &tx, monitor.Size(), formatBGRA, pix)
	if err := tx.take(picture, monitor, []image.Rectangle{part}); err != nil {
		t.Fatal(err)
	}
	// The desktop begins further left than the part does.
	origin, stride := image.Pt(-62, -41), 4*70
	named := []image.Rectangle{image.Rect(-60, -40, -50, -39), image.Rect(-33, -20, -21, -9), image.Rect(-22, -41, 5, -38)}
	got := bytes.Repeat([]byte{0xee}, stride*60)
	want := slices.Clone(got)
	for _, r := range named {
		r = r.Intersect(part)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				copy(want[(y-origin.Y)*stride+4*(x-origin.X):][:4], pix[4*((y+48)*64+x+64):])
			}
		}
	}
	if err := tx.read(got, stride, origin, named); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes differ", len(compare(got, want, stride, 70, 60)))
	}
	// What is taken later replaces what is named only.
	for i := range pix {
		pix[i] ^= 0xff
	}
	inverse := onCard(t, &tx, monitor.Size(), formatBGRA, pix)
	if err := tx.take(inverse, monitor, named[1:2]); err != nil {
		t.Fatal(err)
	}
	for y := named[1].Min.Y; y < named[1].Max.Y; y++ {
		row := want[(y-origin.Y)*stride+4*(named[1].Min.X-origin.X):][:4*named[1].Dx()]
		for i := range row {
			row[i] ^= 0xff
		}
	}
	if err := tx.read(got, stride, origin, named); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("a second picture changed more or less than it should")
	}
}

func TestTexturesRefuseOtherPictures(t *testing.T) {
	l := libraries(t)
	adapter, output, err := l.find(primary(t))
	if err != nil {
		t.Skip(err)
	}
	defer adapter.Release()
	defer output.Release()
	monitor := image.Rect(0, 0, 8, 8)
	tx, err := l.newTextures(adapter, monitor)
	if err != nil {
		t.Skip(err)
	}
	defer tx.close()
	const rgba = 28 // DXGI_FORMAT_R8G8B8A8_UNORM
	pix := make([]byte, 4*8*8)
	for _, c := range []struct {
		size   image.Point
		format uint32
		want   error
	}{{image.Pt(8, 8), rgba, errFormat}, {image.Pt(8, 4), formatBGRA, errMode}, {image.Pt(8, 8), formatBGRA, nil}} {
		o := onCard(t, &tx, c.size, c.format, pix)
		if err := tx.take(o, monitor, []image.Rectangle{monitor}); !errors.Is(err, c.want) {
			t.Errorf("%v in format %d: got %v, want %v", c.size, c.format, err, c.want)
		}
	}
}

// resources is how many threads and handles this process has. Wine does not
// count handles, but each Direct3D device has a thread there.
type resources struct{ threads, handles int }

func counted(t *testing.T) resources {
	t.Helper()
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		t.Fatal(err)
	}
	var r resources
	e := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &e); err == nil; err = windows.Thread32Next(snapshot, &e) {
		if e.OwnerProcessID == windows.GetCurrentProcessId() {
			r.threads++
		}
	}
	if err := windows.CloseHandle(snapshot); err != nil {
		t.Error(err)
	}
	var n uint32
	if ok, _, err := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetProcessHandleCount").
		Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&n))); ok == 0 {
		t.Fatal(err)
	}
	r.handles = int(n)
	return r
}

// TestWithoutDuplicationGDIIsOpenedAndNothingIsLeft runs where Windows
// refuses duplication, as Wine does.
func TestWithoutDuplicationGDIIsOpenedAndNothingIsLeft(t *testing.T) {
	d := primary(t)
	kind := windows.NewLazySystemDLL("gdi32.dll").NewProc("GetObjectType")
	round := func() {
		s, err := openDXGI(Target{ID: d.ID})
		if err != nil {
			t.Fatal(err)
		}
		if m, is := s.(*mirrored); is {
			_ = m.Close()
			t.Skip("duplication is offered here")
		}
		if f := soon(t, s); f.W != d.Bounds.Dx() || f.H != d.Bounds.Dy() || f.Origin != d.Bounds.Min || f.State != capture.Live {
			t.Errorf("got %d × %d at %v, state %d, want %v", f.W, f.H, f.Origin, f.State, d.Bounds)
		}
		p, is := s.(*polled)
		if !is || s.Name() != "gdi" {
			t.Fatalf("got %T, %q, want *polled, gdi", s, s.Name())
		}
		g, is := p.grabber.(*gdiGrabber)
		if !is {
			t.Fatalf("looks with a %T", p.grabber)
		}
		handles := []uintptr{g.desktop, g.memory, g.bitmap}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for i, h := range handles {
			if what, _, _ := kind.Call(h); h == 0 || what != 0 {
				t.Errorf("object %d, %x, is still of kind %d", i, h, what)
			}
		}
	}
	for range 3 { // libraries load and threads start
		round()
	}
	before := counted(t)
	const rounds = 20
	for range rounds {
		round()
	}
	// Threads of Go come and go; a leak would show in every round.
	const slack = rounds / 2
	if after := counted(t); after.threads > before.threads+slack || after.handles > before.handles+slack {
		t.Errorf("after %d rounds %+v, before %+v", rounds, after, before)
	}
}

// TestTexturesGiveEverythingBack holds the device itself to count who else
// does.
func TestTexturesGiveEverythingBack(t *testing.T) {
	l := libraries(t)
	adapter, output, err := l.find(primary(t))
	if err != nil {
		t.Skip(err)
	}
	defer adapter.Release()
	defer output.Release()
	monitor := image.Rect(0, 0, 8, 8)
	tx, err := l.newTextures(adapter, monitor)
	if err != nil {
		t.Skip(err)
	}
	device, err := tx.device.Query(&windows.GUID{Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}}) // IUnknown
	if err != nil {
		t.Fatal(err)
	}
	desc := textureDesc{width: 8, height: 8, mips: 1, layers: 1, format: formatBGRA, samples: 1}
	var picture *com.Object
	if err := tx.device.Call(deviceCreateTexture, uintptr(unsafe.Pointer(&desc)), 0, uintptr(unsafe.Pointer(&picture))); err != nil {
		t.Fatal(err)
	}
	if err := tx.take(picture, monitor, []image.Rectangle{monitor}); err != nil {
		t.Fatal(err)
	}
	if err := tx.read(make([]byte, 256), 32, image.Point{}, []image.Rectangle{monitor}); err != nil {
		t.Fatal(err)
	}
	left := picture.Release()
	tx.close()
	if got := []int{left, device.Release()}; !slices.Equal(got, []int{0, 0}) {
		t.Errorf("picture and device are still held %v times", got)
	}
	tx.close() // again does nothing
}

// duplicated opens a source that is told by Windows what changes, or skips.
func duplicated(t *testing.T, target Target) *mirrored {
	t.Helper()
	g, err := newGDI()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPolled(g, target)
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMirrored(p, g.mirrors)
	if err != nil {
		_ = p.Close()
		t.Skipf("not offered here: %v", err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// crop returns what r, on the desktop, looks like in a frame, without the
// fourth byte of a pixel, which may hold anything.
func crop(f capture.Frame, r image.Rectangle) []byte {
	r = r.Sub(f.Origin)
	var out []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			out = append(out, f.Pix[y*f.Stride+4*x:][:3]...)
		}
	}
	return out
}

// TestDuplicationShowsWhatGDIShows opens a window that does not change and
// compares what both see of it, then draws on it and moves it. It is for
// Windows itself: Wine has no duplication.
func TestDuplicationShowsWhatGDIShows(t *testing.T) {
	d := primary(t)
	for _, target := range []Target{
		{ID: d.ID}, {Kind: Desktop}, {Kind: Region, Rect: image.Rect(90, 80, 700, 500).Add(d.Bounds.Min)},
	} {
		t.Run(target.String(), func(t *testing.T) {
			at := image.Rect(100, 100, 400, 300).Add(d.Bounds.Min)
			s := duplicated(t, target)
			page := newSheet(t, "page", at, 0x336699)
			b := newBrushOn(t, page.handle)
			settle(t, s)
			for _, step := range []func(){
				func() {},
				func() { b.fill(image.Rect(50, 20, 160, 80), 0xff8000) },
				func() {
					at = at.Add(image.Pt(37, 21))
					page.place(at)
				},
			} {
				step()
				got := settle(t, s)
				p, err := openGDI(target)
				if err != nil {
					t.Fatal(err)
				}
				want := soon(t, p)
				a, b := sha256.Sum256(crop(got, at)), sha256.Sum256(crop(want, at))
				if a != b {
					t.Errorf("window at %v: got %x, want %x", at, a, b)
				}
				if got.Bounds() != want.Bounds() || got.Origin != want.Origin {
					t.Errorf("got %v at %v, want %v at %v", got.Bounds(), got.Origin, want.Bounds(), want.Origin)
				}
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
			if s.mirrors == nil {
				t.Error("GDI took over")
			}
			for _, w := range s.mirrors {
				if !w.live {
					t.Error("a monitor never had a picture")
				}
			}
		})
	}
}

// settle reads frames until half a second nothing new comes, at most ten
// seconds, and returns the last.
func settle(t *testing.T, s *mirrored) capture.Frame {
	t.Helper()
	for range 300 {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		_, err := s.Next(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return s.frame
}
