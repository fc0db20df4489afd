#!/usr/bin/env bash
# Runs the unit tests that only Windows has, cross-compiled, in a copy of the
# Wine prefix and on an X server of its own:
#
#   packaging/windows/unit.sh out/wine ./capture/... ./apps/ui/plain
#
# Packages without a file for Windows only are left out: Linux runs the rest.
set -euo pipefail

prefix=$(realpath "$1")
shift
root=$PWD
work=$(mktemp -d)
mkfifo "$work/display"
Xvfb -displayfd 5 -screen 0 1280x900x24 -nolisten tcp 5>"$work/display" 2>/dev/null &
xvfb=$!
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d" TMPDIR=$work
finish() {
  wineserver -k 2>/dev/null || true
  kill "$xvfb" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
read -r -t 30 number <"$work/display" || { echo "unit: Xvfb did not start" >&2; exit 1; }
export DISPLAY=:$number
cp -a --reflink=auto "$prefix" "$WINEPREFIX"

run() {
  (cd "$1" && timeout 160 wine "$work/unit.exe" -test.timeout 140s) >"$work/log" 2>&1 && return
  local rc=$?
  [ "$rc" != 124 ] || echo "timed out" >>"$work/log"
  # A process that takes more than a second to end is killed by wineserver
  # (wine, server/process.c, start_sigkill_timer). Its tests have said by then
  # what they found.
  if [ "$rc" = 137 ] && [ "$(tail -n 1 "$work/log")" = PASS ]; then
    return 0
  fi
  return "$rc"
}

failed=0
for dir in $(GOOS=windows CGO_ENABLED=0 go list -tags ci -f '{{if .TestGoFiles}}{{.Dir}}{{end}}' "$@"); do
  compgen -G "$dir/*_windows_test.go" >/dev/null || continue
  name=${dir#"$root"/}
  GOOS=windows CGO_ENABLED=0 go test -tags ci -c -o "$work/unit.exe" "$dir"
  began=$SECONDS
  # At most 34 s each where it was measured. Wine itself was seen to hang with
  # every thread waiting for it: a test that ran out of time, and only such a
  # one, gets a second try, and this says so.
  rc=0
  run "$dir" || rc=$?
  if [ "$rc" != 0 ] && grep -q '^panic: test timed out\|^timed out$' "$work/log"; then
    cat "$work/log"
    echo "again  $name under Wine: it ran out of time"
    rc=0
    run "$dir" || rc=$?
  fi
  if [ "$rc" = 0 ]; then
    echo "ok  $name under Wine, $((SECONDS - began)) s"
  else
    cat "$work/log"
    echo "FAILED  $name under Wine" >&2
    failed=1
  fi
done
exit "$failed"
