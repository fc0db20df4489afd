package input

import (
	"image"
	"testing"
	"time"
)

func TestMacHasEveryKeyOfItsOwnKeyboard(t *testing.T) {
	codes := macCodes()
	seen := make(map[uint16][]Usage)
	for u, code := range codes {
		if code != noMacKey {
			seen[code] = append(seen[code], Usage(u))
		}
	}
	// Two keys of a PC are one of a Mac: the backslash, and F13 to F15.
	twice := map[uint16][2]Usage{0x2A: {0x31, 0x32}, 0x69: {0x46, 0x68}, 0x6B: {0x47, 0x69}, 0x71: {0x48, 0x6A}}
	for code, all := range seen {
		if both, ok := twice[code]; ok && len(all) == 2 && [2]Usage(all) == both {
			continue
		}
		if len(all) != 1 {
			t.Errorf("code %#x: got usages %#x, want one", code, all)
		}
	}
	for u, code := range evdevCodes() {
		base := u >= 0x04 && u <= 0x65 && Usage(u) != StopKey || u >= 0xE0
		if code != 0 && base && codes[u] == noMacKey {
			t.Errorf("usage %#x has no code", u)
		}
	}
	if codes[StopKey] != noMacKey || codes[0] != noMacKey || codes[0x04] != 0 {
		t.Errorf("got %#x for the stop key, %#x for none, %#x for A", codes[StopKey], codes[0], codes[0x04])
	}
}

func TestFlagsOfHeldModifiersAreTheirOwn(t *testing.T) {
	held := map[Usage]bool{0xE0: true, 0xE5: true, 0xE7: true, 0xE2: false, 0x04: true}
	const want = 1<<18 | 0x1 | 1<<17 | 0x4 | 1<<20 | 0x10
	if got := macFlags(held); got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}

func TestClicksInARowAreCounted(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var c clicks
	for i, row := range []struct {
		b     Button
		at    image.Point
		after time.Duration
		want  int64
	}{
		{Left, image.Pt(10, 10), 0, 1},
		{Left, image.Pt(14, 6), 500 * time.Millisecond, 2},
		{Left, image.Pt(14, 6), 200 * time.Millisecond, 3},
		{Left, image.Pt(14, 6), 501 * time.Millisecond, 1},
		{Right, image.Pt(14, 6), 1, 1},
		{Left, image.Pt(14, 6), 1, 1},
		{Left, image.Pt(19, 6), 1, 1},
	} {
		now = now.Add(row.after)
		if got := c.press(row.b, row.at, now); got != row.want {
			t.Errorf("press %d: got %d, want %d", i, got, row.want)
		}
	}
}
