package input

import (
	"os"
	"testing"
)

func TestWatchdogLetsGoWhenTheProgramIsKilled(t *testing.T) {
	crash(t, os.Environ(), func() int {
		n := 0
		for _, vk := range []uintptr{0xA2, 0xA0, 'A', 0x01} { // left Ctrl, left Shift, A, left button
			if call(t, "GetAsyncKeyState", vk)&0x8000 != 0 {
				n++
			}
		}
		return n
	})
}
