package darwin

import (
	"crypto/sha1" //nolint:gosec // the older of the two lists has it; what counts is the other
	"crypto/sha256"
	"strings"
)

// codeResources lists the bundle's files with their hashes, as codesign writes
// them: "files" for systems before macOS 10.9.5, "files2" for all later ones.
// The program, Info.plist and the list itself are covered by the program's
// signature.
func codeResources(files map[string][]byte) ([]byte, error) {
	old, list := make(map[string]any), make(map[string]any)
	for name, content := range files {
		if !strings.HasPrefix(name, "Resources/") {
			continue
		}
		s1, s256 := sha1.Sum(content), sha256.Sum256(content) //nolint:gosec // as above
		entry := map[string]any{"hash2": s256[:]}
		if strings.Contains(name, ".lproj/") {
			entry["optional"] = true
			old[name] = map[string]any{"hash": s1[:], "optional": true}
		} else {
			old[name] = s1[:]
		}
		list[name] = entry
	}
	return encodePlist(map[string]any{"files": old, "files2": list, "rules": oldRules(), "rules2": rules()})
}

func weighed(weight float64, what ...string) map[string]any {
	rule := map[string]any{"weight": weight}
	for _, w := range what {
		rule[w] = true
	}
	return rule
}

// rules are codesign's own for a bundle: which files have to be in the list.
func rules() map[string]any {
	const nested, listed = 10, 20
	return map[string]any{
		`.*\.dSYM($|/)`:                          weighed(11),
		`^(.*/)?\.DS_Store$`:                     weighed(2000, "omit"),
		`^.*`:                                    true,
		`^Info\.plist$`:                          weighed(listed, "omit"),
		`^PkgInfo$`:                              weighed(listed, "omit"),
		`^Resources/`:                            weighed(listed),
		`^Resources/.*\.lproj/`:                  weighed(1000, "optional"),
		`^Resources/.*\.lproj/locversion.plist$`: weighed(1100, "omit"),
		`^Resources/Base\.lproj/`:                weighed(1010),
		`^[^/]+$`:                                weighed(nested, "nested"),
		`^embedded\.provisionprofile$`:           weighed(listed),
		`^version\.plist$`:                       weighed(listed),
		`^(Frameworks|SharedFrameworks|PlugIns|Plug-ins|XPCServices|Helpers|MacOS|Library/(Automator|Spotlight|LoginItems))/`: weighed(nested, "nested"),
	}
}

func oldRules() map[string]any {
	return map[string]any{
		`^Resources/`:                            true,
		`^Resources/.*\.lproj/`:                  weighed(1000, "optional"),
		`^Resources/.*\.lproj/locversion.plist$`: weighed(1100, "omit"),
		`^Resources/Base\.lproj/`:                weighed(1010),
		`^version.plist$`:                        true,
	}
}
