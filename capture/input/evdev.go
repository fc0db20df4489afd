package input

// evdevCodes returns the Linux key code of each usage, 0 where there is none
// (HID Usage Tables 1.5, section 10; Linux, input-event-codes.h). The power
// key and its kin are left out: nobody needs them from afar.
func evdevCodes() [lastUsage + 1]uint8 {
	return [lastUsage + 1]uint8{
		0x04: 30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, // A … M
		0x11: 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44, // N … Z
		0x1E: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, // 1 … 0
		0x28: 28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53, 58, // Enter … Caps Lock
		0x3A: 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, // F1 … F10
		0x45: 88, 99, 70, 119, // F12, Print, Scroll Lock, Pause
		0x49: 110, 102, 104, 111, 107, 109, 106, 105, 108, 103, // Insert … Up
		0x53: 69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, // keypad
		0x64: 86, 127, // beside the left Shift, Menu
		0x67: 117, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194, // keypad =, F13 … F24
		0x7F: 113, 115, 114, // mute, louder, quieter
		0x85: 121,                 // keypad comma
		0x87: 89, 93, 124, 92, 94, // Japanese keys
		0x90: 122, 123, // Korean keys
		0xE0: 29, 42, 56, 125, 97, 54, 100, 126, // modifiers
	}
}
