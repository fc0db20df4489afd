#!/usr/bin/env bash
# Makes a Wine prefix in which our Windows programs start:
#
#   packaging/windows/wineprefix.sh out/wine
#   WINEPREFIX=$PWD/out/wine wine out/windows/lotse-participant.exe
#
# It may be called again and again, also by several at once: what stands is
# left alone, in well under a second. Says nothing when all is well. It needs
# wine, Xvfb and mingw's gcc (packaging/linux/setup.sh). The prefix is for
# tests only.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "use: wineprefix.sh DIRECTORY" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
shim=$prefix/drive_c/windows/system32/bcryptprimitives.dll

# One at a time: two wineboots in one prefix spoil it.
exec 9>"$prefix/.lotse.lock"
flock 9

if [ -f "$prefix/.lotse.ready" ] && [ ! "$here/wine/bcryptprimitives.c" -nt "$shim" ]; then
  exit 0
fi

export WINEPREFIX=$prefix WINEARCH=win64 WINEDEBUG=-all
# No offers to download .NET or a browser: a test machine has no one to ask.
export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"

# A display of our own, on a number the server picks, so that nobody's screen
# is needed or disturbed. -displayfd writes the number once it can be used.
mkfifo "$prefix/.lotse.display.$$"
Xvfb -displayfd 5 -screen 0 640x480x24 -nolisten tcp 5>"$prefix/.lotse.display.$$" 2>/dev/null 9>&- &
xvfb=$!
finish() {
  wineserver -k 9>&- 2>/dev/null || true
  kill "$xvfb" 2>/dev/null || true
  rm -f "$prefix/.lotse.display.$$"
}
trap finish EXIT
read -r -t 30 number <"$prefix/.lotse.display.$$" || { echo "wineprefix: Xvfb did not start" >&2; exit 1; }
export DISPLAY=:$number

# 9>&-: Wine's server outlives wineboot and must not keep our lock.
if [ ! -f "$prefix/system.reg" ]; then
  timeout 300 wineboot -i 9>&- >"$prefix/.lotse.log" 2>&1 || {
    cat "$prefix/.lotse.log" >&2
    echo "wineprefix: wineboot failed" >&2
    exit 1
  }
fi
timeout 60 wineserver -w 9>&- || true

x86_64-w64-mingw32-gcc -shared -O2 -Wall -Werror -o "$shim.new" "$here/wine/bcryptprimitives.c" -ladvapi32
mv "$shim.new" "$shim"
touch "$prefix/.lotse.ready"
