package session

import (
	"slices"
	"testing"
)

func TestGrantsKeepTheirNumbersAndNames(t *testing.T) {
	for _, row := range []struct {
		g    Grants
		bit  Grants
		name string
	}{
		{See, 1, "see"},
		{Point, 2, "point"},
		{Control, 4, "control"},
		{FilesIn, 8, "files_in"},
		{FilesOut, 16, "files_out"},
		{ClipboardIn, 32, "clipboard_in"},
		{ClipboardOut, 64, "clipboard_out"},
		{Record, 128, "record"},
		{Chat, 256, "chat"},
		{0, 0, ""},
		{See | Chat, 257, "see+chat"},
		{See | 1<<9 | 1<<15, 0x8201, "see+unknown"},
	} {
		if row.g != row.bit || row.g.String() != row.name {
			t.Errorf("got %d %q, want %d %q", row.g, row.g, row.bit, row.name)
		}
	}
	if All != 511 {
		t.Errorf("all: got %d, want 511", All)
	}
}

func TestEachReturnsEveryRightOnce(t *testing.T) {
	for _, row := range []struct {
		g    Grants
		want []Grants
	}{
		{0, nil},
		{Control, []Grants{Control}},
		{All, []Grants{See, Point, Control, FilesIn, FilesOut, ClipboardIn, ClipboardOut, Record, Chat}},
		{1<<15 | See, []Grants{See, 1 << 15}},
	} {
		if got := row.g.Each(); !slices.Equal(got, row.want) {
			t.Errorf("%d: got %v, want %v", row.g, got, row.want)
		}
	}
}

func TestNoRightIsInNoSet(t *testing.T) {
	for _, g := range []Grants{0, See, All, 1 << 15} {
		if g.Has(0) {
			t.Errorf("%v has nothing: got true, want false", g)
		}
	}
}
