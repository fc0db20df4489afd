#!/usr/bin/env bash
# Builds files in two other folders, from what is committed, and compares:
#
#   packaging/tools/twice.sh out/templates/lotse-master.exe …
#
# The folders have names of different lengths: a path in a program would show.
# Go's cache is shared, so the second build takes seconds.
set -euo pipefail

root=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
first=$work/a
second=$work/another-folder/with-a-longer-name
finish() {
  git -C "$root" worktree remove --force "$first" 2>/dev/null || true
  git -C "$root" worktree remove --force "$second" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
for dir in "$first" "$second"; do
  git -C "$root" worktree add --quiet --detach "$dir" HEAD
  began=$SECONDS
  make --no-print-directory -s -C "$dir" "$@"
  echo "built in ${dir#"$work/"}: $((SECONDS - began)) s"
done
failed=0
for file in "$@"; do
  if cmp -s "$first/$file" "$second/$file"; then
    echo "same  $(sha256sum "$first/$file" | cut -c1-64)  $file"
  else
    echo "DIFFERENT  $file" >&2
    failed=1
  fi
done
exit "$failed"
