package screen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"lotse/capture/internal/x11"
)

// allPlanes asks for every bit of a pixel.
const allPlanes = 0xffffffff

// pixels is how pixels come from the server: through memory that both see, or
// through the socket. The zero value is the socket. What is in the memory
// never leaves this file, so that nothing can read it after it went away.
type pixels struct {
	seg    shm.Seg
	shared []byte
}

func (p *pixels) name() string {
	if p.shared != nil {
		return "x11-shm"
	}
	return "x11"
}

// resize makes room for pictures up to size; at is a pixel of drawable to try
// it with. Where memory can't be shared it is the socket from then on.
func (p *pixels) resize(conn *x11.Conn, drawable xproto.Drawable, at, size image.Point) {
	if p.shared != nil {
		shm.Detach(conn.Conn, p.seg)
	}
	_ = p.close() // the old segment is of no use either way
	if !conn.Local || !conn.Has("MIT-SHM") {
		return
	}
	if err := p.share(conn, 4*size.X*size.Y); err != nil {
		return
	}
	if !p.honest(conn, drawable, at) {
		shm.Detach(conn.Conn, p.seg)
		_ = p.close()
	}
}

// share makes a segment that only this user can open and that vanishes with
// the last process that uses it, however that ends.
func (p *pixels) share(conn *x11.Conn, size int) error {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, size, unix.IPC_CREAT|0o600)
	if err != nil {
		return fmt.Errorf("shmget: %w", err)
	}
	remove := func() error {
		_, err := unix.SysvShmCtl(id, unix.IPC_RMID, nil)
		return err
	}
	shared, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return errors.Join(err, remove())
	}
	seg, err := shm.NewSegId(conn.Conn)
	if err == nil {
		err = shm.AttachChecked(conn.Conn, seg, uint32(id), false).Check()
	}
	if err = errors.Join(err, remove()); err != nil {
		return errors.Join(err, unix.SysvShmDetach(shared))
	}
	p.seg, p.shared = seg, shared
	return nil
}

// honest checks that the server really writes into our memory. One in another
// container numbers its segments differently.
func (p *pixels) honest(conn *x11.Conn, drawable xproto.Drawable, at image.Point) bool {
	mark := []byte{0x5a, 0xa5, 0xc3, 0x3c}
	copy(p.shared, mark)
	one := image.Rectangle{at, at.Add(image.Pt(1, 1))}
	got, err := p.read(conn, drawable, one)
	if err != nil {
		return false
	}
	if !bytes.Equal(got, mark) {
		return true
	}
	// Either nothing was written, or the pixel looks like the mark.
	binary.LittleEndian.PutUint32(p.shared, ^binary.LittleEndian.Uint32(mark))
	got, err = p.read(conn, drawable, one)
	return err == nil && bytes.Equal(got, mark)
}

// read returns the pixels of r, which lies inside drawable, row after row
// without gaps. They are valid until the next call.
func (p *pixels) read(conn *x11.Conn, drawable xproto.Drawable, r image.Rectangle) ([]byte, error) {
	size := 4 * r.Dx() * r.Dy()
	x, y, w, h := int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy())
	if p.shared != nil && size <= len(p.shared) {
		_, err := shm.GetImage(conn.Conn, drawable, x, y, w, h, allPlanes, xproto.ImageFormatZPixmap, p.seg, 0).Reply()
		return p.shared[:size], err
	}
	reply, err := xproto.GetImage(conn.Conn, xproto.ImageFormatZPixmap, drawable, x, y, w, h, allPlanes).Reply()
	if err != nil {
		return nil, err
	}
	if len(reply.Data) < size {
		return nil, fmt.Errorf("got %d bytes, want %d", len(reply.Data), size)
	}
	return reply.Data[:size], nil
}

// close gives the memory back; the server does so when the connection ends.
func (p *pixels) close() error {
	if p.shared == nil {
		return nil
	}
	err := unix.SysvShmDetach(p.shared)
	p.shared = nil
	return err
}
