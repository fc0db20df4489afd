package lotse_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestProgramsCarryOnlyTheirOwn asks go what each program is built from, all
// libraries of libraries included: what signs is in lotse-sign alone, and SQL
// in the relay alone.
func TestProgramsCarryOnlyTheirOwn(t *testing.T) {
	signing := []string{"github.com/sassoftware/", "github.com/ThalesGroup/", "github.com/miekg/", "software.sslmate.com/", "lotse/packaging/sign"}
	sql := []string{"database/sql", "modernc.org/sqlite", "github.com/jackc/"} // not database/sql/driver, which is a few interfaces
	tests := []string{"github.com/digitorus/", "lotse/packaging/signtest", "testing"}
	for _, program := range []struct {
		app, system, cgo, tags string
		never                  [][]string
	}{
		{"master", "windows", "1", "win", [][]string{signing, sql, tests}}, // its built-in relay keeps licences nowhere
		{"participant", "windows", "1", "win", [][]string{signing, sql, tests}},
		{"participant", "windows", "0", "nogl", [][]string{signing, sql, tests, {"fyne.io/"}}},
		{"master", "linux", "1", "", [][]string{signing, sql, tests}},
		{"participant", "linux", "1", "", [][]string{signing, sql, tests}},
		{"master", "darwin", "1", "", [][]string{signing, sql, tests}},
		{"participant", "darwin", "1", "", [][]string{signing, sql, tests}},
		{"relay", "linux", "0", "", [][]string{signing, tests}},
		{"packager", "linux", "0", "", [][]string{signing, sql, tests, {"net/http"}}},
		{"signer", "linux", "1", "", [][]string{sql, tests, {"lotse/participant", "lotse/relay", "fyne.io/"}}},
	} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", program.tags, "./apps/"+program.app)
		list.Env = append(os.Environ(), "GOOS="+program.system, "GOARCH=amd64", "CGO_ENABLED="+program.cgo, "GOFLAGS=")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("%s: %v", program.app, err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, "lotse/apps/"+program.app) {
			t.Fatalf("%s: got %d packages, want the program among them", program.app, len(deps))
		}
		for _, d := range deps {
			for _, never := range slices.Concat(program.never...) {
				if d == never || strings.HasPrefix(d, never+"/") && never != "database/sql" || strings.HasSuffix(never, "/") && strings.HasPrefix(d, never) {
					t.Errorf("%s for %s carries %s", program.app, program.system, d)
				}
			}
		}
	}
}
