//go:build linux

package main

import (
	"bytes"
	"fmt"
)

// goal is what a figure is measured for, and whether it was met in this run.
type goal struct {
	what, want, got string
	met             bool
}

// meets notes a figure beside its goal.
func (b *bench) meets(met bool, what, want, format string, a ...any) {
	b.goals = append(b.goals, goal{what, want, fmt.Sprintf(format, a...), met})
}

// goalTable is what a reader sees first. Figures of a machine that does other
// things too are worth less than the ratios beside them.
func (b *bench) goalTable() []byte {
	if len(b.goals) == 0 {
		return nil
	}
	var out bytes.Buffer
	fmt.Fprintln(&out, "| measured | goal | this run | |\n|---|---:|---:|---|")
	missed := 0
	for _, g := range b.goals {
		word := "met"
		if !g.met {
			word = "**missed**"
			missed++
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", g.what, g.want, g.got, word)
	}
	fmt.Fprintf(&out, "\n%d of %d goals met. How long nothing arrives after a relay was killed or hung, and what loss does, make test-net and make e2e say.\n",
		len(b.goals)-missed, len(b.goals))
	return out.Bytes()
}
