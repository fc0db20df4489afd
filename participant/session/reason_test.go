package session

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"testing"
)

// reasonsInSource reads the constants from the source, so that a new one
// can't be left out.
func reasonsInSource(t *testing.T) map[string]Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]Reason)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s is no plain string", spec.Names[0])
		}
		word, err := strconv.Unquote(value.Value)
		if err != nil {
			t.Fatal(err)
		}
		all[spec.Names[0].Name] = Reason(word)
		return true
	})
	return all
}

func TestEveryReasonIsAShortWordOfItsOwn(t *testing.T) {
	all := reasonsInSource(t)
	if all["ReasonStopKey"] != ReasonStopKey || len(all) < 30 {
		t.Fatalf("got %d reasons: %v", len(all), all)
	}
	word := regexp.MustCompile(`^[a-z_]{1,32}$`)
	names := make(map[Reason]string)
	for name, r := range all {
		if other, taken := names[r]; taken {
			t.Errorf("%q is both %s and %s", r, name, other)
		}
		names[r] = name
		if r != ReasonNone && !word.MatchString(string(r)) {
			t.Errorf("%s: got %q, want at most 32 of a-z and _", name, r)
		}
	}
}
