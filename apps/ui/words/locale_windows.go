package words

import "golang.org/x/sys/windows"

// langGerman is the primary language identifier of German in every country;
// the low ten bits of a language identifier are the primary language.
const (
	langGerman      = 0x07
	primaryLangMask = 0x3ff
)

// systemLocale asks Windows for the language of its own windows.
func systemLocale() string {
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetUserDefaultUILanguage")
	if proc.Find() != nil {
		return ""
	}
	id, _, _ := proc.Call()
	if id&primaryLangMask == langGerman {
		return "de"
	}
	return "en"
}
