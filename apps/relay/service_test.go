package main

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestServiceAndContainerStartWhatServeTakes reads the arguments in both files.
func TestServiceAndContainerStartWhatServeTakes(t *testing.T) {
	unit, err := os.ReadFile("../../packaging/linux/lotse-relay.service")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^ExecStart=\S+/lotse-relay (.*)$`).FindSubmatch(unit)
	if m == nil {
		t.Fatal("the unit starts no lotse-relay")
	}
	service := strings.Fields(string(m[1]))
	file, err := os.ReadFile("../../packaging/container/Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	m = regexp.MustCompile(`(?m)^CMD (\[.*\])$`).FindSubmatch(file)
	if m == nil {
		t.Fatal("the container starts nothing")
	}
	var container []string
	if err := json.Unmarshal(m[1], &container); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		state  string
		listen []string
	}{
		{service, "/var/lib/lotse-relay", []string{":5000", ":443", ":80"}},
		{container, "/state", []string{":5000", ":5443", ":5080"}},
	} {
		o, err := parseServe(c.args[1:], std{out: io.Discard, err: io.Discard})
		if err != nil || c.args[0] != "serve" || o.state != c.state || !slices.Equal(o.listen, c.listen) {
			t.Errorf("got %q, %+v, %v, want a relay in %s on %q", c.args[0], o, err, c.state, c.listen)
		}
	}
}
