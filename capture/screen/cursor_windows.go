package screen

import (
	"image"
	"unsafe"

	"lotse/capture"
)

// pointerWindows remembers the picture of the pointer that is shown.
type pointerWindows struct {
	handle uintptr
	shape  *capture.CursorShape
}

// cursorInfo is CURSORINFO.
type cursorInfo struct {
	size, flags uint32
	handle      uintptr
	x, y        int32
}

// iconInfo is ICONINFO.
type iconInfo struct {
	icon         int32
	hotX, hotY   uint32
	mask, colour uintptr
}

// bitmapHead is BITMAP.
type bitmapHead struct {
	kind, width, height, widthBytes int32
	planes, bitsPixel               uint16
	bits                            uintptr
}

// showing is CURSOR_SHOWING.
const showing = 1

// now returns the pointer. The picture is read when the handle changes;
// memory is any device context.
func (p *pointerWindows) now(g *gdi, memory uintptr) capture.Cursor {
	info := cursorInfo{size: uint32(unsafe.Sizeof(cursorInfo{}))}
	ok, _, _ := g.getCursorInfo.Call(uintptr(unsafe.Pointer(&info))) //nolint:gosec // G103: info knows its size
	if ok == 0 || memory == 0 {
		return capture.Cursor{Shape: p.shape}
	}
	if info.handle != p.handle {
		p.handle, p.shape = info.handle, nil
		if info.handle != 0 {
			p.shape = g.shape(info.handle, memory)
		}
	}
	return capture.Cursor{
		Visible: info.flags&showing != 0 && p.shape != nil,
		At:      image.Pt(int(info.x), int(info.y)), Shape: p.shape,
	}
}

// shape reads a pointer's picture, or returns nil.
func (g *gdi) shape(handle, memory uintptr) *capture.CursorShape {
	var icon iconInfo
	if ok, _, _ := g.getIconInfo.Call(handle, uintptr(unsafe.Pointer(&icon))); ok == 0 { //nolint:gosec // G103: icon is an ICONINFO
		return nil
	}
	defer func() {
		_, _, _ = g.deleteObject.Call(icon.mask)
		if icon.colour != 0 {
			_, _, _ = g.deleteObject.Call(icon.colour)
		}
	}()
	mask, maskSize := g.pixels(icon.mask, memory)
	colour, size := g.pixels(icon.colour, memory)
	if icon.colour == 0 {
		size = image.Pt(maskSize.X, maskSize.Y/2)
	}
	if mask == nil || size.X <= 0 || size.Y <= 0 || size.X > capture.MaxCursor || size.Y > capture.MaxCursor {
		return nil
	}
	if icon.colour == 0 {
		colour = monochrome(mask, size)
	} else if len(mask) < len(colour) || !blend(colour, mask) {
		return nil
	}
	return &capture.CursorShape{
		W: size.X, H: size.Y, Pix: colour,
		Hot: image.Pt(min(int(icon.hotX), size.X-1), min(int(icon.hotY), size.Y-1)),
	}
}

// pixels reads a bitmap as BGRA; nil when there is none or it is too large.
func (g *gdi) pixels(bitmap, memory uintptr) ([]byte, image.Point) {
	var head bitmapHead
	if bitmap == 0 {
		return nil, image.Point{}
	}
	if n, _, _ := g.getObject.Call(bitmap, unsafe.Sizeof(head), uintptr(unsafe.Pointer(&head))); n == 0 { //nolint:gosec // G103: with its size
		return nil, image.Point{}
	}
	size := image.Pt(int(head.width), int(head.height))
	if size.X <= 0 || size.Y <= 0 || size.X > capture.MaxCursor || size.Y > 2*capture.MaxCursor {
		return nil, image.Point{}
	}
	out, info := make([]byte, 4*size.X*size.Y), topDown(size)
	rows, _, _ := g.getDIBits.Call(memory, bitmap, 0, uintptr(size.Y),
		uintptr(unsafe.Pointer(&out[0])), uintptr(unsafe.Pointer(&info)), 0) //nolint:gosec // G103: out has room for what info asks
	if int(rows) != size.Y {
		return nil, image.Point{}
	}
	return out, size
}
