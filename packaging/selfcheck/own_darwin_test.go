package selfcheck

import (
	"errors"
	"testing"
)

// What the linker signs is whole and nobody's; on Intel it signs nothing.
func TestThisTestIsUnsigned(t *testing.T) {
	if _, err := own(); !errors.Is(err, ErrUnsigned) {
		t.Errorf("got %v, want %v", err, ErrUnsigned)
	}
}

// The requirement is one that macOS can read, and this test does not meet it.
func TestRequirementIsRead(t *testing.T) {
	f, err := loadFrameworks()
	if err != nil {
		t.Fatal(err)
	}
	for text, read := range map[string]bool{teamRequirement("MUSTER1234"): true, "anchor of nothing": false} {
		var requirement uintptr
		s := f.newText(0, text, utf8Encoding)
		got := f.require(s, 0, &requirement)
		f.release(s)
		if got == 0 {
			f.release(requirement)
		}
		if (got == 0) != read {
			t.Errorf("%s: got %d, want it read: %v", text, got, read)
		}
	}
	var code, static uintptr
	if s := f.self(0, &code); s != 0 {
		t.Fatal(systemError(s))
	}
	defer f.release(code)
	if s := f.static(code, 0, &static); s != 0 {
		t.Fatal(systemError(s))
	}
	defer f.release(static)
	if f.meets(static, teamRequirement("MUSTER1234")) {
		t.Error("nobody's program has a team")
	}
}
