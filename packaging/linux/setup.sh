#!/usr/bin/env bash
# Installs the Debian packages that building, running and testing Lotse takes.
# Says nothing and asks for nothing when they are all there. On another system
# it prints what is needed and stops. "setup.sh bench" installs what we are
# compared with by make bench-screen and make bench-relay, too.
set -euo pipefail

packages=(
  # compile: Go's cgo, Fyne (OpenGL, X11, Wayland) and robotgo (XTest)
  gcc libc6-dev clang-16 lld-16 pkg-config make git ca-certificates
  libgl-dev libegl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev
  libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev libxtst-dev
  # compile for Windows and run that here
  gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32 wine wine64
  # a desktop for the tests: server, drawing, window manager, pointer, eyes
  xvfb libgl1-mesa-dri openbox xdotool x11-apps x11-utils x11-xserver-utils
  imagemagick xclip x11-xkb-utils fonts-dejavu-core tesseract-ocr tesseract-ocr-eng
  # something to help a customer with
  xterm mousepad
  # the relay's database, when there are several relays
  postgresql
  # an office's proxy, for the way out to a relay
  squid
  # networks inside this machine
  iproute2
  # signatures: somebody else's eyes on ours, and keys in a token
  osslsigncode openssl softhsm2 opensc
)

case ${1-} in
  '') ;;
  bench) packages+=(tigervnc-standalone-server tigervnc-viewer ffmpeg chromium feh vim coturn) ;;
  *) echo "use: setup.sh [bench]" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup.sh: no apt-get here. Lotse is built on Debian 12 or newer with: ${packages[*]}" >&2
  exit 1
fi

installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii  *//p' || true)
missing=()
for p in "${packages[@]}"; do
  grep -qxF "$p" <<<"$installed" || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  # -n: fail instead of asking for a password.
  as_root=(sudo -n)
  if ! sudo -n true 2>/dev/null; then
    echo "setup.sh: needs root once, for: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi
echo "setup.sh: installing ${missing[*]}"
# One at a time on this machine: another apt may be at work (300 s).
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
"${apt[@]}" update
"${apt[@]}" install --no-install-recommends "${missing[@]}"
