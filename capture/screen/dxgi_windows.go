package screen

import (
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture"
	"lotse/capture/internal/com"
)

// Desktop Duplication is offered since Windows 8 where a graphics driver is
// at work and this session has the monitors: not in most remote desktops, not
// on the second graphics card of a laptop, not in Wine. Whatever fails in the
// beginning, the picture then comes from GDI, which works everywhere. So it
// does for a monitor that stands on its side, whose picture would have to be
// turned.

// errTurned says that a monitor is rotated.
var errTurned = errors.New("the monitor is rotated")

// errMode says that a monitor is not what it was a moment ago.
var errMode = errors.New("the monitor has another mode")

// errFormat says that a picture is not BGRA.
var errFormat = errors.New("the picture is not BGRA")

// dxgiLibrary is where Desktop Duplication begins.
type dxgiLibrary struct{ createFactory, createDevice *windows.LazyProc }

func loadDXGI() (*dxgiLibrary, error) {
	l := &dxgiLibrary{
		createFactory: windows.NewLazySystemDLL("dxgi.dll").NewProc("CreateDXGIFactory1"),
		createDevice:  windows.NewLazySystemDLL("d3d11.dll").NewProc("D3D11CreateDevice"),
	}
	if err := errors.Join(l.createFactory.Find(), l.createDevice.Find()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return l, nil
}

// openDXGI returns a source that is told what changes, or the one of GDI
// where that is not offered.
func openDXGI(t Target) (Source, error) {
	g, p, err := polledGDI(t)
	if err != nil {
		return nil, err
	}
	m, err := newMirrored(p, g.mirrors)
	if err != nil {
		return p, nil //nolint:nilerr // GDI shows the same
	}
	return m, nil
}

// mirrors opens a duplication for each part of v.
func (g *gdiGrabber) mirrors(v view, layout []capture.Display) ([]mirror, error) {
	defer g.sharp()() // or Windows names monitors in other pixels than they have
	l, err := loadDXGI()
	if err != nil {
		return nil, err
	}
	// The pointer is GDI's until a duplication tells of it, and is read with
	// the help of a device context.
	if err := g.prepare(image.Pt(1, 1)); err != nil {
		return nil, errors.Join(err, g.close())
	}
	var out []mirror
	for _, part := range v.parts {
		d, err := l.duplicate(monitorOf(part, layout), part)
		if err != nil {
			for _, m := range out {
				m.close()
			}
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// monitorOf returns the monitor on which part lies.
func monitorOf(part image.Rectangle, layout []capture.Display) capture.Display {
	for _, d := range layout {
		if part.In(d.Bounds) {
			return d
		}
	}
	return capture.Display{}
}

// find returns the output that shows a monitor, and its adapter. Both are to
// be released.
func (l *dxgiLibrary) find(monitor capture.Display) (adapter, output *com.Object, err error) {
	iid := windows.GUID{Data1: 0x770aae78, Data2: 0xf26f, Data3: 0x4dba, Data4: [8]byte{0xa8, 0x29, 0x25, 0x3c, 0x83, 0xd1, 0xb3, 0x87}} // IDXGIFactory1
	var factory *com.Object
	r, _, _ := l.createFactory.Call(uintptr(unsafe.Pointer(&iid)), uintptr(unsafe.Pointer(&factory))) //nolint:gosec // G103: a GUID and a pointer
	if err := com.Check(r); err != nil {
		return nil, nil, fmt.Errorf("CreateDXGIFactory1: %w", err)
	}
	defer factory.Release()
	for i := range uintptr(maxDevices) {
		if err := factory.Call(factoryEnumAdapters, i, uintptr(unsafe.Pointer(&adapter))); err != nil { //nolint:gosec // G103: a pointer
			return nil, nil, fmt.Errorf("EnumAdapters1: no %s: %w", monitor.Name, err)
		}
		output, err = outputOf(adapter, monitor)
		if err == nil {
			return adapter, output, nil
		}
		adapter.Release()
		if !errors.Is(err, com.ErrNotFound) {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("EnumAdapters1: no %s: %w", monitor.Name, com.ErrNotFound)
}

// outputOf returns the output of an adapter that shows a monitor, or
// com.ErrNotFound.
func outputOf(adapter *com.Object, monitor capture.Display) (*com.Object, error) {
	for i := range uintptr(maxDevices) {
		var output *com.Object
		if err := adapter.Call(adapterEnumOutputs, i, uintptr(unsafe.Pointer(&output))); err != nil { //nolint:gosec // G103: a pointer
			return nil, fmt.Errorf("EnumOutputs: %w", err)
		}
		var desc dxgiOutputDesc
		err := output.Call(outputGetDesc, uintptr(unsafe.Pointer(&desc))) //nolint:gosec // G103: a DXGI_OUTPUT_DESC
		if err == nil && windows.UTF16ToString(desc.name[:]) == monitor.Name {
			if err = upright(desc, monitor.Bounds); err == nil {
				return output, nil
			}
		} else if err == nil {
			output.Release()
			continue
		}
		output.Release()
		return nil, fmt.Errorf("output of %s: %w", monitor.Name, err)
	}
	return nil, com.ErrNotFound
}

// upright refuses a monitor that is rotated or not where it was.
func upright(desc dxgiOutputDesc, bounds image.Rectangle) error {
	b := desc.bounds
	switch {
	case desc.rotation > rotationIdentity:
		return errTurned
	case desc.attached == 0 || bounds != image.Rect(int(b.left), int(b.top), int(b.right), int(b.bottom)):
		return errMode
	}
	return nil
}

// duplication is a mirror of one monitor or a part of it. It keeps a copy of
// the part where the processor can read it, and copies into it what Windows
// says has changed; the rest of the picture never leaves the graphics card.
type duplication struct {
	textures
	output   *com.Object // IDXGIOutputDuplication
	monitor  image.Rectangle
	held     bool // a picture of Windows, until ReleaseFrame
	live     bool // the copy is whole
	metadata []byte
	shape    []byte
}

// duplicate opens a mirror of part of a monitor.
func (l *dxgiLibrary) duplicate(monitor capture.Display, part image.Rectangle) (*duplication, error) {
	adapter, output, err := l.find(monitor)
	if err != nil {
		return nil, err
	}
	defer adapter.Release()
	defer output.Release()
	iid := windows.GUID{Data1: 0x00cddea8, Data2: 0x939b, Data3: 0x4b83, Data4: [8]byte{0xa3, 0x40, 0xa6, 0x85, 0x22, 0x66, 0x66, 0xcc}} // IDXGIOutput1
	newer, err := output.Query(&iid)
	if err != nil {
		return nil, err
	}
	defer newer.Release()
	d := &duplication{monitor: monitor.Bounds}
	if d.textures, err = l.newTextures(adapter, part); err != nil {
		return nil, err
	}
	// DuplicateOutput gives BGRA whatever the monitor's mode is; the one of
	// IDXGIOutput5 would give HDR as it is, and nobody here could show it.
	err = newer.Call(outputDuplicate, uintptr(unsafe.Pointer(d.device)), uintptr(unsafe.Pointer(&d.output))) //nolint:gosec // G103: two objects
	if err != nil {
		d.close()
		return nil, fmt.Errorf("DuplicateOutput: %w", err)
	}
	var desc dxgiDuplicationDesc
	d.output.Invoke(duplicationGetDesc, uintptr(unsafe.Pointer(&desc))) //nolint:gosec // G103: a DXGI_OUTDUPL_DESC
	if desc.rotation > rotationIdentity {
		d.close()
		return nil, errTurned
	}
	return d, nil
}

// close gives everything back, in the order opposite to that of opening.
func (d *duplication) close() {
	if d.held {
		d.output.Invoke(duplicationReleaseFrame)
		d.held = false
	}
	d.output.Release()
	d.output = nil
	d.textures.close()
}

// await gives the last picture back only now: while it is held Windows does
// not have to copy what is drawn.
func (d *duplication) await(wait time.Duration) (sight, error) {
	if d.held {
		d.held = false
		if err := d.output.Call(duplicationReleaseFrame); err != nil {
			return sight{}, fmt.Errorf("ReleaseFrame: %w", err)
		}
	}
	var info dxgiFrameInfo
	var picture *com.Object
	err := d.output.Call(duplicationAcquire, uintptr(wait/time.Millisecond),
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&picture))) //nolint:gosec // G103: a DXGI_OUTDUPL_FRAME_INFO and a pointer
	if errors.Is(err, com.ErrWaitTimeout) {
		return sight{}, nil
	}
	if err != nil {
		return sight{}, fmt.Errorf("AcquireNextFrame: %w", err)
	}
	d.held = true
	defer picture.Release()
	out := sight{pointer: d.pointer(info)}
	if info.presented == 0 || info.frames == 0 {
		return out, nil // only the pointer
	}
	if out.dirty, out.moves, err = d.changes(info); err != nil {
		return sight{}, err
	}
	if err := d.take(picture, d.monitor, out.dirty); err != nil {
		return sight{}, err
	}
	d.live = true
	return out, nil
}

// changes asks what is new in the picture that is held.
func (d *duplication) changes(info dxgiFrameInfo) ([]image.Rectangle, []capture.Move, error) {
	everything := []image.Rectangle{d.part}
	if !d.live || info.metadataBytes == 0 || info.metadataBytes > maxMetadata {
		return everything, nil, nil
	}
	if d.metadata == nil {
		d.metadata = make([]byte, maxMetadata)
	}
	moves, err := d.list(duplicationMoveRects, d.metadata)
	if err != nil {
		return everything, nil, forgive(err, "GetFrameMoveRects")
	}
	dirty, err := d.list(duplicationDirtyRects, d.metadata[len(moves):])
	if err != nil {
		return everything, nil, forgive(err, "GetFrameDirtyRects")
	}
	changed, moved := told(moves, dirty, d.monitor.Min, d.part)
	return changed, moved, nil
}

// forgive leaves out that there are more rectangles than were announced.
func forgive(err error, method string) error {
	if errors.Is(err, com.ErrMoreData) {
		return nil
	}
	return fmt.Errorf("%s: %w", method, err)
}

// list fills the beginning of buffer with rectangles.
func (d *duplication) list(method int, buffer []byte) ([]byte, error) {
	var n uint32
	err := d.output.Call(method, uintptr(len(buffer)),
		uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(unsafe.Pointer(&n))) //nolint:gosec // G103: with its length
	if err == nil && int64(n) > int64(len(buffer)) {
		err = com.ErrMoreData
	}
	if err != nil {
		return nil, err
	}
	return buffer[:n], nil
}

// pointer reads what is new about the pointer, or returns nil. A picture that
// can't be read leaves the last one.
func (d *duplication) pointer(info dxgiFrameInfo) *pointerSight {
	if info.pointerMoved == 0 {
		return nil
	}
	p := &pointerSight{
		when: info.pointerMoved, visible: info.pointerVisible != 0,
		corner: image.Pt(int(info.pointerX), int(info.pointerY)).Add(d.monitor.Min),
	}
	if info.shapeBytes == 0 || info.shapeBytes > maxShape {
		return p
	}
	if d.shape == nil {
		d.shape = make([]byte, maxShape)
	}
	var needed uint32
	var shape dxgiShapeInfo
	err := d.output.Call(duplicationPointerShape,
		uintptr(len(d.shape)), uintptr(unsafe.Pointer(&d.shape[0])), //nolint:gosec // G103: with its length
		uintptr(unsafe.Pointer(&needed)), uintptr(unsafe.Pointer(&shape))) //nolint:gosec // G103: a number and a DXGI_OUTDUPL_POINTER_SHAPE_INFO
	if err == nil {
		p.shape = pointerShape(shape, d.shape[:min(int(info.shapeBytes), len(d.shape))])
	}
	return p
}
