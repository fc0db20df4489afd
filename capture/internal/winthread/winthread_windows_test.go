package winthread

import (
	"errors"
	"reflect"
	"testing"

	"golang.org/x/sys/windows"
)

func TestEverythingRunsOnOneThread(t *testing.T) {
	var ids []uint32
	here := func() error {
		ids = append(ids, windows.GetCurrentThreadId())
		return nil
	}
	thread, err := Start(here, func(*Message) {}, here)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := thread.Do(here); err != nil {
			t.Error(err)
		}
	}
	if err := thread.Close(); err != nil {
		t.Error(err)
	}
	if want := []uint32{thread.id, thread.id, thread.id, thread.id, thread.id}; !reflect.DeepEqual(ids, want) || thread.id == 0 {
		t.Errorf("got threads %v, want %v", ids, want)
	}
	if err := thread.Do(here); !errors.Is(err, ErrEnded) {
		t.Errorf("Do after Close: got %v, want ErrEnded", err)
	}
}

func TestWhatCannotBeOpenedIsClosed(t *testing.T) {
	wrong, closed := errors.New("wrong"), 0
	closing := func() error { closed++; return nil }
	if _, err := Start(func() error { return wrong }, func(*Message) {}, closing); !errors.Is(err, wrong) || closed != 1 {
		t.Errorf("got %v and closed %d times, want %v and once", err, closed, wrong)
	}
}

func TestMessagesAreHeard(t *testing.T) {
	const kind = 0x8001
	heard := make(chan Message, 1)
	thread, err := Start(func() error { return nil }, func(m *Message) { heard <- *m }, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := thread.api.postThreadMessage.Call(uintptr(thread.id), kind, 4, 5); ok == 0 {
		t.Fatal(err)
	}
	if m := <-heard; m.Kind != kind || m.W != 4 || m.L != 5 {
		t.Errorf("got %+v, want kind %#x with 4 and 5", m, kind)
	}
	wrong := errors.New("wrong")
	if err := thread.Do(func() error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v, want %v", err, wrong)
	}
	if err := thread.Close(); err != nil {
		t.Error(err)
	}
}
