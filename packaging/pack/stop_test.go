//go:build linux

package pack

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"lotse/packaging/signtest"
)

// What ends a job of a build machine is no keyboard: the real programs are told
// to end while the time-stamping authority lets them wait.
func TestProgramsThatAreEndedLeaveNothing(t *testing.T) {
	o := newOffice(t)
	var tools [2]string
	for i, app := range []string{"packager", "signer"} {
		var err error
		if tools[i], err = signtest.Build(t.Context(), t.TempDir(), "linux", app); err != nil {
			t.Fatal(err)
		}
	}
	asked := make(chan struct{}, 1)
	gone := make(chan struct{})
	stalled := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	}))
	defer stalled.Close()
	defer close(gone)
	args := o.make("-out", o.path("out.exe"))
	args[slices.Index(args, "-stamp")+1], args[slices.Index(args, "-signer")+1] = stalled.URL, tools[1]
	cmd := exec.CommandContext(t.Context(), tools[0], args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() < 1 {
		t.Errorf("got %v, want an exit code of its own", err)
	}
	left, err := filepath.Glob(o.path("*out.exe*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
