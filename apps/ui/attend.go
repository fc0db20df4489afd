package ui

import (
	"runtime"

	"lotse/capture/input"
)

// attend brings everything in line with whether keys go to the other side now:
// its lock keys become ours, and the system's keys go there if they should.
func (v *ScreenView) attend() {
	v.grab.set(v.control && v.focused)
	if v.control && v.focused {
		v.lock(true)
	}
}

// turned tells of the lock keys when u may have turned one.
func (v *ScreenView) turned(u input.Usage) {
	if u == keyCapsLock || u == keyNumLock || u == keyScrollLock {
		v.lock(false)
	}
}

// lock tells the other side which lock keys are on here; afresh says that it
// may have others meanwhile.
func (v *ScreenView) lock(afresh bool) {
	if v.OwnLocks == nil {
		return
	}
	now, err := v.OwnLocks()
	if err != nil {
		return // each keyboard keeps its own
	}
	if runtime.GOOS == "darwin" {
		now |= input.NumLock // a Mac's keypad always writes digits
	}
	if !afresh && now == v.locks {
		return
	}
	v.locks, v.keyboard.moves = now, now&input.NumLock == 0
	v.keyboard.out.Locks(now)
}
