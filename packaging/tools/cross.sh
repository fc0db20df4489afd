#!/usr/bin/env bash
# Type-checks the whole tree, tests included, for the systems that nobody here
# runs, and for Linux without cgo. No C compiler is needed for that: Fyne's tag
# "ci" takes its driver in memory instead of OpenGL; its macOS files need
# "mobile" and "mac" for the same reason. The programs' files that say
# "//go:build cgo" are checked for Windows at the end, with the C compiler and
# what "make build" has already compiled.
set -euo pipefail
cd "$(dirname "$0")/../.."

check() { # system/architecture tags packages…
  local target=$1 tags=$2
  shift 2
  GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet -tags "$tags" "$@"
  echo "ok  $target (type-checked, not run)"
}

check linux/amd64 ci,e2e,gallery ./...
check windows/amd64 ci,e2e,gallery ./...
check darwin/amd64 ci,e2e,gallery,mobile,mac ./...
check darwin/arm64 ci,e2e,gallery,mobile,mac ./...
# What decodes pictures has to run in a browser too.
check js/wasm ci ./capture/codec
packaging/tools/mingw.sh go vet -tags win,devprofile ./apps/...
echo "ok  windows/amd64 with cgo: apps (type-checked, not run)"
