package session

import (
	"slices"
	"strings"
)

// Grants is a set of rights. Its numbers travel; append only.
type Grants uint16

// The rights a person can give. The zero set allows nothing.
const (
	See          Grants = 1 << iota // see the shared screen
	Point                           // point and draw over it
	Control                         // use keyboard and pointer
	FilesIn                         // send files to this computer
	FilesOut                        // receive files from this computer
	ClipboardIn                     // write this computer's clipboard
	ClipboardOut                    // read this computer's clipboard
	Record                          // record the session
	Chat                            // write messages
)

// All is every right that exists in this version.
const All = See | Point | Control | FilesIn | FilesOut | ClipboardIn | ClipboardOut | Record | Chat

// Has reports whether every right of want is in g. No right is in no set.
func (g Grants) Has(want Grants) bool { return want != 0 && g&want == want }

// Each returns the rights of g one by one, in the order of their numbers.
func (g Grants) Each() []Grants {
	var out []Grants
	for bit := Grants(1); bit != 0; bit <<= 1 {
		if g&bit != 0 {
			out = append(out, bit)
		}
	}
	return out
}

// names are those of the rights, in the order of their numbers.
func names() []string {
	return []string{"see", "point", "control", "files_in", "files_out", "clipboard_in", "clipboard_out", "record", "chat"}
}

// Named returns the rights that have these names, or false when one has none.
func Named(words []string) (Grants, bool) {
	var g Grants
	for _, word := range words {
		i := slices.Index(names(), word)
		if i < 0 {
			return 0, false
		}
		g |= 1 << i
	}
	return g, true
}

// String names the rights for logs and tests; people read sentences from
// apps/ui.
func (g Grants) String() string {
	var out []string
	for i, name := range names() {
		if g&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	if g&^All != 0 {
		out = append(out, "unknown")
	}
	return strings.Join(out, "+")
}
