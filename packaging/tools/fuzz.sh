#!/usr/bin/env bash
# Runs every fuzz target of the tree, one after another, each for FUZZTIME
# (60s unless set), and stops at the first that fails. Go leaves the input
# that broke it under testdata/fuzz beside the test: commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/../.."

time=${FUZZTIME:-60s}
targets=$(grep -rEoH --include='*_test.go' --exclude-dir=out '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func /:/' | sort)
if [ -z "$targets" ]; then
  echo "fuzz.sh: found no fuzz target" >&2
  exit 1
fi
while IFS=: read -r file name; do
  echo "== $name in ${file%/*} for $time"
  go test -run '^$' -fuzz "^$name\$" -fuzzminimizetime 10x -fuzztime "$time" "${file%/*}" </dev/null
done <<<"$targets"
echo "fuzz.sh: $(wc -l <<<"$targets") targets, $time each, no failure"
