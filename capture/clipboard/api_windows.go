package clipboard

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// clipboardAPI is what the clipboard needs of the system. Its methods but load
// are called on the thread of the window.
type clipboardAPI struct {
	createWindow, destroyWindow, addListener, removeListener      *windows.LazyProc
	openClipboard, closeClipboard, empty, getOwner, getSequence   *windows.LazyProc
	enumFormats, getData, setData, registerFormat                 *windows.LazyProc
	globalAlloc, globalFree, globalLock, globalUnlock, globalSize *windows.LazyProc
	moveMemory                                                    *windows.LazyProc

	// png is how browsers and Office name PNG.
	png uint32
	// history and cloud hold a DWORD that says whether Windows may keep a
	// content or send it away; exclude and ignore are there or not (Microsoft,
	// "Clipboard Formats", cloud clipboard; "Clipboard Viewer Ignore" is older
	// and what password managers agreed on).
	history, cloud, exclude, ignore uint32
}

func loadClipboard() (*clipboardAPI, error) {
	user, kernel := windows.NewLazySystemDLL("user32.dll"), windows.NewLazySystemDLL("kernel32.dll")
	a := &clipboardAPI{}
	for _, p := range []struct {
		to   **windows.LazyProc
		dll  *windows.LazyDLL
		name string
	}{
		{&a.createWindow, user, "CreateWindowExW"},
		{&a.destroyWindow, user, "DestroyWindow"},
		{&a.addListener, user, "AddClipboardFormatListener"},
		{&a.removeListener, user, "RemoveClipboardFormatListener"},
		{&a.openClipboard, user, "OpenClipboard"},
		{&a.closeClipboard, user, "CloseClipboard"},
		{&a.empty, user, "EmptyClipboard"},
		{&a.getOwner, user, "GetClipboardOwner"},
		{&a.getSequence, user, "GetClipboardSequenceNumber"},
		{&a.enumFormats, user, "EnumClipboardFormats"},
		{&a.getData, user, "GetClipboardData"},
		{&a.setData, user, "SetClipboardData"},
		{&a.registerFormat, user, "RegisterClipboardFormatW"},
		{&a.globalAlloc, kernel, "GlobalAlloc"},
		{&a.globalFree, kernel, "GlobalFree"},
		{&a.globalLock, kernel, "GlobalLock"},
		{&a.globalUnlock, kernel, "GlobalUnlock"},
		{&a.globalSize, kernel, "GlobalSize"},
		{&a.moveMemory, kernel, "RtlMoveMemory"},
	} {
		*p.to = p.dll.NewProc(p.name)
		if err := (*p.to).Find(); err != nil {
			return nil, fmt.Errorf("clipboard: %w", err)
		}
	}
	return a, nil
}

// register asks for the numbers of the formats that have only names.
func (a *clipboardAPI) register() error {
	for _, f := range []struct {
		to   *uint32
		name string
	}{
		{&a.png, "PNG"},
		{&a.history, "CanIncludeInClipboardHistory"},
		{&a.cloud, "CanUploadToCloudClipboard"},
		{&a.exclude, "ExcludeClipboardContentFromMonitorProcessing"},
		{&a.ignore, "Clipboard Viewer Ignore"},
	} {
		name, err := windows.UTF16PtrFromString(f.name)
		if err != nil {
			return fmt.Errorf("name: %w", err)
		}
		n, _, err := a.registerFormat.Call(uintptr(unsafe.Pointer(name))) //nolint:gosec // G103: the name ends in a zero
		if n == 0 {
			return fmt.Errorf("RegisterClipboardFormat: %w", err)
		}
		*f.to = uint32(n)
	}
	return nil
}

const (
	attempts = 20
	// between is the time between two of them: 20 are 600 ms, in which a
	// person's next paste would have failed as well.
	between = 30 * time.Millisecond
)

// open has the clipboard for us until the returned function is called.
func (a *clipboardAPI) open(window uintptr) (closing func(), err error) {
	for i := range attempts {
		if i > 0 {
			<-time.NewTimer(between).C
		}
		if ok, _, _ := a.openClipboard.Call(window); ok != 0 {
			return func() { _, _, _ = a.closeClipboard.Call() }, nil
		}
	}
	return nil, ErrBusy
}

func (a *clipboardAPI) number() uint32 {
	n, _, _ := a.getSequence.Call()
	return uint32(n)
}

// formats lists the forms of the content, those that Windows makes from
// others at the end.
func (a *clipboardAPI) formats() []uint32 {
	var out []uint32
	last := uintptr(0)
	for range maxFormats {
		if last, _, _ = a.enumFormats.Call(last); last == 0 {
			break
		}
		out = append(out, uint32(last))
	}
	return out
}

// secret reports whether the program wants nobody to look, keep or send away
// what it copied.
func (a *clipboardAPI) secret(formats []uint32) bool {
	for _, f := range formats {
		switch f {
		case a.exclude, a.ignore:
			return true
		case a.history, a.cloud:
			const most = 4096 // of which the first four bytes count
			data, _, err := a.data(f, most)
			if err != nil || len(data) < 4 || binary.LittleEndian.Uint32(data) == 0 {
				return true
			}
		}
	}
	return false
}

// text returns the text. Two units for what is one byte of ours is the worst:
// a line feed.
func (a *clipboardAPI) text() (found, error) {
	data, whole, err := a.data(formatText, 4*MaxText+2)
	if err != nil {
		return found{}, err
	}
	text, ended := fromWindows(data)
	return found{text: text, tooLarge: !ended && !whole}, nil
}

// picture takes PNG or else the bitmap that the program itself put there,
// which comes before those that Windows makes.
func (a *clipboardAPI) picture(formats []uint32) (found, error) {
	if slices.Contains(formats, a.png) {
		data, whole, err := a.data(a.png, MaxImage)
		return found{png: data, tooLarge: !whole}, err
	}
	for _, f := range formats {
		if f == formatDIB || f == formatDIBV5 {
			const headers = 4096 // more than header, masks and table
			data, whole, err := a.data(f, maxDecoded+headers)
			return found{dib: data, tooLarge: !whole}, err
		}
	}
	return found{}, errNothing
}

// data copies the first bytes of one form, limit at the most, and reports
// whether that is all.
func (a *clipboardAPI) data(format uint32, limit int) (data []byte, whole bool, err error) {
	handle, _, _ := a.getData.Call(uintptr(format))
	if handle == 0 {
		return nil, false, errNothing
	}
	size, _, _ := a.globalSize.Call(handle)
	at, _, _ := a.globalLock.Call(handle)
	if at == 0 || size == 0 {
		return nil, false, errNothing
	}
	defer func() { _, _, _ = a.globalUnlock.Call(handle) }()
	data = make([]byte, min(size, uintptr(limit)))
	_, _, _ = a.moveMemory.Call(uintptr(unsafe.Pointer(&data[0])), at, uintptr(len(data))) //nolint:gosec // G103: data is as long as it says
	return data, size <= uintptr(limit), nil
}

// form is one form of a content.
type form struct {
	format uint32
	data   []byte
}

// put hands a copy to the system, which frees it.
func (a *clipboardAPI) put(f form) error {
	const moveable = 2 // GMEM_MOVEABLE
	handle, _, err := a.globalAlloc.Call(moveable, uintptr(len(f.data)))
	if handle == 0 {
		return fmt.Errorf("GlobalAlloc: %w", err)
	}
	if err := a.copy(handle, f); err != nil {
		_, _, _ = a.globalFree.Call(handle)
		return err
	}
	return nil
}

func (a *clipboardAPI) copy(handle uintptr, f form) error {
	at, _, err := a.globalLock.Call(handle)
	if at == 0 {
		return fmt.Errorf("GlobalLock: %w", err)
	}
	_, _, _ = a.moveMemory.Call(at, uintptr(unsafe.Pointer(&f.data[0])), uintptr(len(f.data))) //nolint:gosec // G103: the handle was made as long
	_, _, _ = a.globalUnlock.Call(handle)
	if ok, _, err := a.setData.Call(uintptr(f.format), handle); ok == 0 {
		return fmt.Errorf("SetClipboardData: %w", err)
	}
	return nil
}
