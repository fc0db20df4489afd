#!/usr/bin/env bash
# Type-checks the whole tree, tests included, for the systems that nobody here
# runs, and for Linux without cgo. No C compiler is needed: Fyne's tag "ci"
# takes its driver in memory instead of OpenGL; its macOS files need "mobile"
# and "mac" for the same reason. The files that say "//go:build cgo" are
# checked where they are built: here, and for Windows by "make dist".
set -euo pipefail
cd "$(dirname "$0")/../.."

check() { # system/architecture tags packages…
  local target=$1 tags=$2
  shift 2
  GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet -tags "$tags" "$@"
  echo "ok  $target (type-checked, not run)"
}

check linux/amd64 ci,e2e ./...
check windows/amd64 ci,e2e ./...
check windows/arm64 ci,e2e ./...
check darwin/amd64 ci,e2e,mobile,mac ./...
check darwin/arm64 ci,e2e,mobile,mac ./...
# The web client decodes with the same code.
check js/wasm ci ./capture/codec
