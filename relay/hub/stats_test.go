package hub

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lotse/relay/wire"
)

// TestEveryReasonIsListed reads this package: whatever is dropped or denied for
// a reason has it in Drops or Denials, and so in the metrics.
func TestEveryReasonIsListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lost := regexp.MustCompile(`(?:lost\{|Drop\{[^{}]*, )(wire\.Reason\w+|reasonNobody)`)
	denied := regexp.MustCompile(`(?:DeniedError\{Reason: |stats\.deny\()(wire\.Reason\w+)`)
	var drops, denials []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "stats.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range lost.FindAllSubmatch(text, -1) {
			drops = append(drops, string(m[1]))
		}
		for _, m := range denied.FindAllSubmatch(text, -1) {
			denials = append(denials, string(m[1]))
		}
	}
	named := map[string]wire.Reason{
		"wire.ReasonOverflow": wire.ReasonOverflow, "wire.ReasonSlow": wire.ReasonSlow, "wire.ReasonThrottled": wire.ReasonThrottled,
		"reasonNobody": reasonNobody, "wire.ReasonLicence": wire.ReasonLicence, "wire.ReasonRoomFull": wire.ReasonRoomFull,
		"wire.ReasonNumberTaken": wire.ReasonNumberTaken, "wire.ReasonUpgrade": wire.ReasonUpgrade, "wire.ReasonUnknownSession": wire.ReasonUnknownSession,
		"wire.ReasonStandby": wire.ReasonStandby, "wire.ReasonStandbyFull": wire.ReasonStandbyFull,
	}
	for _, name := range drops {
		if why, ok := named[name]; !ok || !slices.ContainsFunc(Drops(), func(d Drop) bool { return d.Reason == why }) {
			t.Errorf("%s is no reason in Drops", name)
		}
	}
	for _, name := range denials {
		if why, ok := named[name]; !ok || !slices.Contains(Denials(), why) {
			t.Errorf("%s is no reason in Denials", name)
		}
	}
	if len(drops) < 6 || len(denials) < 6 {
		t.Errorf("found %q and %q, want all there are", drops, denials)
	}
}

// TestFramesForNobodyAreCounted sends to somebody who is not there.
func TestFramesForNobodyAreCounted(t *testing.T) {
	onStage(t, Config{}, func(s *stage) {
		m, p := met(s, wire.Open{Digits: 6})
		f := record(99, "hello")
		f.Flags |= wire.Flags(wire.LaneInput)
		m.send(f)
		m.send(record(p.ticket.Conn, "to somebody who is there"))
		p.expect(fmt.Sprintf("%d from 1: to somebody who is there", wire.Record))
		if got, want := s.server.Stats().Dropped[Drop{wire.LaneInput, reasonNobody}], uint64(1); got != want {
			s.t.Errorf("got %d, want %d", got, want)
		}
	})
}
