package com

import (
	"errors"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// factory makes an object of Windows that counts who holds it.
func factory(t *testing.T) *Object {
	t.Helper()
	iid := windows.GUID{Data1: 0x770aae78, Data2: 0xf26f, Data3: 0x4dba, Data4: [8]byte{0xa8, 0x29, 0x25, 0x3c, 0x83, 0xd1, 0xb3, 0x87}} // IDXGIFactory1
	create := windows.NewLazySystemDLL("dxgi.dll").NewProc("CreateDXGIFactory1")
	if err := create.Find(); err != nil {
		t.Skip(err)
	}
	var o *Object
	r, _, _ := create.Call(uintptr(unsafe.Pointer(&iid)), uintptr(unsafe.Pointer(&o)))
	if err := Check(r); err != nil {
		t.Skip(err)
	}
	return o
}

func TestEveryHolderIsCounted(t *testing.T) {
	o := factory(t)
	unknown := windows.GUID{Data4: [8]byte{0xc0, 0, 0, 0, 0, 0, 0, 0x46}} // IUnknown
	other, err := o.Query(&unknown)
	if err != nil {
		t.Fatal(err)
	}
	if got := []int{other.Release(), o.Release(), (*Object)(nil).Release()}; got[0] != 1 || got[1] != 0 || got[2] != 0 {
		t.Errorf("held by %v after each release, want [1 0 0]", got)
	}
}

func TestAnInterfaceThatIsNotThereIsRefused(t *testing.T) {
	o := factory(t)
	iid := windows.GUID{Data1: 0x4711}
	if other, err := o.Query(&iid); other != nil || !errors.Is(err, ErrNoInterface) {
		t.Errorf("got %v, %v, want %v", other, err, ErrNoInterface)
	}
	if held := o.Release(); held != 0 {
		t.Errorf("still held %d times", held)
	}
}
