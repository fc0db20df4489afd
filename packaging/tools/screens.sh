#!/usr/bin/env bash
# Makes a picture of every window in every state, in German and English, on an
# X server of its own:
#
#   packaging/tools/screens.sh out/bin/lotse-gallery out/screens
#
# A picture is taken when two looks 0.5 s apart are the same. Look at each of
# them; no test can.
set -euo pipefail

gallery=$(realpath "$1")
mkdir -p "$2"
dir=$(realpath "$2")

mkfifo "$dir/.display.$$"
Xvfb -displayfd 5 -screen 0 1280x800x24 -nolisten tcp 5>"$dir/.display.$$" 2>/dev/null &
server=$!
manager='' shown=''
finish() {
  for p in $shown $manager $server; do kill "$p" 2>/dev/null || true; done
  rm -f "$dir/.display.$$"
}
trap finish EXIT
read -r -t 30 number <"$dir/.display.$$" || { echo "screens: Xvfb did not start" >&2; exit 1; }
export DISPLAY=:$number FYNE_SCALE=1
openbox >/dev/null 2>&1 &
manager=$!

look() { import -window root -depth 8 rgb:- | sha256sum; }

empty=$(look)
for name in $("$gallery"); do
  for lang in de en; do
    "$gallery" "$name" "$lang" 2>"$dir/$name.$lang.log" &
    shown=$!
    last=$empty
    for _ in $(seq 40); do # at most 20 s
      sleep 0.5
      now=$(look)
      if [ "$now" = "$last" ] && [ "$now" != "$empty" ]; then break; fi
      last=$now
    done
    [ "$last" != "$empty" ] || { echo "screens: $name.$lang shows nothing" >&2; cat "$dir/$name.$lang.log" >&2; exit 1; }
    import -window root "$dir/$name.$lang.png"
    kill "$shown"
    wait "$shown" 2>/dev/null || true
    shown=''
    rm -f "$dir/$name.$lang.log"
  done
done
echo "screens: $(find "$dir" -name '*.png' | wc -l) pictures in $dir"
