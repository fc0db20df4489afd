package ui

// x11Shift is what X11 adds to the kernel's key codes.
const x11Shift = 8

// systemScanCodes are X11 key codes on Linux.
func systemScanCodes() scanTable {
	more := scanTable{
		89: 0x87, 92: 0x8A, 93: 0x88, 94: 0x8B, 124: 0x89, // Japanese keys
		96: 0x58, 97: 0xE4, 98: 0x54, 99: 0x46, 100: 0xE6, // keypad Enter, Ctrl, keypad /, Print, AltGr
		102: 0x4A, 103: 0x52, 104: 0x4B, 105: 0x50, 106: 0x4F, 107: 0x4D, 108: 0x51, 109: 0x4E, // Home … Page Down
		110: 0x49, 111: 0x4C, 117: 0x67, 119: 0x48, 125: 0xE3, 126: 0xE7, 127: 0x65, // Insert … Menu
		183: 0x68, 184: 0x69, 185: 0x6A, 186: 0x6B, 187: 0x6C, 188: 0x6D, // F13 … F18
		189: 0x6E, 190: 0x6F, 191: 0x70, 192: 0x71, 193: 0x72, 194: 0x73, // F19 … F24
	}
	shifted := make(scanTable, len(more))
	for code, u := range more {
		shifted[code+x11Shift] = u
	}
	return newScanTable(x11Shift, shifted)
}
