#!/usr/bin/env bash
# Says plainly when Go is missing or too old, before a compiler says it with a
# hundred lines. Silent when all is well.
set -euo pipefail

# go.mod names the oldest Go that works.
need=$(sed -n 's/^go 1\.\([0-9]*\).*/\1/p' "$(dirname "$0")/../../go.mod")

version=$(go env GOVERSION 2>/dev/null || true)
minor=${version#go1.}
minor=${minor%%[!0-9]*}
if [[ $version != go1.* || -z $minor || $minor -lt $need ]]; then
  echo "Lotse needs Go 1.$need or newer; found ${version:-none}. See https://go.dev/dl" >&2
  exit 1
fi
