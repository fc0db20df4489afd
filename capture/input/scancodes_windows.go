package input

// extended marks scan codes with the prefix E0.
const extended = 0x100

// The virtual keys that text and the keys below need (Microsoft, "Virtual-Key
// Codes").
const (
	vkTab    = 0x09
	vkReturn = 0x0D
)

// scanCodes returns the scan code (set 1) of each usage, 0 where there is none
// (Microsoft, "USB HID to PS/2 Scan Code Translation Table"). Up to 0x58 they
// are the Linux key codes, which were taken from them.
func scanCodes() [lastUsage + 1]uint16 {
	t := [lastUsage + 1]uint16{
		0x49: 0x152, 0x147, 0x149, 0x153, 0x14F, 0x151, 0x14D, 0x14B, 0x150, 0x148, // Insert … Up
		0x54: 0x135, 0x58: 0x11C, // keypad /, Enter
		0x65: 0x15D,                                                                  // Menu
		0x67: 0x59,                                                                   // keypad =
		0x68: 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x76, // F13 … F24
		0x85: 0x7E,                         // keypad comma
		0x87: 0x73, 0x70, 0x7D, 0x79, 0x7B, // Japanese keys
		0xE3: 0x15B, 0x11D, 0x36, 0x138, 0x15C, // right Ctrl, Shift, Alt and both Windows keys
	}
	for u, code := range evdevCodes() {
		if t[u] == 0 && code <= 0x58 {
			t[u] = uint16(code)
		}
	}
	return t
}

// virtualKeys returns the keys that are pressed by their virtual key, since
// not every layout has their scan code, or it means another key as well.
func virtualKeys() map[Usage]uint16 {
	keys := map[Usage]uint16{
		0x46: 0x2C, 0x48: 0x13, 0x53: 0x90, // Print, Pause, Num Lock
		0x7F: 0xAD, 0x80: 0xAF, 0x81: 0xAE, // mute, louder, quieter
		0x90: 0x15, 0x91: 0x19, // Hangul, Hanja
	}
	const f13, f24, vkF13 = 0x68, 0x73, 0x7C
	for u := Usage(f13); u <= f24; u++ {
		keys[u] = vkF13 + uint16(u-f13)
	}
	return keys
}
