package com

import (
	"errors"
	"fmt"
	"testing"
)

func TestCheckReadsTheLowerHalfOnly(t *testing.T) {
	for _, c := range []struct {
		result uint64
		want   error
	}{
		{0, nil},
		{1, nil}, // S_FALSE
		{0x7fffffff, nil},
		{0xffffffff_00000000, nil}, // the upper half is left over from something else
		{0x887a0026, ErrAccessLost},
		{0xffffffff_887a0027, ErrWaitTimeout},
		{0x80000000, ResultError(0x80000000)},
	} {
		if got := Check(uintptr(c.result)); got != c.want { //nolint:errorlint // the value itself is what is promised
			t.Errorf("Check(%x): got %v, want %v", c.result, got, c.want)
		}
	}
}

func TestFailuresCanBeToldApartAndRead(t *testing.T) {
	err := fmt.Errorf("screen: AcquireNextFrame: %w", ErrAccessLost)
	if !errors.Is(err, ErrAccessLost) || errors.Is(err, ErrWaitTimeout) {
		t.Errorf("%v is taken for another failure", err)
	}
	got := []string{err.Error(), ResultError(0x8badf00d).Error()}
	want := []string{"screen: AcquireNextFrame: access lost (hresult 887a0026)", "failed (hresult 8badf00d)"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}
