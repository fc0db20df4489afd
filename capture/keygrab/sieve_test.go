package keygrab

import (
	"reflect"
	"testing"
)

// said is what became of a press.
type said struct {
	with []int
	kept bool
}

func TestKeysOfTheSystemAreKeptAndAllOthersPass(t *testing.T) {
	const (
		e, tab, escape, f4, f11, printScreen, del = 0x12, 0x0F, 0x01, 0x3E, 0x57, 0x137, 0x153
		win, alt, altGr, ctrl, shift              = 0x15B, 0x38, 0x138, 0x1D, 0x2A
	)
	for _, c := range []struct {
		name    string
		presses []press
		want    []said
	}{
		{"a letter", []press{{'E', e, true}, {'E', e, false}}, []said{{}, {}}},
		{"the Windows key", []press{{vkLeftWin, win, true}, {vkLeftWin, win, false}}, []said{{kept: true}, {kept: true}}},
		{"the Windows key with a letter that goes up later", []press{
			{vkLeftWin, win, true}, {'E', e, true}, {'E', e, true}, {vkLeftWin, win, false}, {'E', e, false}, {'E', e, true},
		}, []said{{kept: true}, {[]int{win}, true}, {[]int{win}, true}, {kept: true}, {kept: true}, {}}},
		{"Alt+Tab, twice, back and forth", []press{
			{vkLeftMenu, alt, true},
			{vkTab, tab, true},
			{vkTab, tab, false},
			{vkLeftShift, shift, true},
			{vkTab, tab, true},
			{vkTab, tab, false},
			{vkLeftShift, shift, false},
			{vkLeftMenu, alt, false},
			{vkTab, tab, true},
		}, []said{{}, {[]int{alt}, true}, {kept: true}, {}, {[]int{alt, shift}, true}, {kept: true}, {}, {}, {}}},
		{"Alt+F4 and Alt+E", []press{{vkLeftMenu, alt, true}, {vkF4, f4, true}, {'E', e, true}}, []said{{}, {[]int{alt}, true}, {}}},
		{"AltGr makes characters", []press{
			{vkLeftControl, ctrl, true}, {vkRightMenu, altGr, true}, {vkTab, tab, true}, {'E', e, true},
		}, []said{{}, {}, {}, {}}},
		{"right Alt of a layout without AltGr", []press{{vkRightMenu, altGr, true}, {vkTab, tab, true}}, []said{{}, {[]int{altGr}, true}}},
		{"Ctrl+Esc and Ctrl+E", []press{{vkLeftControl, ctrl, true}, {vkEscape, escape, true}, {'E', e, true}}, []said{{}, {[]int{ctrl}, true}, {}}},
		{"Ctrl+Shift+Esc", []press{{vkLeftControl, ctrl, true}, {vkLeftShift, shift, true}, {vkEscape, escape, true}}, []said{{}, {}, {[]int{ctrl, shift}, true}}},
		{"Esc alone", []press{{vkEscape, escape, true}, {vkEscape, escape, false}}, []said{{}, {}}},
		{"Print Screen", []press{{vkSnapshot, printScreen, true}, {vkSnapshot, printScreen, false}}, []said{{kept: true}, {kept: true}}},
		{"F11 with everything", []press{
			{vkF11, f11, true}, {vkLeftWin, win, true}, {vkLeftMenu, alt, true}, {vkF11, f11, true}, {vkF11, f11, false},
		}, []said{{}, {kept: true}, {}, {}, {}}},
		{"Ctrl+Alt+Del is Windows' own", []press{{vkLeftControl, ctrl, true}, {vkLeftMenu, alt, true}, {0x2E, del, true}}, []said{{}, {}, {}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSieve()
			var got []said
			for _, p := range c.presses {
				with, kept := s.keep(p)
				got = append(got, said{with, kept})
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %v\nwant %v", got, c.want)
			}
		})
	}
}
