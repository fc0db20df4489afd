#!/usr/bin/env bash
# Runs golangci-lint, in the one version whose findings this tree is clean of:
#
#   packaging/tools/golangci.sh run ./...
#
# A copy on the PATH or in GOPATH/bin is taken if it is that version. If there
# is none, it is built from source into out/tools/bin, once, in about two
# minutes; the lock lets a second caller wait instead of building too.
set -euo pipefail

version=v2.15.0
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=$top/out/tools/bin

find_linter() {
  local c
  for c in "$bin/golangci-lint" "$(command -v golangci-lint || true)" "$(go env GOPATH)/bin/golangci-lint"; do
    if [ -x "$c" ] && [ "v$("$c" version --short 2>/dev/null | sed 's/^v//')" = "$version" ]; then
      echo "$c"
      return
    fi
  done
}

linter=$(find_linter)
if [ -z "$linter" ]; then
  mkdir -p "$bin"
  exec 9>"$bin/.lock"
  flock 9
  linter=$(find_linter)
  if [ -z "$linter" ]; then
    echo "golangci.sh: building golangci-lint $version" >&2
    # Away from this module: its choice of versions is not the linter's.
    (cd / && GOFLAGS='' GOBIN=$bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version")
    linter=$bin/golangci-lint
  fi
  exec 9>&-
fi
cd "$top"
exec "$linter" "$@"
