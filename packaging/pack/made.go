package pack

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"lotse/packaging/verify"
)

// step is one part of the work and how long it took.
type step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// timer tells a person how far it is.
type timer struct {
	c     *call
	began time.Time
	steps []step
}

func (c *call) timer() *timer { return &timer{c: c, began: time.Now()} }

func (t *timer) done(name string) {
	took := time.Since(t.began).Seconds()
	t.steps = append(t.steps, step{name, took})
	t.c.progress("%-8s %6.2f s", name, took)
	t.began = time.Now()
}

// made is what make and sign print.
type made struct {
	File    string  `json:"file"`
	Size    int     `json:"size"`
	SHA256  string  `json:"sha256"`
	Version string  `json:"version"`
	Signer  string  `json:"signer,omitempty"`
	SPKI    string  `json:"spki,omitempty"`
	Stamped string  `json:"stamped,omitempty"`
	Profile summary `json:"profile"`
	Steps   []step  `json:"steps,omitempty"`
}

func madeOf(file string, r verify.Report, steps []step) made {
	m := made{File: file, Size: r.Size, SHA256: hex.EncodeToString(r.SHA256[:]), Version: r.Version, Profile: summaryOf(r.Profile), Steps: steps}
	if s := r.Signature; s.Signer != nil {
		m.Signer, m.SPKI = s.Signer.Subject.String(), hex.EncodeToString(s.SPKI[:])
		if !s.Time.IsZero() {
			m.Stamped = s.Time.UTC().Format(time.RFC3339)
		}
	}
	return m
}

func (m made) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  version  %s\n  profile  %s\n", m.File, m.Version, m.Profile.line())
	if m.Signer != "" {
		fmt.Fprintf(&b, "  signer   %s\n  spki     %s\n", m.Signer, m.SPKI)
	} else {
		b.WriteString("  signer   nobody\n")
	}
	if m.Stamped != "" {
		fmt.Fprintf(&b, "  stamped  %s\n", m.Stamped)
	}
	fmt.Fprintf(&b, "  sha256   %s\n", m.SHA256)
	return b.String()
}
