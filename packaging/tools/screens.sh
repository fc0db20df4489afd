#!/usr/bin/env bash
# Makes a picture of every window in every state, in German and English, light
# and dark, on an X server of its own, and a page with all of them:
#
#   packaging/tools/screens.sh DIR GALLERY [GALLERY.exe WINEPREFIX]
#
# With ONLY in the environment, a regular expression, only the states whose
# names match are drawn, and the other pictures stay.
#
# Each picture shows one state four times: German left, English right, light
# above dark. The window that Windows draws itself (GALLERY.exe, under Wine) is
# light only. A picture is taken when two looks 0.5 s apart are the same, or 3 s
# after something came up: a countdown never rests. The gallery says "drawn"
# when the state is on the screen and not the window's first page any more.
# Look at each picture; no test can.
set -euo pipefail

mkdir -p "$1"
dir=$(realpath "$1")
gallery=$(realpath "$2")
exe=${3:+$(realpath "$3")}
from=${4:+$(realpath "$4")}

work=$(mktemp -d)
mkfifo "$work/display"
Xvfb -displayfd 5 -screen 0 1280x900x24 -nolisten tcp -noreset 5>"$work/display" 2>/dev/null &
server=$!
manager='' shown=''
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d" TMPDIR=$work
finish() {
  for p in $shown $manager; do kill "$p" 2>/dev/null || true; done
  [ -z "$exe" ] || wineserver -k 2>/dev/null || true
  kill $server 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
read -r -t 30 number <"$work/display" || { echo "screens: Xvfb did not start" >&2; exit 1; }
export DISPLAY=:$number FYNE_SCALE=1
xdotool mousemove 1279 899 # not over a button
xsetroot -solid '#7f8c99'
openbox >/dev/null 2>&1 &
manager=$!

look() { import -window root -depth 8 rgb:- | sha256sum; }

# take NAME COMMAND...: starts a window and saves what the screen shows
empty=$(look)
take() {
  local name=$1 last=$empty now looks=0
  shift
  "$@" >"$work/log" 2>&1 &
  shown=$!
  for _ in $(seq 60); do # at most 30 s
    sleep 0.5
    [ "$1" = wine ] || grep -q '^drawn' "$work/log" || continue
    now=$(look)
    [ "$now" = "$empty" ] || looks=$((looks + 1))
    if [ "$now" = "$last" ] && [ $looks -gt 1 ] || [ $looks -gt 6 ]; then break; fi
    last=$now
  done
  [ "$last" != "$empty" ] || { echo "screens: $name shows nothing" >&2; cat "$work/log" >&2; exit 1; }
  import -window root "$work/$name.png"
  kill -KILL "$shown" # it has nothing to tidy up, and Fyne now and then waits for itself
  wait "$shown" 2>/dev/null || true
  shown=''
  convert "$work/$name.png" -trim +repage -bordercolor '#7f8c99' -border 8 "$work/$name.png"
}

# sheet NAME FILES...: puts the pictures of one state together
sheet() {
  local name=$1
  shift
  montage "$@" -tile 2x -geometry '+0+0' -background '#7f8c99' "$work/sheet.png"
  convert "$work/sheet.png" -strip +dither -colors 255 -define png:compression-level=9 "$dir/$name.png"
}

wanted() { grep -E "${ONLY:-.}" || true; }

all=$("$gallery" | wanted)
[ -n "${ONLY:-}" ] || rm -f "$dir"/*.png
for name in $all; do
  files=()
  for theme in light dark; do
    for lang in de en; do
      take "$name.$theme.$lang" env FYNE_THEME=$theme "$gallery" "$name" $lang
      files+=("$work/$name.$theme.$lang.png")
    done
  done
  sheet "$name" "${files[@]}"
  rm -f "${files[@]}"
done

if [ -n "$exe" ]; then
  cp -a --reflink=auto "$from" "$WINEPREFIX"
  for name in $(wine "$exe" | tr -d '\r' | wanted); do
    files=()
    for lang in de en; do
      take "$name.$lang" wine "$exe" "$name" $lang
      files+=("$work/$name.$lang.png")
    done
    sheet "$name" "${files[@]}"
    rm -f "${files[@]}"
  done
fi

# section TITLE BEGIN [NOT]: the pictures whose names begin so, but for those
# that begin with NOT.
section() {
  echo
  echo "## $1"
  for file in "$dir/$2"*.png; do
    name=$(basename "$file" .png)
    [ -z "${3:-}" ] || [[ $name != $3* ]] || continue
    printf '\n### %s\n\n![%s](%s.png)\n' "${name#"$2"}" "$name" "$name"
  done
}
{
  echo '# Every window, in every state'
  echo
  echo 'Made by `make screens`, like this list: German left, English right, light above dark. The windows that Windows draws itself'
  echo '(`native-…`), for computers without OpenGL, are light only, and drawn under Wine. Pages named `brand-…` have the look of'
  echo '`packaging/brands/example`; the lighthouse is missing in those of Windows, which take the picture from the program file. The'
  echo 'buttons of a box are in the language of the system, here English.'
  section "The customer's program" participant- participant-brand-
  section "The customer's program, branded" participant-brand-
  section "The moderator's program" master- master-brand-
  section "The moderator's program, branded" master-brand-
  section 'Either program, when it does not start' program-
  section "The customer's program without OpenGL" native- 'native-[bp]r'
  section "The customer's program without OpenGL, branded" native-brand-
  section 'Without OpenGL, when it does not start' native-program-
} >"$dir/README.md"
echo "screens: $(find "$dir" -name '*.png' | wc -l) pictures in $dir"
