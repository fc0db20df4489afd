package keygrab

import "slices"

// Virtual key codes (Microsoft, "Virtual-Key Codes").
const (
	vkTab      = 0x09
	vkEscape   = 0x1B
	vkSpace    = 0x20
	vkSnapshot = 0x2C
	vkLeftWin  = 0x5B
	vkRightWin = 0x5C
	vkF4       = 0x73
	vkF11      = 0x7A

	vkLeftShift    = 0xA0
	vkLeftControl  = 0xA2
	vkRightControl = 0xA3
	vkLeftMenu     = 0xA4
	vkRightMenu    = 0xA5
)

// modifiers are the keys that others are pressed with, and their scan codes.
func modifiers() map[uint32]int {
	return map[uint32]int{
		vkLeftWin: 0x15B, vkRightWin: 0x15C, vkLeftShift: 0x2A, vkLeftShift + 1: 0x36,
		vkLeftControl: 0x1D, vkRightControl: 0x11D, vkLeftMenu: 0x38, vkRightMenu: 0x138,
	}
}

// press is a key as Windows tells of it.
type press struct {
	vk   uint32
	scan int
	down bool
}

// sieve decides which keys are kept. It knows what is held.
type sieve struct {
	modifiers map[uint32]int
	held      []uint32 // modifiers, in the order of pressing
	kept      []int    // scan codes of keys whose release is kept, too
}

func newSieve() *sieve { return &sieve{modifiers: modifiers()} }

// keep reports whether a key is kept, and with which modifiers it came.
func (s *sieve) keep(p press) (with []int, kept bool) {
	for _, vk := range s.held {
		if vk != p.vk {
			with = append(with, s.modifiers[vk])
		}
	}
	if _, is := s.modifiers[p.vk]; is {
		s.hold(p)
	}
	switch {
	case !p.down:
		i := slices.Index(s.kept, p.scan)
		if i < 0 {
			return nil, false
		}
		s.kept = slices.Delete(s.kept, i, i+1)
		return nil, true
	case slices.Contains(s.kept, p.scan):
		return with, true // it repeats
	case !s.systems(p.vk):
		return nil, false
	}
	s.kept = append(s.kept, p.scan)
	return with, true
}

func (s *sieve) hold(p press) {
	s.held = slices.DeleteFunc(s.held, func(vk uint32) bool { return vk == p.vk })
	if p.down {
		s.held = append(s.held, p.vk)
	}
}

// systems reports whether Windows acts on a key with what is held.
func (s *sieve) systems(vk uint32) bool {
	_, modifier := s.modifiers[vk]
	switch {
	case vk == vkF11:
		return false
	case vk == vkLeftWin, vk == vkRightWin, vk == vkSnapshot:
		return true
	case modifier:
		return false
	case s.any(vkLeftWin, vkRightWin):
		return true
	case s.alt():
		return vk == vkTab || vk == vkEscape || vk == vkSpace || vk == vkF4
	case s.any(vkLeftControl, vkRightControl):
		return vk == vkEscape
	}
	return false
}

// alt reports whether Alt is held. AltGr, which comes with a left Ctrl that
// nobody pressed, makes characters.
func (s *sieve) alt() bool {
	return s.any(vkLeftMenu) || s.any(vkRightMenu) && !s.any(vkLeftControl)
}

func (s *sieve) any(vks ...uint32) bool {
	return slices.ContainsFunc(vks, func(vk uint32) bool { return slices.Contains(s.held, vk) })
}
