package signtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds a program of ours as it is handed out, without a C compiler: the
// customer's with Windows' own window, lotse-pack, or lotse-sign. It returns
// the file's name.
func Build(ctx context.Context, dir, system, app string) (string, error) {
	file := filepath.Join(dir, app+"-"+system)
	if system == "windows" {
		file += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-tags", "nogl", "-o", file, "lotse/apps/"+app) //nolint:gosec // of this tree
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64", "GOFLAGS=", "GOOS="+system)
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("signtest: build %s for %s: %w: %s", app, system, err, said)
	}
	return file, nil
}
