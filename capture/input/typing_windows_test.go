package input

import (
	"strings"
	"testing"
	"time"
)

// mixed are the kinds of characters that people mix: one and two units of
// UTF-16, marks, other alphabets.
const mixed = "Größe: 12 €, çÇ ğş ıİ åø ñã 中文 日本 Жук λόγος 😀👍🏽 {[@]}~ "

// counted counts what reaches the system: each Text is one SendInput.
type counted struct {
	Injector

	calls int
}

func (c *counted) Text(s string) error {
	c.calls++
	return c.Injector.Text(s)
}

func TestFiveHundredCharactersAreTypedAtOnce(t *testing.T) {
	field := notepad(t)
	inj, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	c := &counted{Injector: inj}
	g := NewGuard(c)
	t.Cleanup(func() { g.Stop(); _ = inj.Close() })
	ready(t, g, field)
	text := []rune(strings.Repeat(mixed, 10))[:500]
	var best time.Duration
	for range 3 {
		if err := byLetter(g, 'a'); err != nil {
			t.Fatal(err)
		}
		c.calls = 0
		begin := time.Now()
		if err := g.Text(string(text)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); best == 0 || took < best {
			best = took
		}
		reads(t, field, string(text))
	}
	t.Logf("%d characters in %v, %d calls of SendInput", len(text), best, c.calls)
	// A generous bound: 500 characters in less than 100 ms on a free machine.
	const late = time.Second
	if c.calls != len(text) || best > late {
		t.Errorf("got %v and %d calls, want less than %v and %d calls: Stop cuts in between", best, c.calls, late, len(text))
	}
	empty(t, field)
}
