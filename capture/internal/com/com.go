// Package com calls methods of the objects that Windows hands out (COM): an
// object begins with the address of a table of functions. It makes no objects
// of its own and knows no interface but IUnknown.
package com

import "fmt"

// ResultError is an HRESULT that reports a failure.
type ResultError uint32

// The failures that callers tell apart, from winerror.h.
const (
	// ErrNotImplemented is E_NOTIMPL.
	ErrNotImplemented ResultError = 0x80004001
	// ErrNoInterface is E_NOINTERFACE.
	ErrNoInterface ResultError = 0x80004002
	// ErrAccessDenied is E_ACCESSDENIED.
	ErrAccessDenied ResultError = 0x80070005
	// ErrInvalidCall is DXGI_ERROR_INVALID_CALL.
	ErrInvalidCall ResultError = 0x887a0001
	// ErrNotFound is DXGI_ERROR_NOT_FOUND, also the end of a list.
	ErrNotFound ResultError = 0x887a0002
	// ErrMoreData is DXGI_ERROR_MORE_DATA.
	ErrMoreData ResultError = 0x887a0003
	// ErrUnsupported is DXGI_ERROR_UNSUPPORTED.
	ErrUnsupported ResultError = 0x887a0004
	// ErrDeviceRemoved is DXGI_ERROR_DEVICE_REMOVED.
	ErrDeviceRemoved ResultError = 0x887a0005
	// ErrDeviceReset is DXGI_ERROR_DEVICE_RESET.
	ErrDeviceReset ResultError = 0x887a0007
	// ErrNotCurrentlyAvailable is DXGI_ERROR_NOT_CURRENTLY_AVAILABLE.
	ErrNotCurrentlyAvailable ResultError = 0x887a0022
	// ErrAccessLost is DXGI_ERROR_ACCESS_LOST.
	ErrAccessLost ResultError = 0x887a0026
	// ErrWaitTimeout is DXGI_ERROR_WAIT_TIMEOUT.
	ErrWaitTimeout ResultError = 0x887a0027
	// ErrSessionDisconnected is DXGI_ERROR_SESSION_DISCONNECTED.
	ErrSessionDisconnected ResultError = 0x887a0028
)

// Error names the failure.
func (r ResultError) Error() string {
	name, ok := map[ResultError]string{
		ErrNotImplemented: "not implemented", ErrNoInterface: "no such interface", ErrAccessDenied: "access denied", ErrInvalidCall: "invalid call",
		ErrNotFound: "not found", ErrMoreData: "more data", ErrUnsupported: "unsupported", ErrDeviceRemoved: "device removed",
		ErrDeviceReset: "device reset", ErrNotCurrentlyAvailable: "not currently available", ErrAccessLost: "access lost",
		ErrWaitTimeout: "wait timed out", ErrSessionDisconnected: "session disconnected",
	}[r]
	if !ok {
		name = "failed"
	}
	return fmt.Sprintf("%s (hresult %08x)", name, uint32(r))
}

// Check returns nil for an HRESULT that reports success, otherwise a
// ResultError. Only the lower half of what a call returns counts.
func Check(result uintptr) error {
	if int32(result) >= 0 {
		return nil
	}
	return ResultError(result)
}
