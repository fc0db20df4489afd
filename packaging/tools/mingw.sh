#!/usr/bin/env bash
# Runs a go command for 64-bit Windows, with clang as the C compiler and
# mingw's headers and libraries:
#
#   packaging/tools/mingw.sh go build -tags win ./apps/master
set -euo pipefail

target=x86_64-w64-mingw32
export GOOS=windows GOARCH=amd64 CGO_ENABLED=1
export CC="clang-16 --target=$target" CXX="clang++-16 --target=$target"
exec "$@"
