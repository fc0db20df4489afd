package screen

import (
	"fmt"
	"image"
	"unsafe"

	"golang.org/x/sys/windows"

	"lotse/capture/internal/com"
)

// textures is a Direct3D device and, in memory that the processor can read, a
// picture of a part of the desktop.
type textures struct {
	device, queue *com.Object // ID3D11Device and its ID3D11DeviceContext
	staging       *com.Object // ID3D11Texture2D of the size of part
	part          image.Rectangle
}

// newTextures makes a device on the graphics card of adapter.
func (l *dxgiLibrary) newTextures(adapter *com.Object, part image.Rectangle) (textures, error) {
	t := textures{part: part}
	const driverUnknown, anyLevel = 0, 0                                                                           // the adapter says which driver
	r, _, _ := l.createDevice.Call(uintptr(unsafe.Pointer(adapter)), driverUnknown, 0, 0, 0, anyLevel, sdkVersion, //nolint:gosec // G103: an object
		uintptr(unsafe.Pointer(&t.device)), 0, uintptr(unsafe.Pointer(&t.queue))) //nolint:gosec // G103: two pointers
	if err := com.Check(r); err != nil {
		return textures{}, fmt.Errorf("D3D11CreateDevice: %w", err)
	}
	desc := textureDesc{
		width: uint32(part.Dx()), height: uint32(part.Dy()), mips: 1, layers: 1, format: formatBGRA, samples: 1,
		usage: usageStaging, access: accessRead,
	}
	err := t.device.Call(deviceCreateTexture, uintptr(unsafe.Pointer(&desc)), 0, uintptr(unsafe.Pointer(&t.staging))) //nolint:gosec // G103: a D3D11_TEXTURE2D_DESC and a pointer
	if err != nil {
		t.close()
		return textures{}, fmt.Errorf("CreateTexture2D: %w", err)
	}
	return t, nil
}

// close gives everything back, the device last.
func (t *textures) close() {
	for _, o := range []**com.Object{&t.staging, &t.queue, &t.device} {
		(*o).Release()
		*o = nil
	}
}

// take copies rects of a picture of the whole monitor. That happens on the
// graphics card, in order with what comes before and after; picture may be
// given back at once.
func (t *textures) take(picture *com.Object, monitor image.Rectangle, rects []image.Rectangle) error {
	iid := windows.GUID{Data1: 0x6f15aaf2, Data2: 0xd208, Data3: 0x4e89, Data4: [8]byte{0x9a, 0xb4, 0x48, 0x95, 0x35, 0xd3, 0x4f, 0x9c}} // ID3D11Texture2D
	texture, err := picture.Query(&iid)
	if err != nil {
		return err
	}
	defer texture.Release()
	var desc textureDesc
	texture.Invoke(textureGetDesc, uintptr(unsafe.Pointer(&desc))) //nolint:gosec // G103: a D3D11_TEXTURE2D_DESC
	switch {
	case desc.format != formatBGRA || desc.samples != 1:
		return fmt.Errorf("%w: format %d", errFormat, desc.format)
	case image.Pt(int(desc.width), int(desc.height)) != monitor.Size():
		return fmt.Errorf("%w: %d × %d, not %v", errMode, desc.width, desc.height, monitor.Size())
	}
	for _, r := range rects {
		r = r.Intersect(t.part)
		from, to := r.Sub(monitor.Min), r.Sub(t.part.Min)
		box := textureBox{
			left: uint32(from.Min.X), top: uint32(from.Min.Y), right: uint32(from.Max.X), bottom: uint32(from.Max.Y), back: 1,
		}
		t.queue.Invoke(contextCopySubresource,
			uintptr(unsafe.Pointer(t.staging)), 0, uintptr(to.Min.X), uintptr(to.Min.Y), 0, //nolint:gosec // G103: an object
			uintptr(unsafe.Pointer(texture)), 0, uintptr(unsafe.Pointer(&box))) //nolint:gosec // G103: an object and a D3D11_BOX
	}
	return nil
}

// read waits for the graphics card and copies rects out of the staging
// texture.
func (t *textures) read(dst []byte, stride int, origin image.Point, rects []image.Rectangle) error {
	var m mappedTexture
	err := t.queue.Call(contextMap, uintptr(unsafe.Pointer(t.staging)), 0, mapRead, 0, uintptr(unsafe.Pointer(&m))) //nolint:gosec // G103: an object and a D3D11_MAPPED_SUBRESOURCE
	if err != nil {
		return fmt.Errorf("read the texture: Map: %w", err)
	}
	defer t.queue.Invoke(contextUnmap, uintptr(unsafe.Pointer(t.staging)), 0) //nolint:gosec // G103: an object
	pitch, row := int(m.rowPitch), 4*t.part.Dx()
	if m.data == nil || pitch < row {
		return fmt.Errorf("%w: rows of %d bytes", errFormat, pitch)
	}
	pixels := unsafe.Slice((*byte)(m.data), pitch*(t.part.Dy()-1)+row) //nolint:gosec // G103: mapped with this size
	for _, r := range rects {
		copyRows(dst, stride, origin, pixels, pitch, t.part.Min, r.Intersect(t.part))
	}
	return nil
}
