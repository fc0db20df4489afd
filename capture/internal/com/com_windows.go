package com

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Object is an object of Windows. Its memory is not Go's: a *Object is only
// ever received, and is given back with Release.
type Object struct {
	methods *[methods]uintptr
}

// methods is more than any interface used here has; nothing is read beyond
// the number that is called.
const methods = 256

// The numbers of IUnknown's methods.
const (
	queryInterface = 0
	release        = 2
)

// Invoke calls the method with a number and returns what it returned. Numbers
// count from IUnknown's first. Pointers among the arguments have to be turned
// into uintptr in the call itself, as for a windows.LazyProc.
//
//go:uintptrescapes
func (o *Object) Invoke(method int, args ...uintptr) uintptr {
	all := make([]uintptr, 0, 16)
	all = append(append(all, uintptr(unsafe.Pointer(o))), args...) //nolint:gosec // G103: the object comes first
	r, _, _ := syscall.SyscallN(o.methods[method], all...)
	return r
}

// Call is Invoke of a method that returns an HRESULT. A failure is a
// ResultError.
//
//go:uintptrescapes
func (o *Object) Call(method int, args ...uintptr) error { return Check(o.Invoke(method, args...)) }

// Query returns another interface of the object. It holds the object as well
// and is released by itself.
func (o *Object) Query(iid *windows.GUID) (*Object, error) {
	var other *Object
	err := o.Call(queryInterface, uintptr(unsafe.Pointer(iid)), uintptr(unsafe.Pointer(&other))) //nolint:gosec // G103: a GUID and a pointer
	if err != nil {
		return nil, fmt.Errorf("com: QueryInterface %v: %w", iid, err)
	}
	return other, nil
}

// Release gives the object back and returns how often it is still held. What
// is nil is held by nobody.
func (o *Object) Release() int {
	if o == nil {
		return 0
	}
	return int(uint32(o.Invoke(release)))
}
