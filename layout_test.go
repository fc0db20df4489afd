// Package lotse_test keeps the house in order: it reads the imports of every
// Go file in the tree, for all operating systems and build tags, and compares
// them with the layers the project promises. It compiles nothing and believes
// no build cache.
package lotse_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ours begins every import path of the house.
const ours = "lotse/"

// layer is a place in the order of the house: a package may use what has a
// lower rank, and its own group.
type layer struct {
	rank  int
	group string
}

const (
	rankCrypto = iota
	rankLeaf
	rankPackaging
	rankEdge
	rankParticipant
	rankMaster
	rankApps
	rankHouse
)

// layerOf returns the layer of a package of ours, or false if the house has no
// such room.
func layerOf(pkg string) (layer, bool) {
	dir := strings.TrimPrefix(pkg, ours)
	switch dir {
	case ".":
		return layer{rankHouse, dir}, true
	case "relay/wire", "capture", "packaging/profile", "packaging/icon":
		return layer{rankLeaf, pkg}, true
	}
	top, _, _ := strings.Cut(dir, "/")
	rank, ok := map[string]int{
		"crypto": rankCrypto, "packaging": rankPackaging, "relay": rankEdge, "capture": rankEdge,
		"participant": rankParticipant, "master": rankMaster, "apps": rankApps,
	}[top]
	return layer{rank, top}, ok
}

// homes says which folder an outside library lives in; everybody else has to
// go through that folder.
func homes() map[string]string {
	return map[string]string{
		"fyne.io/":                        "lotse/apps",
		"github.com/go-vgo/robotgo":       "lotse/capture/input",
		"github.com/kbinani/screenshot":   "lotse/capture/screen",
		"github.com/pion/":                "lotse/participant/link/direct",
		"github.com/pion/mediadevices":    "lotse/capture/video",
		"github.com/pion/turn":            "lotse/apps/benchrelay",
		"github.com/sassoftware/relic":    "lotse/packaging/sign",
		"github.com/ThalesGroup/crypto11": "lotse/packaging/sign",
		"github.com/miekg/pkcs11":         "lotse/packaging/sign",
		"software.sslmate.com/":           "lotse/packaging/sign",
		"github.com/digitorus/":           "lotse/packaging/signtest",
		"github.com/CycloneDX/":           "lotse/packaging/sbom",
		"github.com/nats-io/":             "lotse/relay/cluster",
		"github.com/Azure/go-ntlmssp":     "lotse/relay/dial",
		"github.com/alexbrainman/sspi":    "lotse/relay/dial",
		"database/sql":                    "lotse/relay/store",
		"modernc.org/sqlite":              "lotse/relay/store",
		"github.com/jackc/pgx":            "lotse/relay/store",
		"github.com/pressly/goose":        "lotse/relay/store",
	}
}

// homeOf returns the home of an outside package, by the longest name that it
// begins with, or nothing.
func homeOf(imported string) (home string) {
	longest := 0
	for lib, at := range homes() {
		if strings.HasPrefix(imported, lib) && len(lib) > longest {
			longest, home = len(lib), at
		}
	}
	return home
}

// leafMay is what crypto and the leaves use beside the standard library; precis
// prepares passwords (RFC 8265).
func leafMay() []string {
	return []string{
		"golang.org/x/crypto/", "golang.org/x/mod/", "golang.org/x/text/secure/precis/",
		"github.com/fxamacker/cbor/", "filippo.io/edwards25519/",
	}
}

// wall keeps one part of the house from another, however many packages lie
// between them.
type wall struct {
	from, never []string
	but         []string // doors in never that are open
	code        bool     // tests may climb it
	why         string
}

func walls() []wall {
	return []wall{
		{
			from: []string{"lotse/relay", "lotse/apps/relay"},
			never: []string{
				"lotse/apps/master", "lotse/apps/participant", "lotse/apps/ui", "lotse/participant", "lotse/master", "lotse/capture",
				"lotse/crypto/sframe", "lotse/crypto/handshake", "lotse/crypto/epoch",
			},
			why: "a relay cannot open a record",
		},
		{from: []string{"lotse/participant"}, never: []string{"lotse/master"}, why: "a participant does not know the moderator's code"},
		{
			from: []string{"lotse/participant", "lotse/apps/participant"}, never: []string{"lotse/relay"},
			but: []string{"lotse/relay/dial", "lotse/relay/tunnel", "lotse/relay/wire"}, code: true, // tests take a whole relay as their other end
			why: "a participant dials a relay and is none",
		},
		{
			from:  []string{"lotse/apps/master", "lotse/apps/participant", "lotse/apps/relay"},
			never: []string{"lotse/relay/relaytest", "lotse/capture/capturetest"}, code: true,
			why: "no program carries test doubles",
		},
		{
			from:  []string{"lotse/participant", "lotse/master", "lotse/capture", "lotse/apps/master", "lotse/apps/participant", "lotse/apps/ui"},
			never: []string{"lotse/packaging/sign", "lotse/packaging/signer", "lotse/packaging/pack"}, why: "no client carries a signing tool",
		},
		{
			from:  []string{"lotse/apps/packager", "lotse/packaging/pack", "lotse/packaging/release"},
			never: []string{"lotse/packaging/sign", "database/sql", "net/http"}, code: true,
			why: "lotse-pack opens no key for code and dials nobody",
		},
		{from: []string{"lotse/apps/relay", "lotse/relay"}, never: []string{"lotse/packaging/sign"}, why: "a relay carries no signing tool"},
		{
			from: []string{"lotse/apps/signer"}, never: []string{"lotse/participant", "lotse/master", "lotse/relay", "lotse/capture"},
			why: "lotse-sign signs and does nothing else",
		},
		{from: []string{"lotse/capture/codec"}, never: []string{"C", "unsafe"}, why: "what decodes a stranger's bytes is pure Go"},
	}
}

// tree is what the files import, by import path of the package, tests apart.
type tree struct {
	code, tests map[string][]string
}

// readTree reads the import lines of every Go file.
func readTree(files fs.FS) (tree, error) {
	t := tree{code: map[string][]string{}, tests: map[string][]string{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"out", "testdata", "node_modules"}, d.Name())):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		return t.readFile(files, name)
	})
	return t, err
}

func (t tree) readFile(files fs.FS, name string) error {
	source, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return err
	}
	into := t.code
	if strings.HasSuffix(name, "_test.go") {
		into = t.tests
	}
	pkg := ours + path.Dir(name)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		into[pkg] = append(into[pkg], imported)
	}
	// A package without imports is there too.
	into[pkg] = slices.Compact(slices.Sorted(slices.Values(into[pkg])))
	return nil
}

// breaches returns a sentence for everything that is out of order.
func (t tree) breaches() []string {
	var out []string
	for _, side := range []map[string][]string{t.code, t.tests} {
		for _, pkg := range slices.Sorted(maps.Keys(side)) {
			for _, imported := range side[pkg] {
				out = append(out, t.direct(pkg, imported)...)
			}
		}
	}
	for _, w := range walls() {
		out = append(out, t.climbers(w)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// direct checks one import line: its rank and its home.
func (t tree) direct(pkg, imported string) []string {
	here, ok := layerOf(pkg)
	if !ok {
		return []string{pkg + " has no place in the house"}
	}
	var out []string
	if strings.HasPrefix(imported, ours) {
		there, known := layerOf(imported)
		if !known {
			return []string{imported + " has no place in the house"}
		}
		if there.rank >= here.rank && there.group != here.group {
			out = append(out, pkg+" imports "+imported+": imports point down, never up or sideways")
		}
		return out
	}
	if home := homeOf(imported); home != "" && !under(pkg, home) {
		out = append(out, pkg+" imports "+imported+": its only home is "+home)
	}
	first, _, _ := strings.Cut(imported, "/")
	allowed := func(lib string) bool { return strings.HasPrefix(imported+"/", lib) }
	if here.rank <= rankLeaf && pkg != "lotse/packaging/icon" && strings.Contains(first, ".") && !slices.ContainsFunc(leafMay(), allowed) {
		out = append(out, pkg+" imports "+imported+": a leaf uses the standard library, x/crypto, x/mod and cbor")
	}
	return out
}

// climbers returns a way over the wall for every package that has one.
func (t tree) climbers(w wall) []string {
	sides := []map[string][]string{t.code, t.tests}
	if w.code {
		sides = sides[:1]
	}
	var out []string
	for _, side := range sides {
		for pkg, imports := range side {
			if !underAny(pkg, w.from) {
				continue
			}
			if way := t.way(imports, w, map[string]bool{pkg: true}); way != nil {
				out = append(out, pkg+" reaches "+strings.Join(way, " → ")+": "+w.why)
			}
		}
	}
	return out
}

// way returns the first way along the imports over the wall, or nil.
func (t tree) way(imports []string, w wall, seen map[string]bool) []string {
	for _, i := range imports {
		if underAny(i, w.never) && !underAny(i, w.but) {
			return []string{i}
		}
		if seen[i] || !strings.HasPrefix(i, ours) {
			continue
		}
		seen[i] = true
		if rest := t.way(t.code[i], w, seen); rest != nil {
			return append([]string{i}, rest...)
		}
	}
	return nil
}

// under reports whether pkg is parent or lies in a folder below it.
func under(pkg, parent string) bool { return pkg == parent || strings.HasPrefix(pkg, parent+"/") }

func underAny(pkg string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return under(pkg, p) })
}

// TestImportsPointDown reads the tree as it is.
func TestImportsPointDown(t *testing.T) {
	house, err := readTree(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"capture/codec", "crypto/secret", "participant/session", "relay/wire"} {
		if house.code[ours+must] == nil {
			t.Errorf("got no files in %s, want the whole tree", must)
		}
	}
	for _, b := range house.breaches() {
		t.Error(b)
	}
}
