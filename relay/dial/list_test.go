package dial

import (
	"strings"
	"testing"

	"lotse/packaging/profile"
)

func TestListGoesOnFromTheLastRelay(t *testing.T) {
	list := []profile.Relay{{Addr: "a:1"}, {Addr: "b:1"}, {Addr: "c:1"}}
	names := func(l []profile.Relay) string {
		var s strings.Builder
		for _, r := range l {
			s.WriteString(r.Addr[:1])
		}
		return s.String()
	}
	for last, want := range map[string]string{"": "abc", "a:1": "abc", "b:1": "bca", "c:1": "cab", "d:1": "abc"} {
		if got := names(From(list, last)); got != want {
			t.Errorf("last %q: got %s, want %s", last, got, want)
		}
	}
	for addr, want := range map[string]string{"": "abc", "a:1": "bc", "b:1": "ac", "c:1": "ab"} {
		if got := names(Without(list, addr)); got != want {
			t.Errorf("without %q: got %s, want %s", addr, got, want)
		}
	}
	if got := names(list); got != "abc" {
		t.Errorf("the list itself became %s", got)
	}
}
