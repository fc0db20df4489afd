//go:build !windows

package words

import "os"

// systemLocale reads the locale in the order in which POSIX lets one variable
// overrule the other (XBD 8.2).
func systemLocale() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return ""
}
