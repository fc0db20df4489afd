//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"lotse/apps/stage"
	"lotse/apps/ui"
)

// warm is how long the programs may take to reach their size: caches, the
// garbage collector's rhythm and the toolkit's textures.
const warm = 2 * time.Minute

// TestFilmDoesNotFillMemory shares a screen on which a film plays, for as long
// as LOTSE_SOAK says (make soak), and watches how large the programs are.
func TestFilmDoesNotFillMemory(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("LOTSE_SOAK"))
	if err != nil {
		t.Skip("LOTSE_SOAK says how long, at least 8m: make soak SOAK=1h")
	}
	s := set(t, stage.Scene{Text: "film\n"})
	code, err := s.Code(t.Context())
	must(t, err)
	must(t, s.TypeCode(t.Context(), code))
	must(t, s.Moderator.Press(t.Context(), "Admit", ui.FillAllow, 0))
	must(t, s.Ask(t.Context(), "Ask to see"))
	must(t, s.Allow(t.Context()))
	must(t, s.Settle(t.Context()))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	over := make(chan error, 1)
	go func() {
		shown, err := s.Customer.PlayFilm(ctx, image.Rect(20, 20, 20+960, 20+540))
		t.Logf("the film showed %d pictures", shown)
		over <- err
	}()
	programs := map[string]int{"participant": s.Customer.PID(), "master": s.Moderator.PID(), "relay": s.Relay.PID()}
	sizes := watchMemory(t, programs, length)
	must(t, s.Pictures(pictures, "soak"))
	cancel()
	must(t, <-over)
	for name, kib := range sizes {
		early, late := kib[len(kib)/4:len(kib)/2], kib[len(kib)*3/4:]
		t.Logf("%s: %d MiB at first, at most %d MiB in the second quarter, %d MiB in the last",
			name, kib[0]>>10, slices.Max(early)>>10, slices.Max(late)>>10)
		if slices.Max(late)*100 > slices.Max(early)*110 {
			t.Errorf("%s grew by more than a tenth: %v KiB", name, kib)
		}
	}
}

// watchMemory returns the resident size of each program in KiB, every tenth
// of a minute after they are warm.
func watchMemory(t *testing.T, programs map[string]int, length time.Duration) map[string][]int {
	t.Helper()
	tick := time.NewTicker(6 * time.Second)
	defer tick.Stop()
	out := map[string][]int{}
	for began := time.Now(); time.Since(began) < length; <-tick.C {
		for name, pid := range programs {
			kib, err := resident(pid)
			must(t, err)
			if time.Since(began) > warm {
				out[name] = append(out[name], kib)
			}
		}
	}
	return out
}

// resident reads VmRSS of a process in KiB (proc_pid_status(5)).
func resident(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(b, []byte("VmRSS:"))
	if !found {
		return 0, fmt.Errorf("no VmRSS of %d", pid)
	}
	return strconv.Atoi(string(bytes.Fields(rest)[0]))
}
